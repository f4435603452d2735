import { expect, test } from 'vitest';
import { type Answer, asked, setOut, tokens } from './journey.ts';

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
  ['Executor', 'docker'],
  ['Default image for jobs'],
  ['Do jobs build container images?', 'no'],
  ['Run jobs from protected branches only?'],
  ['Extra volumes', '/srv/a-rather-long-path:/data:ro'],
  ['Pull policy'],
  ['Concurrent jobs', '2'],
];

test.each([
  [80, 24],
  [60, 20],
  [40, 24],
])('no question is lost at %i columns and %i rows', async (columns, rows) => {
  const journey = await setOut();
  const terminal = journey.register([], { columns, rows });
  for (const [question, words] of answers(journey.gitlab.url)) {
    await terminal.waitFor(asked(question.slice(0, 20)));
    const first = terminal
      .screen()
      .split('\n')
      .findLast((line) => line.startsWith('? '));
    expect(first).toContain(question.slice(0, 20));
    await journey.answer(terminal, [question.slice(0, 20), words]);
  }
  await terminal.waitFor('❯ Yes');
  await terminal.waitFor('No, discard');
  await journey.answer(terminal, ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const broken = terminal
    .scrollback()
    .split('\n')
    .filter((line) => line.length > columns);
  expect(broken).toEqual([]);
});

test('the list of executors is whole at 80 columns', async () => {
  const journey = await setOut();
  const terminal = journey.register([
    '--url',
    journey.gitlab.url,
    '--token',
    tokens.authentication,
    '--name',
    'a',
  ]);
  await terminal.waitFor(asked('Executor'));
  const list = terminal.screen();
  expect(list.slice(list.indexOf('? Executor'))).toBe(`? Executor
❯ docker             each job in a new container on this host
  shell              directly on this host, as the runner user; no isolation
  kubernetes         each job in a pod of a Kubernetes cluster
  docker-autoscaler  containers on cloud machines created on demand
  instance           directly on cloud machines created on demand
  ssh                on another machine over SSH, without isolation
  custom             with your own programs
  docker-windows     each job in a new Windows container
  virtualbox         in a VirtualBox machine cloned for the job
  parallels          in a Parallels machine cloned for the job (macOS)
  docker+machine     legacy autoscaler; prefer docker-autoscaler

↑↓ navigate, ⏎ select`);
});

// Colour, bold and the like are all "set graphics rendition"; moving the cursor is not.
const graphics = /\x1b\[[\d;]*m/g;

test.each([
  ['NO_COLOR=1', [], { NO_COLOR: '1' }],
  ['--no-color', ['--no-color'], {}],
])('%s: no colour is sent', async (_, words, env) => {
  const journey = await setOut();
  const terminal = journey.register(words, { env: { ...env } });
  await journey.answer(terminal, ['GitLab URL', 'http://127.0.0.1:1']);
  await terminal.waitFor('error: Cannot connect');
  await journey.answer(terminal, ...answers(journey.gitlab.url), ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.sent().match(graphics) ?? []).toEqual([]);
});

test('in colour: questions, answers and the lines to be written differ', async () => {
  const journey = await setOut();
  const terminal = journey.register([], { rows: 100 });
  await journey.answer(terminal, ...answers(journey.gitlab.url));
  await terminal.waitFor('❯ Yes');
  const colourOf = (text: string) =>
    terminal.cells().find((row) =>
      row
        .map((cell) => cell.text)
        .join('')
        .startsWith(text),
    )?.[0]?.colour;
  expect(['✔ Executor', '+ [[runners]]', '? Register', '❯ Yes'].map(colourOf)).toEqual([
    '#98c379',
    '#98c379',
    '#56b6c2',
    '#56b6c2',
  ]);
});
