import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takeInHand, three, threeKnown } from './at-hand.ts';
import { asked } from './journey.ts';

test('the person sees what is going to happen, and the file has the new token', async () => {
  const hand = await takeInHand(three, threeKnown);
  const terminal = hand.open(['reset-token', '#1'], { columns: 120 });
  await terminal.waitFor(asked('Reset this token?'));
  expect(hand.requests()).toEqual([]);
  terminal.type('y');
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const dates = 'token_obtained_at = <NOW>\n  token_expires_at = 0001-01-01T00:00:00Z';
  expect(hand.file()).toBe(
    three.replace(
      'token = "glrt-t1_first000000000001"',
      `token = "${hand.gitlab.state.runners[0]!.token}"\n  ${dates}`,
    ),
  );
});

const slow = {
  ...threeKnown,
  faults: [{ kind: 'slow', on: 'POST /runners/reset_authentication_token', delay: 1000 }],
} as const;

test.each([
  [
    'the runner was removed',
    three.replace(/\[\[runners\]\]\n {2}name = "build"\n.*\n {2}id = 1\n[\s\S]*?\n\n/, ''),
  ],
  ['the file was broken', 'concurrent ='],
])('the new token is kept beside the file when meanwhile %s', async (_, meanwhile) => {
  const hand = await takeInHand(three, { ...slow, faults: [...slow.faults] });
  const terminal = hand.open(['reset-token', '#1', '--yes'], { columns: 120 });
  await hand.asked('/api/v4/runners/reset_authentication_token');
  hand.write(meanwhile);
  expect(await terminal.ended).toEqual({ code: 1, signal: undefined });
  const kept = join(hand.folder, 'config.toml.new-token');
  expect(terminal.everSent().replace(/\s+/g, '')).toContain(kept);
  expect(readFileSync(kept, 'utf8')).toContain(`  token = "${hand.gitlab.state.runners[0]!.token}"\n`);
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  expect(hand.file()).toBe(meanwhile);
});

test('Ctrl-C while GitLab makes the token does not lose it', async () => {
  const hand = await takeInHand(three, { ...slow, faults: [...slow.faults] });
  const terminal = hand.open(['reset-token', '#1', '--yes'], { columns: 120 });
  await hand.asked('/api/v4/runners/reset_authentication_token');
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(hand.file()).toContain(hand.gitlab.state.runners[0]!.token);
  expect(readdirSync(hand.folder).sort()).toEqual([
    '.config.toml.history',
    '.config.toml.previous',
    '.runner_system_id',
    'config.toml',
  ]);
});

test('Ctrl-C while another process holds the file ends it before GitLab is asked', async () => {
  const hand = await takeInHand(three, threeKnown);
  writeFileSync(join(hand.folder, '.config.toml.lock'), '{}');
  const terminal = hand.open(['reset-token', '#1', '--yes'], { columns: 120 });
  await terminal.waitFor('Waiting for another process');
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(hand.requests()).toEqual([]);
});
