import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { removeFolder } from '../harness/folder.ts';
import { cleanEnvironment } from '../harness/program.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';
import { asked } from './journey.ts';

let [folder, terminal]: [string?, Terminal?] = [];

afterEach(async () => {
  await terminal?.close();
  removeFolder(folder!);
});

const fixtures = join(import.meta.dirname, '../cases/fixtures');

/** A Debian below a root folder, with these files in its `state` (`test/cases/fixtures/bin/machine`); a command in a terminal there. */
function open(
  command: string,
  state: Record<string, string> = {},
  more: readonly string[] = [],
  columns = 80,
): Terminal {
  folder = mkdtempSync(join(tmpdir(), 'packages-'));
  const at = (...path: string[]) => join(folder!, ...path);
  const made = [
    'home',
    'bin',
    'server/gpgkey',
    'root/etc/gitlab-runner',
    'root/usr/local/bin',
    'root/run/systemd/system',
    'root/state',
  ];
  for (const each of made) mkdirSync(at(each), { recursive: true });
  copyFileSync(join(fixtures, 'bin/machine'), at('bin/chroot'));
  chmodSync(at('bin/chroot'), 0o755);
  copyFileSync(join(fixtures, 'keys/gitlab-repository.asc'), at('server/gpgkey/gpg.key'));
  writeFileSync(at('root/etc/os-release'), 'ID=debian\nVERSION_CODENAME=trixie\n');
  if ('binary' in state) writeFileSync(at('root/usr/local/bin/gitlab-runner'), '');
  for (const [name, value] of Object.entries({ newest: '18.0.1-1', repository: 'here', ...state }))
    writeFileSync(at('root/state', name), `${value}\n`);
  const { CONFIG_FILE: _, ...env } = cleanEnvironment(folder);
  terminal = openTerminal({
    args: [command, '--root', at('root'), ...more],
    columns,
    env: { ...env, PATH: at('bin') },
    cwd: folder,
  });
  return terminal;
}

const version = () => readFileSync(join(folder!, 'root/state/version'), 'utf8').trim();
const isInstalled = () => existsSync(join(folder!, 'root/state/version'));
const question = asked('Run these commands?');
const present = { version: '17.5.3-1', pid: '4711' };

test('install shows its commands, and runs them after the yes', async () => {
  const seen = open('install');
  await seen.waitFor(question);
  expect(seen.screen().replaceAll('\n', '')).toContain('apt-get install --yes gitlab-runner');
  expect(isInstalled()).toBe(false);
  seen.press('enter');
  expect(await seen.ended).toEqual({ code: 0, signal: undefined });
  expect(version()).toBe('18.0.1-1');
});

test.each([
  ['install', {}, 7],
  ['upgrade', present, 5],
  ['uninstall', present, 4],
])(
  'every command of %s is read by a shell as one, on a narrow terminal as in a dry run',
  async (command, state, count) => {
    const log = open(command, state, ['--dry-run'], 400);
    await log.ended;
    const plain = (text: string) => text.replaceAll(/packages-\w+/g, 'packages');
    const commands = plain(log.screen()).split('\n').slice(0, -1);
    expect(commands.length).toBeGreaterThanOrEqual(count);
    await log.close();
    for (const more of [[], ['--dry-run']]) {
      const seen = open(command, state, more, 60);
      await (more.length > 0 ? seen.ended : seen.waitFor(question));
      const shown = plain(seen.everSent()).replaceAll(/ \\\r?\n */g, ' ');
      for (const one of commands.filter((one) => more.length > 0 || one !== 'apt-get update'))
        expect(shown).toContain(one);
      await seen.close();
    }
  },
);

test('install runs nothing after a no', async () => {
  const seen = open('install');
  await seen.waitFor(question);
  seen.type('n');
  seen.press('enter');
  expect((await seen.ended).code).toBe(130);
  expect(isInstalled()).toBe(false);
});

const source = () => join(folder!, 'root/etc/apt/sources.list.d/gitlab-runner.sources');

test('Ctrl-C while install reads the repository lets that end, and takes the repository back', async () => {
  const seen = open('install', { slow: 'apt-get update' });
  await seen.waitFor(question);
  seen.press('enter');
  await seen.waitFor('apt-get update\n');
  await waitForFile(join(folder!, 'root/state/begun'));
  seen.press('ctrl-c');
  expect((await seen.ended).code).toBe(130);
  expect(existsSync(join(folder!, 'root/state/done'))).toBe(true);
  expect(existsSync(source())).toBe(false);
  expect(isInstalled()).toBe(false);
});

test('the second Ctrl-C ends a command that hangs', async () => {
  const seen = open('install', { hang: 'apt-get update' });
  await seen.waitFor(question);
  seen.press('enter');
  await waitForFile(join(folder!, 'root/state/begun'));
  seen.press('ctrl-c');
  await seen.waitFor('Stopping after this step.');
  seen.press('ctrl-c');
  expect((await seen.ended).code).toBe(130);
  expect(existsSync(source())).toBe(false);
  expect(seen.screen()).toContain('Canceled.');
});

test('Ctrl-C while install installs the package lets that end, and starts the service', async () => {
  const seen = open('install', { slow: 'apt-get install' });
  await seen.waitFor(question);
  seen.press('enter');
  await waitForFile(join(folder!, 'root/state/begun'));
  seen.press('ctrl-c');
  expect((await seen.ended).code).toBe(0);
  expect(existsSync(join(folder!, 'root/state/done'))).toBe(true);
  expect(existsSync(source())).toBe(true);
  expect(seen.screen().replaceAll('\n', ' ')).toContain('its service is running');
});

test('Ctrl-C while upgrade reads the repositories lets that end', async () => {
  const seen = open('upgrade', { ...present, slow: 'apt-get update' });
  await waitForFile(join(folder!, 'root/state/begun'));
  seen.press('ctrl-c');
  expect((await seen.ended).code).toBe(130);
  expect(existsSync(join(folder!, 'root/state/done'))).toBe(true);
  expect(version()).toBe('17.5.3-1');
});

async function waitForFile(path: string): Promise<void> {
  for (let tries = 0; !existsSync(path) && tries < 100; tries++) await setTimeout(100);
}

test('upgrade asks when there is a newer version', async () => {
  const seen = open('upgrade', present);
  await seen.waitFor(question);
  expect(seen.screen().replaceAll('\n', '')).toContain('systemctl kill --kill-who=main');
  // What runs before the question is explained before it runs.
  expect(seen.everSent().replaceAll(/\r?\n */g, ' ')).toMatch(
    /^Reading which versions the package repositories have\. This changes nothing that is installed\. \$ chroot \S+ apt-get update/,
  );
  expect(version()).toBe('17.5.3-1');
  seen.press('enter');
  expect(await seen.ended).toEqual({ code: 0, signal: undefined });
  expect(version()).toBe('18.0.1-1');
});

test('upgrade asks nothing when there is none', async () => {
  const seen = open('upgrade', { ...present, newest: '17.5.3-1' });
  expect(await seen.ended).toEqual({ code: 0, signal: undefined });
  expect(seen.screen()).toContain('Nothing to do: gitlab-runner 17.5.3-1 is installed.');
});

test('Ctrl-C while jobs run leaves them and the package alone', async () => {
  const seen = open('upgrade', { ...present, job: 'yes' });
  await seen.waitFor(question);
  seen.press('enter');
  await seen.waitFor('Waiting up to 1 h for running jobs to finish.');
  seen.press('ctrl-c');
  expect((await seen.ended).code).toBe(130);
  expect(seen.screen().replaceAll('\n', ' ')).toContain('Nothing was upgraded.');
  expect(version()).toBe('17.5.3-1');
});

test('uninstall proposes a no', async () => {
  const seen = open('uninstall', present);
  await seen.waitFor(question);
  seen.press('enter');
  expect((await seen.ended).code).toBe(130);
  expect(version()).toBe('17.5.3-1');
});

test('Ctrl-C while uninstall removes the package keeps config.toml', async () => {
  const seen = open('uninstall', { ...present, slow: 'apt-get remove' }, ['--remove-config']);
  await seen.waitFor(question);
  seen.type('y');
  seen.press('enter');
  await waitForFile(join(folder!, 'root/state/begun'));
  seen.press('ctrl-c');
  expect((await seen.ended).code).toBe(130);
  expect(isInstalled()).toBe(false);
  expect(existsSync(join(folder!, 'root/etc/gitlab-runner'))).toBe(true);
  expect(seen.screen().replaceAll('\n', ' ')).toContain('gitlab-runner is uninstalled, but');
});

test('Ctrl-C while uninstall removes the service of the binary keeps config.toml', async () => {
  const slow = '/usr/local/bin/gitlab-runner uninstall';
  const seen = open('uninstall', { binary: 'yes', pid: '4711', slow }, ['--remove-config']);
  await seen.waitFor(asked('Apply these changes?'));
  seen.type('y');
  seen.press('enter');
  await waitForFile(join(folder!, 'root/state/begun'));
  seen.press('ctrl-c');
  expect((await seen.ended).code).toBe(130);
  expect(existsSync(join(folder!, 'root/usr/local/bin/gitlab-runner'))).toBe(false);
  expect(existsSync(join(folder!, 'root/etc/gitlab-runner'))).toBe(true);
});

test('uninstall runs after a yes', async () => {
  const seen = open('uninstall', present);
  await seen.waitFor(question);
  seen.type('y');
  seen.press('enter');
  expect(await seen.ended).toEqual({ code: 0, signal: undefined });
  expect(isInstalled()).toBe(false);
});
