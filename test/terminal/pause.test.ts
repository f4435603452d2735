import { expect, test } from 'vitest';
import { takeInHand, three, threeKnown } from './at-hand.ts';
import { asked } from './journey.ts';

const known = {
  ...threeKnown,
  accessTokens: [{ token: 'glpat-manages0000001', scopes: ['manage_runner'], admin: true }],
};
const words = ['pause', '--all-runners', '--access-token', 'glpat-manages0000001'];

test.each([
  ['n', 130, [false, false]],
  ['y', 0, [true, true]],
] as const)('several runners are shown and paused when the person says %s', async (key, code, paused) => {
  const hand = await takeInHand(three, known);
  const terminal = hand.open(words, { columns: 100 });
  await terminal.waitFor(asked('Pause these 2 runners in GitLab, on every machine?'));
  expect(terminal.everSent()).toContain('Runner 1 (instance) will be paused.');
  expect(terminal.everSent()).toContain('runner 3 was deleted in GitLab.');
  expect(hand.gitlab.state.runners.some((one) => one.paused)).toBe(false);
  terminal.type(key);
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code, signal: undefined });
  expect(hand.gitlab.state.runners.map((one) => one.paused)).toEqual(paused);
});

test('a progress line says how far a list has come', async () => {
  const runners = [{ id: 1, token: 'glrt-t1_many', type: 'instance' as const, count: 250 }];
  const hand = await takeInHand(three, {
    ...known,
    accessTokens: [{ token: 'glpat-reads000000001', scopes: ['read_api'], admin: true }],
    runners,
    faults: [{ kind: 'slow', on: 'GET /runners/all', delay: 300 }],
  });
  const terminal = hand.open(['fleet', '--access-token', 'glpat-reads000000001'], { columns: 100 });
  await terminal.waitFor('100 of 250');
  await terminal.waitFor('250 runners at');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
});
