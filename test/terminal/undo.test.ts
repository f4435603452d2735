import { expect, test } from 'vitest';
import { takeInHand, three, threeKnown } from './at-hand.ts';
import { asked } from './journey.ts';

test('Enter alone does not put a former token back', async () => {
  const hand = await takeInHand(three, threeKnown);
  expect(await hand.open(['reset-token', '#1', '--yes']).ended).toEqual({ code: 0, signal: undefined });
  const reset = hand.file();
  const terminal = hand.open(['undo'], { columns: 80 });
  await terminal.waitFor(asked('Restore this version?'));
  expect(terminal.everSent().replace(/\s+/g, ' ')).toContain('#1 "build" at');
  expect(terminal.everSent().replace(/\s+/g, ' ')).toContain('gets an earlier token');
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(hand.file()).toBe(reset);
  const again = hand.open(['undo'], { columns: 80 });
  await again.waitFor(asked('Restore this version?'));
  again.type('y');
  again.press('enter');
  expect(await again.ended).toEqual({ code: 0, signal: undefined });
  expect(hand.file()).toBe(three);
});

test('in a terminal, the newest change is listed last, where it stays in sight', async () => {
  const hand = await takeInHand(three, threeKnown);
  for (const limit of ['1', '2', '3'])
    expect(await hand.open(['edit', '#1', '--set', `limit=${limit}`, '--yes']).ended).toMatchObject({
      code: 0,
    });
  const terminal = hand.open(['undo', '--list'], { columns: 100 });
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const said = terminal.everSent();
  expect([...said.matchAll(/--set limit=(\d)/g)].map(([, limit]) => limit)).toEqual(['1', '2', '3']);
  expect(said.lastIndexOf('To undo the last change')).toBeGreaterThan(said.lastIndexOf('--set limit=3'));
});
