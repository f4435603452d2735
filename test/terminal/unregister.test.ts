import { expect, test } from 'vitest';
import { takeInHand, three, threeKnown } from './at-hand.ts';
import { asked } from './journey.ts';

const withoutSecond = three.replace(/\[\[runners\]\]\n {2}name = "build"\n.*\n {2}id = 2\n[\s\S]*?\n\n/, '');

test('of two runners with one name the person chooses, and says yes to what is shown', async () => {
  const hand = await takeInHand(three, threeKnown);
  const terminal = hand.open(['unregister', 'build'], { columns: 120 });
  await terminal.waitFor('"build" matches 2 runners. Which one?');
  terminal.press('down', 'enter');
  await terminal.waitFor(asked('Unregister this runner?'));
  expect(terminal.screen()).toContain('#2 "build" will be removed from config.toml, and this machine from');
  expect(hand.requests()).toEqual([]);
  terminal.type('y');
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(hand.requests()).toEqual([
    'DELETE /api/v4/runners/managers {"system_id":"s_c2d22f638c25","token":"glrt-t1_second00000000001"}',
  ]);
  expect(hand.file()).toBe(withoutSecond);
});

test('nothing happens without a yes', async () => {
  const hand = await takeInHand(three, threeKnown);
  const terminal = hand.open(['unregister', '#1'], { columns: 120 });
  await terminal.waitFor(asked('Unregister this runner?'));
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(hand.requests()).toEqual([]);
  expect(hand.file()).toBe(three);
});

test('what is asked for is shown also when told to be quiet', async () => {
  const hand = await takeInHand(three, threeKnown);
  const terminal = hand.open(['unregister', '#1', '--quiet'], { columns: 120 });
  await terminal.waitFor(asked('Unregister this runner?'));
  expect(terminal.screen()).toContain('#1 "build" will be removed from config.toml, and this machine from');
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(hand.file()).toBe(three);
});

test('nothing happens when the person stops at the choice', async () => {
  const hand = await takeInHand(three, threeKnown);
  const terminal = hand.open(['unregister'], { columns: 120 });
  await terminal.waitFor('has 3 runners. Which one?');
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(hand.requests()).toEqual([]);
  expect(hand.file()).toBe(three);
});

test('Ctrl-C lets the runner under way end, and leaves the others', async () => {
  const slow = [{ kind: 'slow', on: 'DELETE /runners/managers', delay: 1000 }] as const;
  const hand = await takeInHand(three, { ...threeKnown, faults: [...slow] });
  const terminal = hand.open(['unregister', '--all-runners', '--yes'], { columns: 120 });
  await hand.asked('/api/v4/runners/managers');
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(hand.requests()).toEqual([
    'DELETE /api/v4/runners/managers {"system_id":"s_c2d22f638c25","token":"glrt-t1_first000000000001"}',
  ]);
  expect(hand.file()).toBe(
    three.replace(/# the fast one\n\[\[runners\]\]\n {2}name = "build"\n.*\n {2}id = 1\n[\s\S]*?\n\n/, ''),
  );
});
