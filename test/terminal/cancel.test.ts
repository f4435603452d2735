import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Terminal } from '../harness/terminal.ts';
import { type Answer, asked, everyday, type Journey, setOut, tokens, waitForRequest } from './journey.ts';

const answers = (url: string): Answer[] => [
  ['GitLab URL', url],
  ['Token', tokens.access],
  ['Kind of runner', 'project'],
  ['Project (ID or path)', 'acme/app'],
  ['Name of this runner', 'build-1'],
  ['Tags', 'linux'],
  ['Run jobs without tags?'],
  ['Lock to its project?'],
  ['Maximum job timeout in seconds'],
];

const docker: Answer[] = [
  ['Executor', 'docker'],
  ['Default image for jobs'],
  ['Do jobs build container images?'],
  ['Run jobs from protected branches only?'],
  ['Extra volumes', '/cache:ro /data'],
  ['Pull policy'],
  ['Concurrent jobs'],
  ['Register this runner?', 'Change'],
  ['Which answer?'],
];

const ssh: Answer[] = [
  ['Executor', 'ssh'],
  ['SSH host', 'build.example.com'],
  ['SSH port'],
  ['SSH user', 'ci'],
  ['SSH password', 'a-good-password'],
  ['SSH private key file'],
  ['Concurrent jobs'],
  ['Register this runner?', 'No'],
];

// What is left when nothing was done: no file, nothing made in GitLab, a terminal that can be used.
async function expectNothing(journey: Journey, terminal: Terminal): Promise<void> {
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(terminal.everSent()).not.toContain('a-good-password');
  expect(readdirSync(journey.folder)).toEqual(['home']);
  const made = journey.gitlab.state.runners.map(({ id }) => id);
  expect(made).toEqual([7]);
  expect(isCursorShown(journey.sent())).toBe(true);
}

const isCursorShown = (sent: string) => sent.lastIndexOf('\x1b[?25h') >= sent.lastIndexOf('\x1b[?25l');

describe('Ctrl-C leaves nothing behind', () => {
  test.each([...answers(''), ...docker].map(([question], at) => [question, at] as const))(
    'at "%s" on the way to docker',
    async (question, at) => {
      const journey = await setOut();
      const terminal = journey.register();
      await journey.answer(terminal, ...[...answers(journey.gitlab.url), ...docker].slice(0, at));
      await terminal.waitFor(asked(question));
      terminal.press('ctrl-c');
      await expectNothing(journey, terminal);
      expect(journey.requests().filter((line) => !line.startsWith('GET '))).toEqual([]);
    },
  );

  test.each(ssh.map(([question], at) => [question, at] as const))(
    'at "%s" on the way to ssh',
    async (question, at) => {
      const journey = await setOut();
      const words = ['--url', journey.gitlab.url, '--token', tokens.authentication, '--name', 'build-1'];
      const terminal = journey.register([...words]);
      await journey.answer(terminal, ...ssh.slice(0, at));
      await terminal.waitFor(asked(question));
      terminal.press('ctrl-c');
      await expectNothing(journey, terminal);
    },
  );
});

test('"No" at the review leaves nothing behind', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url, '--name', 'build-1']);
  await journey.answer(terminal, ['Token', tokens.authentication], ...ssh);
  await expectNothing(journey, terminal);
  expect(journey.gitlab.state.runners[0]!.managers).toEqual([]);
  expect(journey.requests().map((line) => line.split(' {')[0])).toEqual([
    'POST /api/v4/runners/verify',
    'DELETE /api/v4/runners/managers',
  ]);
});

describe.each(['Ctrl-C', 'SIGTERM'] as const)('%s', (how) => {
  const interrupt = (journey: Journey, terminal: Terminal) =>
    how === 'Ctrl-C' ? terminal.press('ctrl-c') : journey.signal('SIGTERM');
  const words = '--executor shell --concurrent 1 --name build-1 --yes'.split(' ');
  const made: Answer[] = [
    ['Kind of runner', 'instance'],
    ['Tags'],
    ['Maximum job timeout in seconds'],
    ['Run jobs from protected branches only?'],
  ];

  test('while GitLab looks up an address', async () => {
    const journey = await setOut({ ...everyday, faults: [{ kind: 'hang', on: 'GET /version' }] });
    const terminal = journey.register();
    await journey.answer(terminal, ['GitLab URL', journey.gitlab.url]);
    await terminal.waitFor('Looking for GitLab at');
    interrupt(journey, terminal);
    await expectNothing(journey, terminal);
    expect(terminal.screen()).toMatch(/^Canceled\. Nothing was changed\.$/m);
    expect(terminal.screen()).not.toContain('error:');
  });

  test.each([
    ['creates', 'access', '/api/v4/user/runners', made],
    ['registers', 'registration', '/api/v4/runners', [['Tags'], ['Maintenance note']] as Answer[]],
  ] as const)('while GitLab %s a runner', async (_, kind, path, rest) => {
    const journey = await setOut({
      ...everyday,
      faults: [{ kind: 'slow', on: `POST ${path.slice(7)}`, delay: 700 }],
    });
    const terminal = journey.register([...words, '--url', journey.gitlab.url]);
    await journey.answer(terminal, ['Token', tokens[kind]], ...rest);
    await waitForRequest(journey, path);
    interrupt(journey, terminal);
    await expectNothing(journey, terminal);
    const acted = journey.requests().filter((line) => !line.startsWith('GET '));
    expect(acted.map((line) => line.split(' {')[0])).toEqual([`POST ${path}`, 'DELETE /api/v4/runners']);
    expect(terminal.screen()).toContain('Rolled back: the runner 101 in GitLab.');
  });

  test('while GitLab verifies a runner that it has just created', async () => {
    const journey = await setOut({
      ...everyday,
      faults: [{ kind: 'slow', on: 'POST /runners/verify', delay: 700 }],
    });
    const terminal = journey.register([...words, '--url', journey.gitlab.url]);
    await journey.answer(terminal, ['Token', tokens.access], ...made);
    await waitForRequest(journey, '/api/v4/runners/verify');
    interrupt(journey, terminal);
    await expectNothing(journey, terminal);
  });

  test('while GitLab verifies a runner that was there: only this machine is taken off', async () => {
    const journey = await setOut({
      ...everyday,
      faults: [{ kind: 'slow', on: 'POST /runners/verify', delay: 700 }],
    });
    const terminal = journey.register([...words, '--url', journey.gitlab.url]);
    await journey.answer(terminal, ['Token', tokens.authentication]);
    await waitForRequest(journey, '/api/v4/runners/verify');
    interrupt(journey, terminal);
    await expectNothing(journey, terminal);
    expect(journey.gitlab.state.runners[0]!.managers).toEqual([]);
    expect(existsSync(join(journey.folder, 'config.toml'))).toBe(false);
  });
});
