import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { block, docker, head } from './blocks.ts';
import { setOut, tokens } from './journey.ts';

const told = { name: 'build-1', id: 7, token: tokens.authentication };

test('flags and variables are not asked; --yes is the last answer', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--name', 'build-1', '--docker-privileged=false', '--yes'], {
    env: {
      CI_SERVER_URL: journey.gitlab.url,
      CI_SERVER_TOKEN: tokens.authentication,
      RUNNER_EXECUTOR: 'docker',
      DOCKER_IMAGE: 'alpine:3.22',
      PATH: '/nowhere',
    },
    rows: 80,
    columns: 120,
  });
  await journey.answer(terminal, ['Extra volumes'], ['Pull policy'], ['Concurrent jobs', '2']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const questions = terminal.screen().match(/^✔ .*$/gm);
  expect(
    questions?.map((line) =>
      line.replaceAll(journey.gitlab.url, '<URL>').replaceAll(journey.folder, '<FOLDER>'),
    ),
  ).toEqual([
    '✔ Extra volumes, space-separated (such as /srv/data:/data:ro)',
    '✔ Pull policy always',
    '✔ Concurrent jobs on this host (all runners) 2',
    '✔ Registered "build-1" (id 7, docker) at <URL> in <FOLDER>/config.toml.',
  ]);
  // Another test may run one meanwhile.
  expect(terminal.screen()).toMatch(/gitlab-runner (is not installed on this machine|\(process \d+\) uses)/);
  expect(journey.file()).toBe(head(2) + block(told, 'docker', docker({ image: 'alpine:3.22' })));
});

test.each([
  ['the GitLab of config.toml', ['${A}', 'https://a.test/'], 'https://a.test'],
  ['gitlab.com, where config.toml has several', ['https://a.test', 'https://b.test'], 'https://gitlab.com'],
  ['gitlab.com, where config.toml has none', [], 'https://gitlab.com'],
])('the URL that is proposed is %s', async (_, urls, proposed) => {
  const journey = await setOut();
  const runners = urls.map((url) => `[[runners]]\n  url = "${url}"\n  token = "t"\n  executor = "shell"\n`);
  writeFileSync(join(journey.folder, 'config.toml'), runners.join(''), { mode: 0o600 });
  const terminal = journey.register([], { env: { A: 'https://a.test' } });
  await terminal.waitFor(`? GitLab URL (${proposed})`);
});

test('a question that may be left empty says so', async () => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--executor', 'shell', '--name', 'build-1'];
  const terminal = journey.register(words, { rows: 60 });
  await journey.answer(terminal, ['Token', tokens.registration]);
  await terminal.waitFor(/^\? Tags, comma-separated \(optional\) *$/m);
  await journey.answer(terminal, ['Tags', 'linux']);
  await terminal.waitFor(/^\? Maintenance note \(optional\) *$/m);
  expect(terminal.screen()).toContain('✔ Tags, comma-separated linux');
});

test('an address that was given is looked at before anything is asked', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', `${journey.gitlab.url}/acme/app`, '--executor', 'shell']);
  await journey.answer(
    terminal,
    [`Use ${journey.gitlab.url}?`],
    ['Token', tokens.authentication],
    ['Name of this runner', 'build-1'],
    ['Concurrent jobs', '2'],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toBe(head(2) + block(told, 'shell'));
});

test('the second run has nothing to change; a third changes one line and leaves the comments', async () => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--token', tokens.authentication, '--executor', 'shell'];
  const named = [...words, '--name', 'build-1', '--concurrent', '2'];
  await journey.register([...named, '--yes']).ended;
  const path = join(journey.folder, 'config.toml');
  writeFileSync(
    path,
    `# kept by Ada\n${readFileSync(path, 'utf8').replace('executor', '  # not isolated\n  executor')}`,
  );
  const before = journey.file()!;

  const second = journey.register(named);
  expect(await second.ended).toEqual({ code: 0, signal: undefined });
  expect(second.screen()).toContain('✔ Nothing to change: "build-1" (id 7, shell) is already in');
  expect(journey.file()).toBe(before);
  expect(journey.requests()).toHaveLength(1);

  const third = journey.register([...named, '--limit', '1'], { rows: 40 });
  await journey.answer(third, ['Update this runner?']);
  expect(await third.ended).toEqual({ code: 0, signal: undefined });
  expect(third.screen().match(/^[-+].*$/gm)).toEqual(['+   limit = 1']);
  expect(journey.file()?.replace('  limit = 1\n', '')).toBe(before);
});

test('a file that somebody wrote keeps every byte around the new runner', async () => {
  const journey = await setOut();
  const hand =
    '# Ada, 2024\nconcurrent = 10 # for the big machine\n\n[[runners]]\n  name = "old" # do not touch\n  url = "https://gitlab.example.com"\n  token = "glrt-oldoldoldoldoldoldold"\n  executor = "shell"\n';
  writeFileSync(join(journey.folder, 'config.toml'), hand);
  const terminal = journey.register(['--url', journey.gitlab.url, '--executor', 'shell'], { rows: 60 });
  await journey.answer(
    terminal,
    ['Token', tokens.authentication],
    ['Name of this runner', 'build-1'],
    ['Concurrent jobs on this host (all runners) (10)'],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.everSent()).not.toContain('oldoldold');
  expect(journey.file()).toBe(`${hand}\n${block(told, 'shell')}`);
});

test('a wrong value is refused without waiting for a token that is to be typed', async () => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--token-stdin', '--executor', 'dockr'];
  const terminal = journey.register(words);
  await terminal.waitFor('error: --executor: "dockr" is not one of');
  expect(await terminal.ended).toEqual({ code: 2, signal: undefined });
});
