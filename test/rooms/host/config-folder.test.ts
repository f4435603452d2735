import { chmodSync, mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isForeignSystemId, lineToOwn, outsidePath } from '../../../src/host/config-folder.ts';
import { platformOf } from '../../../src/host/platform/index.ts';
import { runningRunners } from '../../../src/host/running-runners.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'host-'));

test('a running gitlab-runner is found with the file it was started with', () => {
  const processes = folder();
  const start = (pid: number, ...words: string[]) => {
    mkdirSync(join(processes, String(pid)));
    writeFileSync(join(processes, String(pid), 'cmdline'), `${words.join('\0')}\0`);
  };
  start(7, '/usr/bin/gitlab-runner', 'run', '--config', '/srv/a.toml', '--service', 'x');
  start(8, 'gitlab-runner', 'run', '--config=/srv/b.toml', '--user', 'ci');
  start(9, 'gitlab-runner', 'list', '--config', '/srv/c.toml');
  start(10, '/bin/bash', 'run');
  const { uid } = statSync(processes);
  expect(runningRunners(processes)).toEqual([
    { pid: 7, config: '/srv/a.toml', user: undefined, uid },
    { pid: 8, config: '/srv/b.toml', user: 'ci', uid },
  ]);
  expect(runningRunners(join(processes, 'none'))).toEqual([]);
});

test('a running gitlab-runner with an empty word, a folder that is gone, or a program that was replaced', () => {
  const processes = folder();
  const start = (pid: number, cwd: string, ...words: string[]) => {
    const own = join(processes, String(pid));
    mkdirSync(own);
    writeFileSync(join(own, 'cmdline'), `${words.join('\0')}\0`);
    symlinkSync(cwd, join(own, 'cwd'));
    symlinkSync('/usr/bin/gitlab-runner (deleted)', join(own, 'exe'));
  };
  start(7, '/srv', '/usr/bin/gitlab-runner', 'run', '--config', '', '--user', 'ci');
  start(8, '/srv', '/usr/bin/gitlab-runner', 'run', '--config=', '--user', 'ci');
  start(9, '/srv (deleted)', '/usr/bin/gitlab-runner', 'run', '--config', 'c.toml', '--user', 'ci');
  start(10, '/srv', '/usr/bin/gitlab-runner', 'run', '--config', 'a\nb.toml', '--user', 'ci');
  const found = runningRunners(processes).toSorted((one, other) => one.pid - other.pid);
  expect(found.map(({ config, user, program }) => [config, user, program])).toEqual([
    ...Array(3).fill([undefined, 'ci', '/usr/bin/gitlab-runner']),
    ['/srv/a\nb.toml', 'ci', '/usr/bin/gitlab-runner'],
  ]);
});

test.each([
  [0o600, undefined],
  [0o640, undefined],
  [0o660, 'mode 0660'],
  [0o644, 'mode 0644'],
])('mode %o', (mode, loose) => {
  const file = join(folder(), 'config.toml');
  writeFileSync(file, '');
  chmodSync(file, mode);
  expect(platformOf({ platform: 'linux' }).opennessOf(file)?.shown).toBe(loose);
});

test('an id of chance, or none, is never foreign', () => {
  const beside = folder();
  const path = join(beside, 'config.toml');
  expect(isForeignSystemId(path, 'linux')).toBe(false);
  writeFileSync(join(beside, '.runner_system_id'), 'r_Ab12Cd34Ef56');
  expect(isForeignSystemId(path, 'linux')).toBe(false);
});

test('the id of a host is not foreign in a container', () => {
  const beside = folder();
  const path = join(beside, 'config.toml');
  const table = join(beside, 'mountinfo');
  writeFileSync(join(beside, '.runner_system_id'), 's_0123456789ab');
  const line = (from: string, at: string, type: string) => `1 2 0:3 ${from} ${at} rw - ${type} x rw\n`;
  writeFileSync(table, line('/', '/', 'overlay') + line('/srv/runner', beside, 'ext4'));
  expect(isForeignSystemId(path, 'linux', table)).toBe(false);
  const hasOwn = platformOf({ platform: 'linux' }).machineId() !== undefined;
  expect(isForeignSystemId(path, 'linux', `${table}.none`)).toBe(hasOwn);
});

test.each([
  [
    'a bind mount of a container',
    '/etc/gitlab-runner',
    '/srv/runner/config',
    '/srv/runner/config/certs/a.crt',
  ],
  ['the nearest of several', '/etc', '/srv/etc', '/srv/etc/gitlab-runner/certs/a.crt'],
  ['a whole file system', '/etc/gitlab-runner', '/', undefined],
  ['another folder', '/etc/gitlab', '/srv', undefined],
])('the path outside a container: %s', (_, at, root, outside) => {
  const table = join(folder(), 'mountinfo');
  const line = (from: string, to: string, type: string) =>
    `1 2 0:3 ${from} ${to} rw shared:1 - ${type} x rw\n`;
  writeFileSync(table, line('/', '/', 'overlay') + line(root, at, 'ext4'));
  expect(outsidePath('/etc/gitlab-runner/certs/a.crt', table)).toBe(outside);
  writeFileSync(table, line('/', '/', 'ext4') + line(root, at, 'ext4'));
  expect(outsidePath('/etc/gitlab-runner/certs/a.crt', table, [])).toBeUndefined();
  expect(outsidePath('/etc/gitlab-runner/certs/a.crt', table, [table])).toBe(outside);
  expect(outsidePath('/etc/gitlab-runner/certs/a.crt', `${table}.none`)).toBeUndefined();
});

test('the line that lets the user of a service read a file that is another one alone', () => {
  const above = join(folder(), 'gitlab-runner');
  mkdirSync(above);
  const path = join(above, 'config.toml');
  const other = join(folder(), 'c.toml');
  const { uid } = statSync(above);
  const nameOf = (id: number) => (id === uid ? 'me' : undefined);
  expect(lineToOwn(path, 'ci', nameOf)).toBeUndefined();
  for (const file of [path, other]) writeFileSync(file, '', { mode: 0o600 });
  expect(lineToOwn(path, 'ci', nameOf)).toBe(`chown -R ci ${above}`);
  expect(lineToOwn(other, 'ci', nameOf)).toBe(`chown ci ${other}`);
  for (const user of ['me', 'root']) expect(lineToOwn(path, user, nameOf)).toBeUndefined();
  chmodSync(path, 0o640);
  expect(lineToOwn(path, 'ci', nameOf)).toBeUndefined();
});
