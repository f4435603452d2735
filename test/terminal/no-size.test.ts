import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Terminal } from '../harness/terminal.ts';
import { takeInHand, three, threeKnown } from './at-hand.ts';
import { type Answer, asked, everyday, type Journey, setOut, tokens, waitForRequest } from './journey.ts';

// A serial console and `docker exec -t` tell a size of 0×0.
const sizes = [
  [0, 0],
  [1, 1],
  [80, 0],
] as const;

// What steers the screen: all but colours.
const redrawing = /\x1b\[[0-?]*[ -/]*[@-ln-~]/;

const expectPlain = (journey: Journey, most = 8000) => {
  expect(journey.sent()).not.toMatch(redrawing);
  expect(journey.sent().length).toBeLessThan(most);
};

describe.each(sizes)('a terminal that tells %i columns and %i rows', (...told) => {
  const answers = (url: string): Answer[] => [
    ['GitLab URL', url],
    ['Token', tokens.access],
    ['Kind of runner', 'project'],
    ['Project (ID or path)', 'acme/app'],
    ['Name of this runner', 'build-1'],
    ['Tags', 'linux'],
    ['Run jobs without tags?', 'maybe'],
  ];

  test('the wizard asks by lines, and registers', async () => {
    const journey = await setOut();
    const terminal = journey.register([], { rows: 200, told });
    await journey.answer(terminal, ...answers(journey.gitlab.url));
    await terminal.waitFor('> Enter y or n.');
    terminal.type('n\r');
    await journey.answer(
      terminal,
      ['Lock to its project?'],
      ['Maximum job timeout in seconds'],
      ['Executor', 'ssh'],
      ['Run jobs from protected branches only?', '1'],
      ['SSH host', 'build.example.com'],
      ['SSH port'],
      ['SSH user', 'ci'],
      ['SSH password', 'a-bad\x7f\x7f\x7fgood-password'],
      ['SSH private key file'],
      ['Concurrent jobs'],
    );
    await terminal.waitFor(asked('Register this runner?'));
    terminal.type('1\r');
    expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
    expect(journey.file()).toContain('password = "a-good-password"');
    expect(terminal.everSent()).not.toContain('password = "a-good-password"');
    expect(terminal.everSent()).not.toContain('good-password');
    expectPlain(journey);
  });

  test('Ctrl-C at a hidden question and at an open one ends the wizard', async () => {
    for (const count of [1, 4]) {
      const journey = await setOut();
      const terminal = journey.register([], { rows: 200, told });
      await journey.answer(terminal, ...answers(journey.gitlab.url).slice(0, count));
      await terminal.waitFor(asked(answers('')[count]![0]));
      terminal.press('ctrl-c');
      await expectNothing(journey, terminal);
    }
  });

  test('Ctrl-D at a hidden question and at an open one ends the wizard', async () => {
    for (const count of [1, 4]) {
      const journey = await setOut();
      const terminal = journey.register([], { rows: 200, told });
      await journey.answer(terminal, ...answers(journey.gitlab.url).slice(0, count));
      await terminal.waitFor(asked(answers('')[count]![0]));
      terminal.type('\x04');
      await expectNothing(journey, terminal);
    }
  });

  test.each(['Ctrl-C', 'SIGTERM'] as const)('%s while GitLab creates a runner takes it back', async (how) => {
    const faults = [{ kind: 'slow', on: 'POST /user/runners', delay: 700 }] as const;
    const journey = await setOut({ ...everyday, faults: [...faults] });
    const words = '--executor shell --concurrent 1 --name build-1 --yes --tag-list linux'.split(' ');
    const terminal = journey.register([...words, '--url', journey.gitlab.url], { rows: 200, told });
    await journey.answer(
      terminal,
      ['Token', tokens.access],
      ['Kind of runner', 'instance'],
      ['Run jobs without tags?', 'y'],
      ['Maximum job timeout in seconds'],
      ['Run jobs from protected branches only?'],
    );
    await waitForRequest(journey, '/api/v4/user/runners');
    if (how === 'Ctrl-C') terminal.press('ctrl-c');
    else journey.signal('SIGTERM');
    await expectNothing(journey, terminal);
    const acted = journey.requests().filter((line) => !line.startsWith('GET '));
    expect(acted.map((line) => line.split(' {')[0])).toEqual([
      'POST /api/v4/user/runners',
      'DELETE /api/v4/runners',
    ]);
  });

  test('verify says what it waits for, and Ctrl-C ends it', async () => {
    const hang = [{ kind: 'hang', on: 'POST /runners/verify', after: 1 }] as const;
    const hand = await takeInHand(three, { ...threeKnown, faults: [...hang] });
    const terminal = hand.open(['verify', '--parallel', '3'], { columns: 120, told });
    await terminal.waitFor('Asking GitLab: 0 of 3');
    await terminal.waitFor('#1 "build"');
    terminal.press('ctrl-c');
    expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
    expect(terminal.everSent().length).toBeLessThan(2000);
  });

  test('unregister and reset-token come to their end', async () => {
    const hand = await takeInHand(three, threeKnown);
    const reset = hand.open(['reset-token', '#1'], { columns: 120, told });
    await reset.waitFor(asked('Reset this token?'));
    reset.type('y\r');
    expect(await reset.ended).toEqual({ code: 0, signal: undefined });
    const unregister = hand.open(['unregister', '#2'], { columns: 120, told });
    await unregister.waitFor(asked('Unregister this runner?'));
    unregister.type('y\r');
    expect(await unregister.ended).toEqual({ code: 0, signal: undefined });
    expect(reset.everSent().length + unregister.everSent().length).toBeLessThan(4000);
  });

  test('doctor comes to its end', async () => {
    const hand = await takeInHand(three, threeKnown);
    const terminal = hand.open(['doctor'], { columns: 200, rows: 200, told });
    await terminal.waitFor(/config\.toml: \d+ errors?/);
    expect((await terminal.ended).signal).toBeUndefined();
    expect(terminal.everSent().length).toBeLessThan(8000);
  });

  test('edit shows its menu as numbers, searches, and saves', async () => {
    const hand = await takeInHand(three, threeKnown);
    const terminal = hand.open(['edit', '#2'], { columns: 120, rows: 200, told });
    await terminal.waitFor(/^ +\d+ +docker\.image .*2026"?/m);
    terminal.type('docker.privileged\r');
    await terminal.waitFor(/docker\.privileged +\* true/);
    terminal.type('limit\r');
    await terminal.waitFor(asked('limit'));
    terminal.type('4\r');
    await terminal.waitFor(/limit +\* 4/);
    terminal.type('Show the changes\r');
    await terminal.waitFor('+     privileged = true');
    await terminal.waitFor(asked('Save these changes?'));
    terminal.type('Save\r');
    expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
    expect(hand.file()).toContain('privileged = true');
    expect(hand.file()).toContain('limit = 4');
  });

  test('list shows all columns whole', async () => {
    const hand = await takeInHand(three, threeKnown);
    const terminal = hand.open(['list'], { columns: 200, told });
    expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
    expect(terminal.screen()).toContain('registry.example.com/images/a-rather-long-name:2026');
    expect(terminal.screen()).not.toContain('No room for');
  });
});

describe('a terminal of 20 columns and 5 rows', () => {
  const small = { columns: 20, rows: 5 };

  test('edit has a menu that is drawn, and Ctrl-C ends it', async () => {
    const hand = await takeInHand(three, threeKnown);
    const terminal = hand.open(['edit', '#1'], small);
    await terminal.waitFor('❯ name');
    terminal.type('shell');
    await terminal.waitFor('❯ shell');
    terminal.press('ctrl-c');
    expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
    expect(terminal.everSent().length).toBeLessThan(8000);
  });

  test('Ctrl-C ends verify while it waits', async () => {
    const hang = [{ kind: 'hang', on: 'POST /runners/verify', times: 1 }] as const;
    const hand = await takeInHand(three, { ...threeKnown, faults: [...hang] });
    const terminal = hand.open(['verify', '--parallel', '3'], small);
    await hand.asked('/api/v4/runners/verify');
    await terminal.waitFor('Asking GitLab');
    terminal.press('ctrl-c');
    expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
    expect(terminal.everSent().length).toBeLessThan(8000);
  });

  test('a runner that is being created is taken back at Ctrl-C', async () => {
    const faults = [{ kind: 'slow', on: 'POST /user/runners', delay: 700 }] as const;
    const journey = await setOut({ ...everyday, faults: [...faults] });
    const words = '--executor shell --concurrent 1 --name build-1 --yes --token'.split(' ');
    const more =
      '--tag-list linux --runner-type instance_type --run-untagged --access-level not_protected'.split(' ');
    const terminal = journey.register(
      [...words, tokens.access, ...more, '--maximum-timeout', '3600', '--url', journey.gitlab.url],
      small,
    );
    await waitForRequest(journey, '/api/v4/user/runners');
    terminal.press('ctrl-c');
    expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
    expect(journey.gitlab.state.runners.map(({ id }) => id)).toEqual([7]);
    expect(journey.sent().length).toBeLessThan(20_000);
  });
});

// What is left when nothing was done: no file, nothing made in GitLab, a terminal without a sign of control.
async function expectNothing(journey: Journey, terminal: Terminal): Promise<void> {
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(readdirSync(journey.folder)).toEqual(['home']);
  expect(journey.gitlab.state.runners.map(({ id }) => id)).toEqual([7]);
  expectPlain(journey);
}
