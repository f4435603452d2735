import { expect, test } from 'vitest';
import { takeInHand, three, threeKnown } from './at-hand.ts';
import { asked } from './journey.ts';

const verify = (token: string) =>
  `POST /api/v4/runners/verify {"info":"…","system_id":"s_c2d22f638c25","token":"${token}"}`;

const all = [
  verify('glrt-t1_first000000000001'),
  verify('glrt-t1_second00000000001'),
  verify('glrt-t1_third000000000001'),
];

const linesOf = (screen: string) => screen.split('\n').flatMap((line) => /#\d "\w+"/.exec(line)?.[0] ?? []);

test('the answers are shown in the order of the file', async () => {
  const slow = [{ kind: 'slow', on: 'POST /runners/verify', times: 1, delay: 400 }] as const;
  const hand = await takeInHand(three, { ...threeKnown, faults: [...slow] });
  const terminal = hand.open(['verify', '--parallel', '3'], { columns: 120 });
  expect(await terminal.ended).toEqual({ code: 3, signal: undefined });
  expect(linesOf(terminal.screen())).toEqual(['#1 "build"', '#2 "build"', '#3 "old"']);
});

test('all runners are asked for at once, and at Ctrl-C the answers so far are shown', async () => {
  // The first answer waits for ever.
  const hang = [{ kind: 'hang', on: 'POST /runners/verify', times: 1 }] as const;
  const hand = await takeInHand(three, { ...threeKnown, faults: [...hang] });
  const terminal = hand.open(['verify', '--parallel', '3'], { columns: 120 });
  await terminal.waitFor(/Asking GitLab: 2 of 3/);
  expect(hand.requests()).toEqual(all);
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(linesOf(terminal.screen())).toEqual(['#2 "build"', '#3 "old"']);
});

test('the refused leave the file when the person agrees', async () => {
  const hand = await takeInHand(three, threeKnown);
  const terminal = hand.open(['verify', '--delete'], { columns: 120 });
  await terminal.waitFor(asked('Remove this runner?'));
  terminal.type('y');
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(hand.requests()).toEqual(all);
  expect(hand.file()).toBe(three.slice(0, three.indexOf('\n[[runners]]\n  name = "old"')));
});

test('the refused stay when the person does not agree', async () => {
  const hand = await takeInHand(three, threeKnown);
  const terminal = hand.open(['verify', '--delete'], { columns: 120 });
  await terminal.waitFor(asked('Remove this runner?'));
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 3, signal: undefined });
  expect(hand.file()).toBe(three);
});

test('Ctrl-C at the question leaves the file alone', async () => {
  const hand = await takeInHand(three, threeKnown);
  const terminal = hand.open(['verify', '--delete'], { columns: 120 });
  await terminal.waitFor(asked('Remove this runner?'));
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(hand.file()).toBe(three);
});
