import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, runProgram } from '../harness/program.ts';
import type { Terminal } from '../harness/terminal.ts';
import { block, docker, head } from './blocks.ts';
import { asked, everyday, type Journey, setOut, tokens } from './journey.ts';

/** A question, what is typed there first, the sentence that says what is wrong with it, and the right answer. */
type Step = readonly [question: string, wrong: string, sentence: string, right: string];

const noEntry = 'No entry begins with';
const noAnswer = 'Enter y or n.';
const needed = 'A value is required.';
const misplaced = 'This is a GitLab token.';

// What fits no question but that about the token, where it is hidden.
const pasted = 'glpat-pastedattheend000001';

/** Gives the wrong answer at each question, waits for the sentence, and gives the right one. */
async function answerTwice(terminal: Terminal, steps: readonly Step[]): Promise<void> {
  for (const [question, wrong, sentence, right] of steps) {
    await terminal.waitFor(asked(question));
    if (wrong !== '') {
      terminal.type(wrong);
      terminal.press('enter');
      await terminal.waitFor(sentence);
      await terminal.waitFor(asked(question));
      terminal.press(sentence === noEntry ? 'escape' : 'ctrl-u');
      if (sentence === noEntry) await terminal.waitFor(/navigate/);
    }
    terminal.type(right);
    terminal.press('enter');
  }
}

const executor = (right: string): Step => ['Executor', 'qemu', noEntry, right];
const ending: Step[] = [
  ['Concurrent jobs', '0', 'Enter a whole number of 1 or more.', '3'],
  ['Register this runner?', 'perhaps', noEntry, 'Yes'],
];
const address = ({ gitlab }: Journey): Step => [
  'GitLab URL',
  'ftp://gitlab.example.com',
  'begins with https:// or http://',
  gitlab.url,
];

/** Registers with these steps, and gives what GitLab was asked besides the looks. */
async function register(journey: Journey, steps: readonly Step[], words: string[] = []): Promise<string[]> {
  const terminal = journey.register(words, { columns: 120, rows: 60 });
  await answerTwice(terminal, steps);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.scrollback()).not.toContain(pasted);
  expect(JSON.stringify(journey.gitlab.requests)).not.toContain(pasted);
  return journey.requests().filter((line) => line.startsWith('POST'));
}

test.each([
  'glrt-t1_half',
  'glptt-half',
  'gldt-half',
  'acme-glrt-half',
  'GR1348941half',
  'aB3dEfGhIjKlMnOpQrSt',
  pasted,
])('the token %s at the question about the URL is told as one before any lookup', async (token) => {
  const journey = await setOut();
  const terminal = journey.register([], { columns: 120, rows: 60 });
  await terminal.waitFor(asked('GitLab URL'));
  terminal.type(token);
  terminal.press('enter');
  await terminal.waitFor('This is a GitLab token. Enter the GitLab URL.');
  expect(terminal.screen()).not.toContain(token);
  expect(terminal.scrollback()).not.toContain('Looking');
});

test('what does not go together is told by the questions, not by flags', async () => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--executor', 'docker', '--docker-image', 'alpine:3.22'];
  const more = ['--concurrent', '1', '--runner-type', 'instance', '--name', 'build-1'];
  const terminal = journey.register([...words, ...more], { columns: 120, rows: 60 });
  await journey.answer(terminal, ['Token', tokens.access], ['Tags', 'x'.repeat(256)]);
  await journey.answer(terminal, ['Run jobs without tags?'], ['Maximum job timeout', '60']);
  await journey.answer(terminal, ['Do jobs build'], ['Run jobs from protected']);
  await journey.answer(terminal, ['Extra volumes', '/a:/data /b:/data'], ['Pull policy']);
  await terminal.waitFor(asked('Which answer?'));
  expect(
    terminal.screen(),
  ).toContain(`error: Tags: the tag "xxxxxxxxxxxxxxxxxxxx…" is longer than 255 characters.
       Maximum job timeout is 60 seconds, but GitLab requires at least 600 seconds (10 minutes).
       Volumes: "/a:/data" and "/b:/data" mount the same path /data.`);
});

test('a wrong answer at each question of an authentication token and docker', async () => {
  const journey = await setOut();
  const asks = await register(journey, [
    address(journey),
    ['Token', 'glrt-t3_unknownunknown001', 'GitLab says: 403 Forbidden', tokens.authentication],
    ['Name of this runner', ' ', needed, 'build-1'],
    executor('docker'),
    ['Default image for jobs', pasted, misplaced, 'debian:13'],
    ['Do jobs build container images?', 'maybe', noEntry, 'no'],
    ['Extra volumes', '/srv/data:/data:rw:ro:x', '> Enter a volume', '/srv/data:/data'],
    ['Pull policy', 'sometimes', noEntry, 'always'],
    ...ending,
  ]);
  expect(asks.filter((line) => !line.includes('unknownunknown'))).toHaveLength(2);
  expect(journey.file()).toBe(
    head(3) +
      block(
        { name: 'build-1', id: 7, token: tokens.authentication },
        'docker',
        docker({ image: 'debian:13', volumes: ['/srv/data:/data', '/cache'] }),
      ),
  );
});

test.each<[string, Step[], string]>([
  [
    'project',
    [
      ['Project (ID or path)', 'acme/none', 'Project Not Found', 'acme/app'],
      ['Name of this runner', pasted, misplaced, 'build-1'],
      ['Tags', pasted, misplaced, 'linux'],
      ['Run jobs without tags?', 'maybe', noAnswer, 'y'],
      ['Lock to its project?', pasted, noAnswer, 'y'],
    ],
    '"project_id":87,"run_untagged":true,"runner_type":"project_type","tag_list":"linux"',
  ],
  [
    'group',
    [
      ['Group (ID or path)', 'none', 'Group Not Found', 'acme'],
      ['Name of this runner', ' ', needed, 'build-1'],
      ['Tags', pasted, misplaced, ''],
    ],
    '"group_id":42',
  ],
])('a wrong answer at each question of an access token for a %s', async (type, steps, body) => {
  const journey = await setOut();
  const asks = await register(journey, [
    address(journey),
    ['Token', tokens.powerless, 'the scope create_runner (or api) is missing', tokens.access],
    ['Kind of runner', 'team', noEntry, type],
    ...steps,
    [
      'Maximum job timeout in seconds',
      'long',
      'Enter a whole number of seconds, 0 or more, or a time such as 90s or 1h30m.',
      '1h',
    ],
    executor('shell'),
    ['Run jobs from protected branches only?', 'maybe', noEntry, 'yes'],
    ...ending,
  ]);
  const created = asks.filter((line) => line.startsWith('POST /api/v4/user/runners'));
  expect(created).toHaveLength(1);
  expect(created[0]).toContain(body);
  expect(created[0]).toContain('"access_level":"ref_protected"');
  expect(created[0]).toContain('"maximum_timeout":3600');
  const { id, token } = journey.gitlab.state.runners.at(-1)!;
  expect(journey.file()).toBe(head(3) + block({ name: 'build-1', id, token }, 'shell'));
});

test('a wrong answer at each question of a token that tells nothing, and ssh', async () => {
  const token = 'tellsNothing00000001';
  const journey = await setOut({ ...everyday, registrationTokens: [{ token, type: 'instance' }] });
  const asks = await register(journey, [
    address(journey),
    ['Token', 'glcbt-64_thisisthetokenofajob', 'This is a CI/CD job token', token],
    ['What kind of token is it?', 'magic', noEntry, 'registration'],
    ['Name of this runner', ' ', needed, 'build-1'],
    ['Tags', pasted, misplaced, 'linux'],
    ['Maintenance note', pasted, misplaced, 'hello'],
    executor('ssh'),
    ['SSH host', 'a b', '> Enter a host name', 'build.example.com'],
    ['SSH port', 'high', 'Enter a port from 1 to 65535.', '2222'],
    ['SSH user', ' ', needed, 'ci'],
    ['SSH password', '', '', ''],
    ['SSH private key file', pasted, misplaced, '/etc/keys/ci'],
    ...ending,
  ]);
  expect(asks).toHaveLength(1);
  expect(asks[0]).toContain('"maintenance_note":"hello"');
  const { id, token: given } = journey.gitlab.state.runners.at(-1)!;
  const ssh =
    '  [runners.ssh]\n    user = "ci"\n    host = "build.example.com"\n    port = "2222"\n    identity_file = "/etc/keys/ci"\n';
  expect(journey.file()).toBe(head(3) + block({ name: 'build-1', id, token: given }, 'ssh', ssh));
});

const program = resolve(import.meta.dirname, '../../bin/runner-setup.js');

test.each<[string, Step[], string[]]>([
  [
    'kubernetes',
    [
      ['Kubernetes namespace', pasted, misplaced, 'ci'],
      ['Default image for jobs', pasted, misplaced, 'debian:13'],
    ],
    ['--kubernetes-namespace', 'ci', '--kubernetes-image', 'debian:13'],
  ],
  [
    'virtualbox',
    [
      ['VirtualBox virtual machine', ' ', needed, 'jobs'],
      ['SSH user', ' ', needed, 'ci'],
      ['SSH password', '', '', 'a-good-password'],
      ['SSH private key file', pasted, misplaced, '/etc/keys/ci'],
    ],
    '--virtualbox-base-name jobs --ssh-user ci --ssh-password a-good-password --ssh-identity-file /etc/keys/ci'.split(
      ' ',
    ),
  ],
  [
    'parallels',
    [
      ['Parallels virtual machine', ' ', needed, 'jobs'],
      ['SSH host', 'a b', '> Enter a host name', 'mac.example.com'],
      ['SSH port', '99999', 'Enter a port from 1 to 65535.', '22'],
    ],
    '--parallels-base-name jobs --ssh-host mac.example.com --ssh-port 22'.split(' '),
  ],
  ['custom', [['Program that runs each step', ' ', needed, '/opt/run']], ['--custom-run-exec', '/opt/run']],
  [
    'instance',
    [
      ['Fleeting plugin', ' ', needed, 'aws'],
      ['Plugin settings', '=asg-1', '> Enter KEY=VALUE', 'name=asg-1'],
      ['Maximum number of machines', 'many', 'Enter a whole number', '9'],
      ['Concurrent jobs on each machine', '0', 'Enter a whole number of 1 or more.', '2'],
      ['User name on the machines', pasted, misplaced, 'ci'],
    ],
    '--autoscaler-plugin aws --autoscaler-plugin-config name=asg-1 --autoscaler-max-instances 9 --autoscaler-capacity-per-instance 2 --autoscaler-username ci'.split(
      ' ',
    ),
  ],
])(
  'a wrong answer at each question of the executor %s: the file is that of the flags',
  async (name, steps, flags) => {
    const journey = await setOut();
    const words = ['--url', journey.gitlab.url, '--token', tokens.authentication, '--name', 'build-1'];
    await register(journey, [executor(name), ...steps, ...ending], words);
    const elsewhere = join(journey.folder, 'elsewhere');
    mkdirSync(elsewhere);
    const args = ['register', '-n', ...words, '--executor', name, ...flags, '--concurrent', '3'];
    const env = cleanEnvironment(elsewhere);
    const { code, stderr } = await runProgram({ script: program, args, env, cwd: elsewhere });
    expect([code, String(stderr).match(/^error: .*/m)]).toEqual([0, null]);
    expect(journey.file()).toBe(journey.file('elsewhere'));
  },
);
