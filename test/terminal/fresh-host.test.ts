import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, test as anywhere, expect } from 'vitest';
import { type StandIn as Engine, layEngine } from '../engine/stage.ts';
import { type StandIn, startGitlab } from '../gitlab/index.ts';
import { canHold, type FreshHost, layHost } from '../harness/fresh-host.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';
import { asked, everyday, tokens } from './journey.ts';

const test = anywhere.runIf(canHold());
const program = resolve(import.meta.dirname, '../../bin/runner-setup.js');
const image = 'gitlab/gitlab-runner:v19.4.0';

let host: FreshHost | undefined;
let gitlab: StandIn | undefined;
let engine: Engine | undefined;
const terminals: Terminal[] = [];

afterEach(async () => {
  for (const terminal of terminals.splice(0)) await terminal.close();
  await gitlab?.close();
  engine?.remove();
  host?.remove();
  host = undefined;
  gitlab = undefined;
  engine = undefined;
});

/** Lays a machine without gitlab-runner, and starts a GitLab. */
async function setOut(how: Parameters<typeof layHost>[0] = {}): Promise<FreshHost> {
  host = layHost(how);
  gitlab = await startGitlab(everyday);
  return host;
}

/** Puts Docker on the machine, whose containers log this when they start. */
function addDocker(starts: readonly string[], containers: readonly object[] = []): void {
  host!.write('run/docker.sock', '');
  engine = layEngine({
    socket: 'unix:///run/docker.sock',
    images: [{ tags: [image], version: '19.4.0', starts }],
    containers,
  });
}

/** Opens the program there, behind what a shell does `before`. */
function open(words: readonly string[], before?: string, rows = 60): Terminal {
  const [command, ...enter] = host!.enter;
  const shell = before === undefined ? [] : ['/bin/sh', '-c', `${before}\nexec "$@"`, 'sh'];
  const args = [...enter, ...shell, process.execPath, program, ...words];
  const PATH = [host!.env.PATH, engine?.bin].filter(Boolean).join(':');
  const terminal = openTerminal({ command, args, env: { ...host!.env, PATH }, cwd: '/', rows, columns: 120 });
  terminals.push(terminal);
  return terminal;
}

const given = ['--name', 'build-1', '--concurrent', '2'];

/** Registers in the wizard, up to what comes behind it. */
async function register(more: readonly string[] = [], before?: string): Promise<Terminal> {
  const terminal = open(['register', ...given, '--executor', 'shell', ...more], before);
  await answer(terminal, 'GitLab URL', gitlab!.url);
  await answer(terminal, 'Token', tokens.authentication);
  await answer(terminal, 'Register this runner?');
  await terminal.waitFor('Registered "build-1" (id 7, shell) at');
  return terminal;
}

/** What the wizard is told, as flags. */
const known = (): string[] => [
  ...given,
  ...['--url', gitlab!.url, '--token', tokens.authentication, '--executor', 'shell'],
];

async function answer(terminal: Terminal, question: string, words = ''): Promise<void> {
  await terminal.waitFor(asked(question));
  if (words !== '') terminal.type(words);
  terminal.press('enter');
}

const done = { code: 0, signal: undefined };

test('from a fresh machine to a runner that is online: the package', async () => {
  await setOut();
  const terminal = await register();
  await answer(terminal, 'Install gitlab-runner?');
  await terminal.waitFor(asked('Run these commands?'));
  expect(host!.file('etc/gitlab-runner/config.toml')).toContain('name = "build-1"');
  terminal.press('enter');
  await terminal.waitFor('gitlab-runner is installed, and its service is running.');
  expect(await terminal.ended).toEqual(done);
  expect(terminal.screen().split('\n').at(-1)).toBe(
    '✔ gitlab-runner loaded the config, and the journal of gitlab-runner.service shows no errors for the runner.',
  );
  expect(gitlab!.requests.some(({ path }) => path === '/api/v4/jobs/request')).toBe(true);
  expect(terminal.scrollback()).not.toContain('To register a runner');
});

test('from a fresh machine to a runner that is online: the container', async () => {
  await setOut();
  addDocker(['Configuration loaded                                builds=0 max_builds=2']);
  const url = gitlab!.url.replace('127.0.0.1', 'gitlab.corp.test');
  const docker = ['--docker-image', 'alpine:3.22', '--docker-extra-hosts', 'gitlab.corp.test:10.0.0.9'];
  const terminal = open(['register', ...given, '--url', url, '--executor', 'docker', ...docker]);
  await answer(terminal, 'Token', tokens.authentication);
  await answer(terminal, 'Do jobs build container images?');
  await answer(terminal, 'Extra volumes');
  await answer(terminal, 'Pull policy');
  await answer(terminal, 'Register this runner?');
  await terminal.waitFor(asked('Install gitlab-runner?'));
  terminal.press('down');
  terminal.press('enter');
  await answer(terminal, 'Next step');
  expect(await terminal.ended).toEqual(done);
  expect(engine!.commands()).toContain('--volume /etc/gitlab-runner:/etc/gitlab-runner');
  expect(engine!.commands()).toContain('--add-host gitlab.corp.test:10.0.0.9');
  expect(terminal.screen().split('\n').slice(-2)).toEqual([
    `✔ gitlab-runner is running in the new container gitlab-runner (${image}).`,
    '✔ The container loaded the config, and its log shows no errors for the runner.',
  ]);
});

const later = ['gitlab-runner is not installed on this machine.', 'To install it: runner-setup install'];

test('not now: the commands for later', async () => {
  await setOut();
  const terminal = await register();
  await terminal.waitFor(asked('Install gitlab-runner?'));
  terminal.press('down');
  terminal.press('enter');
  expect(await terminal.ended).toEqual(done);
  expect(terminal.screen()).toContain(['✔ Install gitlab-runner? Not now', ...later].join('\n'));
});

test('Esc is not now; other keys choose nothing', async () => {
  await setOut();
  const terminal = await register();
  await terminal.waitFor(asked('Install gitlab-runner?'));
  terminal.type('q7');
  terminal.press('up');
  await terminal.waitFor('❯ Package');
  terminal.press('escape');
  expect(await terminal.ended).toEqual(done);
  expect(terminal.screen().split('\n').slice(-2)).toEqual(later);
});

const stays = (why: string): string =>
  `${why}\nThe runner stays registered in /etc/gitlab-runner/config.toml.\n next: To install gitlab-runner: runner-setup install`;

test.each([
  ['at the offer', 0],
  ['at the commands', 1],
])('Ctrl-C %s: the runner stays registered', async (_, enters) => {
  await setOut();
  const terminal = await register();
  await terminal.waitFor(asked('Install gitlab-runner?'));
  if (enters > 0) await answer(terminal, 'Install gitlab-runner?');
  if (enters > 0) await terminal.waitFor(asked('Run these commands?'));
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(terminal.screen()).toContain(stays('Canceled. gitlab-runner was not installed.'));
  expect(host!.file('etc/gitlab-runner/config.toml')).toContain('id = 7');
  expect(host!.file('host/bin/gitlab-runner')).toBeUndefined();
});

test('no to the commands: the runner stays registered', async () => {
  await setOut();
  const terminal = await register();
  await answer(terminal, 'Install gitlab-runner?');
  await answer(terminal, 'Run these commands?', 'n');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(terminal.screen()).toContain(stays('Canceled. gitlab-runner was not installed.'));
});

test('an installation that fails: the runner stays registered', async () => {
  await setOut();
  host!.write('host/broken', '');
  const terminal = await register();
  await answer(terminal, 'Install gitlab-runner?');
  await answer(terminal, 'Run these commands?');
  expect(await terminal.ended).toEqual({ code: 1, signal: undefined });
  expect(terminal.screen()).toContain(`error: The command failed: apt-get install --yes gitlab-runner
       The runner stays registered in /etc/gitlab-runner/config.toml.
  why: E: Unable to locate package gitlab-runner
 next: Fix the cause, then install gitlab-runner.
       To install gitlab-runner: runner-setup install`);
  expect(host!.file('etc/gitlab-runner/config.toml')).toContain('id = 7');
  expect(terminal.screen()).not.toContain('Correct an answer');
});

test('without systemd, the package leaves the service to be started', async () => {
  await setOut({ init: 'init' });
  const terminal = await register();
  await answer(terminal, 'Install gitlab-runner?');
  await answer(terminal, 'Run these commands?');
  expect(await terminal.ended).toEqual(done);
  const line = 'service gitlab-runner start';
  expect(terminal.screen().split('\n').at(-1)).toBe(`gitlab-runner is not running. To start it: ${line}`);
  const second = open(['register', '-n', ...known(), '--limit', '1'], `PATH=/usr/sbin:/usr/bin:/bin ${line}`);
  expect(await second.ended).toEqual(done);
  expect(second.screen()).toMatch(/gitlab-runner \(process \d+\) loads the change within seconds\./);
});

test('without packages for the system, it is the binary', async () => {
  await setOut({ init: 'init' });
  host!.write('etc/os-release', 'ID=alpine\n');
  const terminal = await register();
  await terminal.waitFor(asked('Install gitlab-runner?'));
  expect(terminal.screen()).toContain("❯ Binary   GitLab's binary, with a service");
  terminal.press('enter');
  await answer(terminal, 'Apply these changes?', 'n');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(terminal.screen()).toContain(
    stays('Canceled. gitlab-runner was not installed.').replace(/$/, ' --binary'),
  );
});

test('a script, and a last answer that was given, are not asked', async () => {
  await setOut();
  for (const word of ['-n', '--yes']) {
    const terminal = open(['register', ...known(), word]);
    expect(await terminal.ended).toEqual(done);
    if (word === '-n') expect(terminal.screen()).toContain(later.join('\n'));
    expect(terminal.screen()).not.toContain('Install gitlab-runner?');
  }
});

/** Registers as a script does, without a terminal. */
function inScript(words: readonly string[], before = ''): Promise<Run> {
  const [command, ...enter] = host!.enter;
  const PATH = [host!.env.PATH, engine?.bin].filter(Boolean).join(':');
  const shell = ['/bin/sh', '-c', `${before}\nexec "$@"`, 'sh', process.execPath, program, 'register', '-n'];
  const env = { ...host!.env, PATH };
  // The GitLab of the test answers meanwhile.
  return new Promise((resolve) => {
    execFile(command!, [...enter, ...shell, ...words], { env, cwd: '/' }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

interface Run {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

const warned = ({ stderr }: Run): string[] =>
  stderr.split('\n').flatMap((line) => (line.startsWith('warning: ') ? [line.slice(9)] : []));

const lacking = 'gitlab-runner is not installed on this machine, so the runner runs no jobs.';

test('a script is warned where no gitlab-runner is found, with the next step', async () => {
  await setOut();
  const run = await inScript(known());
  expect(run.code).toBe(0);
  expect(warned(run)).toEqual([`${lacking} To install it: runner-setup install`]);
  const second = await inScript([...known(), '--limit', '1', '--json']);
  expect(JSON.parse(second.stdout).warnings).toEqual([`${lacking} To install it: runner-setup install`]);
  expect(warned(await inScript([...known(), '--limit', '1']))).toEqual([]);
  expect(warned(await inScript([...known(), '-c', '/host/config.toml']))).toEqual([]);
});

test('a script is led to a container where the package is for another user', async () => {
  await setOut({ uid: 1000 });
  const ssh = ['--executor', 'ssh', '--ssh-host', 'a.example.com', '--ssh-user', 'ci', '--ssh-password', 'x'];
  const url = ['--url', gitlab!.url.replace('127.0.0.1', 'gitlab.corp.test')];
  const run = await inScript([...given, ...url, '--token', tokens.authentication, ...ssh]);
  expect(warned(run)).toEqual([
    `${lacking} To run it in a container: runner-setup container install --config-folder /host/home/.gitlab-runner`,
  ]);
});

test.each([
  ['a service', () => host!.write(unit, `[Service]\n${run}\n`), ''],
  ['the program', () => host!.write('host/bin/gitlab-runner', ''), ''],
  ['a process', () => {}, '/host/package/gitlab-runner run > /dev/null 2>&1 &'],
  ['a container', () => addDocker([], [{ run: ['--name', 'ci', image], status: 'exited' }]), ''],
])('a script is not warned where %s is found', async (_, lay, before) => {
  await setOut();
  lay();
  const said = await inScript(known(), before);
  expect([said.code, warned(said)]).toEqual([0, []]);
});

const docker = ['--executor', 'docker', '--docker-image', 'alpine:3.22'];

test.each([
  {
    what: 'no Docker',
    lay: () => {},
    says: 'Docker is not installed on this machine, and the docker executor requires it. To install it: https://docs.docker.com/engine/install/',
  },
  {
    what: 'a Docker that does not run',
    lay: () => host!.write('host/bin/docker', 'x'.repeat(5000)),
    says: 'Docker is not running: /var/run/docker.sock does not exist. To start it: systemctl enable --now docker',
  },
  {
    what: 'a socket that a variable names and that is not there',
    lay: () => host!.write('host/bin/docker', 'x'.repeat(5000)),
    before: 'export DOCKER_HOST=unix:///run/own.sock',
    says: 'Docker is not running: /run/own.sock does not exist. To start it: systemctl enable --now docker',
  },
  {
    what: 'Podman alone',
    lay: () => host!.write('host/bin/podman', ''),
    says: 'docker.host is missing, and only Podman is installed. To see the command that sets it: runner-setup doctor',
  },
  {
    what: 'a socket of Podman that is not there',
    lay: () => {},
    more: ['--docker-host', 'unix:///run/podman/podman.sock'],
    says: 'docker.host is unix:///run/podman/podman.sock, and this socket does not exist. To start it: sudo systemctl enable --now podman.socket',
  },
  {
    what: 'another socket that is not there',
    lay: () => {},
    more: ['--docker-host', 'unix:///run/other.sock'],
    says: 'docker.host is unix:///run/other.sock, and this socket does not exist. To see the cause: runner-setup doctor',
  },
  { what: 'a Docker on another machine', lay: () => {}, more: ['--docker-host', 'tcp://10.0.0.9:2376'] },
  { what: 'a Docker that a variable names', lay: () => {}, before: 'export DOCKER_HOST=tcp://10.0.0.9:2376' },
  { what: 'a container', lay: () => host!.write('run/.containerenv', '') },
  { what: 'the socket', lay: () => host!.write('run/docker.sock', '') },
])(
  'of $what, the docker executor warns once the runner is saved',
  async ({ lay, more = [], before, says }) => {
    await setOut();
    host!.write('host/bin/gitlab-runner', '');
    lay();
    const words = [...known().filter((word) => !['--executor', 'shell'].includes(word)), ...docker, ...more];
    const said = await inScript(words, before);
    expect(said.code).toBe(0);
    expect(said.stderr.split('\n').filter((line) => line.startsWith('warning:'))).toEqual(
      says === undefined ? [] : [`warning: ${says}`],
    );
  },
);

test('in the wizard, the docker executor warns of a missing Docker as well', async () => {
  await setOut();
  host!.write('host/bin/gitlab-runner', '');
  const terminal = open([
    'register',
    ...given,
    '--url',
    gitlab!.url,
    '--token',
    tokens.authentication,
    ...docker,
  ]);
  await answer(terminal, 'Do jobs build container images?');
  await answer(terminal, 'Extra volumes');
  await answer(terminal, 'Pull policy');
  await answer(terminal, 'Register this runner?');
  expect(await terminal.ended).toEqual(done);
  expect(terminal.screen()).toContain('warning: Docker is not installed on this machine');
});

test('a container with its host names: typed later as it was shown', async () => {
  await setOut();
  addDocker([]);
  const words = [
    '--url',
    gitlab!.url.replace('127.0.0.1', 'gitlab.corp.test'),
    '--token',
    tokens.authentication,
  ];
  const docker = [
    '--executor',
    'docker',
    '--docker-image',
    'alpine:3.22',
    '--docker-extra-hosts',
    'gitlab.corp.test:10.0.0.9',
  ];
  const first = open(['register', ...given, ...words, ...docker, '-n']);
  expect(await first.ended).toEqual(done);
  const line =
    'runner-setup container install --config-folder /etc/gitlab-runner --add-host gitlab.corp.test:10.0.0.9';
  expect(first.screen()).toContain([...later, 'To run it in a container:', `   ${line}`].join('\n'));
  const second = open([...line.split(' ').slice(1), '-n']);
  expect(await second.ended).toEqual(done);
  expect(second.screen()).not.toContain('To register a runner');
});

test('cancel at the command of the container: the runner stays registered', async () => {
  await setOut();
  addDocker([]);
  const docker = [
    '--executor',
    'ssh',
    '--ssh-host',
    'build.example.com',
    '--ssh-user',
    'ci',
    '--ssh-port',
    '22',
    '--ssh-password',
    'secret',
  ];
  const terminal = open(['register', ...given, ...docker, '--ssh-identity-file', '/etc/key']);
  await answer(terminal, 'GitLab URL', gitlab!.url.replace('127.0.0.1', 'gitlab.corp.test'));
  await answer(terminal, 'Token', tokens.authentication);
  await answer(terminal, 'Register this runner?');
  await answer(terminal, 'Install gitlab-runner?', 'Con');
  await answer(terminal, 'Next step', 'Can');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(terminal.screen()).toContain(
    stays('Canceled. gitlab-runner was not installed.').replace(
      'runner-setup install',
      'runner-setup container install --config-folder /etc/gitlab-runner',
    ),
  );
  expect(engine!.commands()).toBe('');
});

const run = 'ExecStart=/usr/bin/gitlab-runner run --config /etc/gitlab-runner/config.toml';
const unit = 'etc/systemd/system/gitlab-runner.service';

test.each([
  {
    what: 'a service',
    lay: () => {
      host!.write(unit, `[Service]\n${run}\n`);
      host!.write('etc/systemd/system/multi-user.target.wants/gitlab-runner.service', '');
    },
    says: 'gitlab-runner is not running. To start it: systemctl start gitlab-runner',
  },
  {
    what: 'a service that does not start by itself',
    lay: () => host!.write(unit, `[Service]\n${run}\n`),
    says: 'gitlab-runner is not running. To start it: systemctl enable --now gitlab-runner',
  },
  {
    what: 'a Quadlet',
    lay: () =>
      host!.write(
        'etc/containers/systemd/ci.container',
        '[Container]\nImage=docker.io/gitlab/gitlab-runner:v19.4.0\nVolume=/etc/gitlab-runner:/etc/gitlab-runner\n[Install]\nWantedBy=default.target\n',
      ),
    says: 'gitlab-runner is not running. To start it: systemctl start ci',
  },
  {
    what: 'a script of init',
    lay: () =>
      host!.write(
        'etc/init.d/gitlab-runner',
        'cmd="/usr/bin/gitlab-runner run --config /etc/gitlab-runner/config.toml"\n',
      ),
    says: 'gitlab-runner is not running. To start it: service gitlab-runner start',
  },
  {
    what: 'the program',
    lay: () => host!.write('host/bin/gitlab-runner', ''),
    says: 'gitlab-runner is not running. To start it: gitlab-runner run',
  },
  {
    what: 'a process',
    lay: () => {},
    before: '/host/package/gitlab-runner run --config /etc/gitlab-runner/config.toml > /dev/null &',
    says: /^gitlab-runner \(process \d+\) loads the change within seconds\.$/m,
  },
  {
    what: 'a process with another file',
    lay: () => {},
    before: '/host/package/gitlab-runner run --config /host/config.toml > /dev/null &',
    more: ['-c', '/etc/gitlab-runner/config.toml'],
    says: /^The running gitlab-runner \(process \d+\) uses \/host\/config.toml, so it does not load the change\.$\n^To use \/etc\/gitlab-runner\/config\.toml: gitlab-runner run$/m,
  },
])('$what is found: nothing is offered, and the last line is true', async ({ lay, before, more, says }) => {
  await setOut();
  lay();
  const terminal = await register(more, before);
  expect(await terminal.ended).toEqual(done);
  expect(terminal.screen()).not.toContain('Install gitlab-runner?');
  expect(terminal.screen().split('\n').slice(-2).join('\n')).toMatch(says);
});

test.each([
  {
    what: 'that is stopped and has the file',
    folder: '/etc/gitlab-runner',
    says: ['The container ci is not running. To start it: docker start ci'],
  },
  {
    what: 'with another file',
    folder: '/host/config',
    says: [
      'The gitlab-runner in the container ci uses /host/config/config.toml, so it does not load the change.',
      'To register in it: runner-setup register --container ci',
    ],
  },
])('a container $what is found: nothing is offered, and the last line is true', async ({ folder, says }) => {
  await setOut();
  addDocker([], [{ run: ['--name', 'ci', '-v', `${folder}:/etc/gitlab-runner`, image], status: 'exited' }]);
  const terminal = await register();
  expect(await terminal.ended).toEqual(done);
  expect(terminal.screen().split('\n').slice(-says.length)).toEqual(says);
});

test('in user mode, the package is for root, and what it brings is started by the user', async () => {
  await setOut({ uid: 1000 });
  const terminal = await register();
  expect(await terminal.ended).toEqual(done);
  expect(terminal.screen().split('\n').slice(-3)).toEqual([
    'gitlab-runner is not installed on this machine.',
    'To install it: sudo runner-setup install',
    'To start it then: gitlab-runner run',
  ]);
  expect(host!.file('host/home/.gitlab-runner/config.toml')).toContain('id = 7');
});

test('in user mode, a container takes the file of the user', async () => {
  await setOut({ uid: 1000 });
  addDocker(['Configuration loaded                                builds=0 max_builds=2']);
  const ssh = [
    '--ssh-host',
    'build.example.com',
    '--ssh-user',
    'ci',
    '--ssh-port',
    '22',
    '--ssh-identity-file',
    '/k',
  ];
  const terminal = open(['register', ...given, '--executor', 'ssh', ...ssh, '--ssh-password', 'secret']);
  await answer(terminal, 'GitLab URL', gitlab!.url.replace('127.0.0.1', 'gitlab.corp.test'));
  await answer(terminal, 'Token', tokens.authentication);
  await answer(terminal, 'Register this runner?');
  await terminal.waitFor(asked('Install gitlab-runner?'));
  expect(terminal.screen()).not.toContain('Package');
  terminal.press('enter');
  await answer(terminal, 'Next step');
  expect(await terminal.ended).toEqual(done);
  expect(engine!.commands()).toContain('--volume /host/home/.gitlab-runner:/etc/gitlab-runner');
});
