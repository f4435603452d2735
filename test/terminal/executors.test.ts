import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readCase } from '../harness/case.ts';
import { block, docker, head } from './blocks.ts';
import { type Answer, setOut, tokens } from './journey.ts';

const password = 'a-good-password';

// The many empty tables of this executor are those that gitlab-runner writes; the wizard fills in two values.
const kubernetes = String(
  readCase(
    resolve(
      import.meta.dirname,
      '../cases/register/default-block/writes-the-default-block-for-kubernetes.txt',
    ),
  ).expected.out.get('config.toml')!.bytes,
)
  .replace(/^[\s\S]*?(?= {2}\[runners\.kubernetes\])/, '')
  .replace('    image = ""', '    image = "debian:13"')
  .replace('    namespace = ""', '    namespace = "ci"');

const autoscaler = (plugin: string, config: string) => `  [runners.autoscaler]
    capacity_per_instance = 2
    max_use_count = 0
    max_instances = 9
    plugin = "${plugin}"
    instance_acquire_timeout = "0s"
    update_interval = "0s"
    update_interval_when_expecting = "0s"
    deletion_retry_interval = "0s"
    shutdown_deletion_interval = "0s"
    shutdown_deletion_retries = 0
    failure_threshold = 0
    [runners.autoscaler.plugin_config]
${config}    [runners.autoscaler.connector_config]
      protocol_port = 0
      username = "ci"
      keepalive = "0s"
      timeout = "0s"
`;

const scaling: Answer[] = [
  ['Fleeting plugin', 'aws'],
  ['Plugin settings', 'name=asg-1 region=eu'],
  ['Maximum number of machines', '9'],
  ['Concurrent jobs on each machine', '2'],
  ['User name on the machines', 'ci'],
];

const withPlugin = autoscaler('aws', '      name = "asg-1"\n      region = "eu"\n');

test.each<[string, Answer[], string]>([
  ['shell', [], ''],
  [
    'ssh',
    [
      ['SSH host', 'build.example.com'],
      ['SSH port', '2222'],
      ['SSH user', 'ci'],
      ['SSH password'],
      ['SSH private key file', '/etc/keys/ci'],
    ],
    '  [runners.ssh]\n    user = "ci"\n    host = "build.example.com"\n    port = "2222"\n    identity_file = "/etc/keys/ci"\n',
  ],
  [
    'kubernetes',
    [
      ['Kubernetes namespace', 'ci'],
      ['Default image for jobs', 'debian:13'],
    ],
    kubernetes,
  ],
  [
    'virtualbox',
    [
      ['VirtualBox virtual machine', 'jobs'],
      ['SSH user', 'ci'],
      ['SSH password', password],
      ['SSH private key file'],
    ],
    `  [runners.ssh]\n    user = "ci"\n    password = "${password}"\n  [runners.virtualbox]\n    base_name = "jobs"\n    base_folder = ""\n    disable_snapshots = false\n    start_type = ""\n`,
  ],
  [
    'parallels',
    [['Parallels virtual machine', 'jobs'], ['SSH host', '10.0.0.9'], ['SSH port']],
    '  [runners.ssh]\n    host = "10.0.0.9"\n    port = "22"\n  [runners.parallels]\n    base_name = "jobs"\n    disable_snapshots = false\n',
  ],
  [
    'custom',
    [['Program that runs each step', '/opt/run']],
    '  [runners.custom]\n    run_exec = "/opt/run"\n',
  ],
  ['instance', scaling, withPlugin],
  [
    'docker-autoscaler',
    [
      ['Default image for jobs'],
      ['Do jobs build container images?'],
      ['Extra volumes'],
      ['Pull policy'],
      ...scaling,
    ],
    docker({}) + withPlugin,
  ],
])('%s: its questions and its block', async (executor, questions, table) => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--name', 'build-1'];
  const terminal = journey.register(words, { rows: 100 });
  await journey.answer(
    terminal,
    ['Token', tokens.authentication],
    ['Executor', executor],
    ...questions,
    ['Concurrent jobs on this host', '1'],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.everSent()).not.toContain(password);
  expect(journey.file()).toBe(
    head(1) + block({ name: 'build-1', id: 7, token: tokens.authentication }, executor, table),
  );
});

test('answers that do not fit are asked for again at once', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url, '--token', tokens.authentication]);
  const refuse = async (question: string, words: string, said: string) => {
    await journey.answer(terminal, [question, words]);
    await terminal.waitFor(`> ${said}`);
    terminal.press('ctrl-u');
  };
  await refuse('Name of this runner', '   ', 'A value is required.');
  await journey.answer(terminal, ['Name of this runner', 'build-1'], ['Executor', 'docker']);
  await refuse('Default image', 'two words', 'Enter an image such as');
  await journey.answer(terminal, ['Default image'], ['Do jobs build']);
  const volume = 'Enter a volume: /in/container, /host:/in/container[:ro] or\n  name:/in/container.';
  await refuse('Extra volumes', 'here:there', volume);
  await journey.answer(terminal, ['Extra volumes'], ['Pull policy', 'never']);
  await refuse('Concurrent jobs', '0', 'Enter a whole number of 1 or more.');
  await journey.answer(terminal, ['Concurrent jobs', '1'], ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toBe(
    head(1) +
      block(
        { name: 'build-1', id: 7, token: tokens.authentication },
        'docker',
        docker({}).replace('"always"', '"never"'),
      ),
  );
});
