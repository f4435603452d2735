import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type StandIn as Engine, layEngine } from '../engine/stage.ts';
import { type StandIn, startGitlab } from '../gitlab/index.ts';
import { type FreshHost, layHost } from '../harness/fresh-host.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';
import { asked, everyday, tokens } from './journey.ts';

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
function addDocker(starts: readonly string[]): void {
  host!.write('run/docker.sock', '');
  engine = layEngine({
    socket: 'unix:///run/docker.sock',
    images: [{ tags: [image], version: '19.4.0', starts }],
  });
}

/** Opens the program there. */
function open(words: readonly string[], rows = 60): Terminal {
  const [command, ...enter] = host!.enter;
  const args = [...enter, process.execPath, program, ...words];
  const PATH = [host!.env.PATH, engine?.bin].filter(Boolean).join(':');
  const terminal = openTerminal({ command, args, env: { ...host!.env, PATH }, cwd: '/', rows, columns: 120 });
  terminals.push(terminal);
  return terminal;
}

const given = ['--name', 'build-1', '--concurrent', '2'];

/** Registers in the wizard, up to what comes behind it. */
async function register(more: readonly string[] = []): Promise<Terminal> {
  const terminal = open(['register', ...given, '--executor', 'shell', ...more]);
  await answer(terminal, 'GitLab URL', gitlab!.url);
  await answer(terminal, 'Token', tokens.authentication);
  await answer(terminal, 'Register this runner?');
  await terminal.waitFor('Registered "build-1" (id 7, shell) at');
  return terminal;
}

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
 next: Fix the cause, and run the same command again.
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
  expect(terminal.screen().split('\n').at(-1)).toBe(
    'gitlab-runner is not running. To start it: service gitlab-runner start',
  );
});

test('a script, and a last answer that was given, are not asked', async () => {
  await setOut();
  const words = [...given, '--url', gitlab!.url, '--token', tokens.authentication, '--executor', 'shell'];
  for (const word of ['-n', '--yes']) {
    const terminal = open(['register', ...words, word]);
    expect(await terminal.ended).toEqual(done);
    if (word === '-n') expect(terminal.screen()).toContain(later.join('\n'));
    expect(terminal.screen()).not.toContain('Install gitlab-runner?');
  }
});
