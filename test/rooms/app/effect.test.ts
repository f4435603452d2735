import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { effectOn } from '../../../src/app/effect.ts';
import { containedRunners, runningRunners } from '../../../src/host/running-runners.ts';

const path = '/srv/runner/config.toml';
const linux = { platform: 'linux', uid: 1000, home: '/home/me' } as const;

const process = (config: string | undefined) => ({ pid: 7, uid: 0, user: undefined, config });
const inside = (reads: 'yes' | 'no' | 'unknown') => ({ pid: 8, reads });

test.each([
  ['one has this file', [process(path)], [], 'gitlab-runner (process 7) loads the change within seconds.'],
  [
    'one in a container has it',
    [process('/other.toml')],
    [inside('yes')],
    'gitlab-runner in a container (process 8) loads the change within seconds.',
  ],
  [
    'one hides its file',
    [process('/other.toml'), process(undefined)],
    [],
    `The config.toml of the running gitlab-runner (process 7) is only visible to root. If it is ${path}, the change is loaded within seconds.`,
  ],
  [
    'one in a container hides its file',
    [],
    [inside('no'), inside('unknown')],
    `The config.toml of the running gitlab-runner (process 8) is only visible to root. If it is ${path}, the change is loaded within seconds.`,
  ],
  [
    'one has another file',
    [process('/other.toml')],
    [inside('no')],
    'The running gitlab-runner (process 7) uses /other.toml, so it does not load the change.',
  ],
  ['none runs', [], [], 'gitlab-runner is not running. It loads the change when it starts.'],
  [
    'one in a container has another file',
    [],
    [inside('no')],
    'gitlab-runner is not running. It loads the change when it starts.',
  ],
  [
    'the system does not show what runs',
    undefined,
    [],
    `A gitlab-runner that uses ${path} loads the change within seconds.`,
  ],
])('what becomes of a change, where %s', (_, running, contained, words) => {
  expect(effectOn({ path }, linux, { running, contained }).words).toBe(words);
});

test('in a container, nothing is said about what runs on its host', () => {
  expect(effectOn({ path }, linux, { running: [], contained: [], isOutside: true })).toEqual({
    kind: 'outside',
    words:
      "runner-setup runs in a container, so it does not see the host's gitlab-runner. If it uses this file, it loads the change within seconds.",
  });
  const { kind } = effectOn({ path }, linux, { running: [process(path)], contained: [], isOutside: true });
  expect(kind).toBe('loads');
});

test.each([
  [true, 'The container ci loads the change within seconds, without a restart.'],
  [false, 'The container ci is not running. To start it: podman start ci'],
])('what becomes of a change of the file of a container that runs: %s', (isRunning, words) => {
  const container = {
    name: 'ci',
    inside: '/etc/gitlab-runner/config.toml',
    isRunning,
    engine: { program: 'podman' as const, host: undefined, env: {} },
  };
  expect(effectOn({ path, container }, linux).words).toBe(words);
});

test('a gitlab-runner in a container reads the file that is mounted there', () => {
  const processes = mkdtempSync(join(tmpdir(), 'proc-'));
  const start = (pid: string, mounts: string, words: string) => {
    mkdirSync(join(processes, pid, 'ns'), { recursive: true });
    if (mounts !== '') symlinkSync(mounts, join(processes, pid, 'ns/mnt'));
    writeFileSync(join(processes, pid, 'cmdline'), words.replaceAll(' ', '\0'));
    return join(processes, pid, 'root');
  };
  const file = join(processes, 'config.toml');
  writeFileSync(file, '');
  start('self', 'mnt:[1]', 'node');
  start('6', 'mnt:[1]', 'gitlab-runner run --config /six.toml ');
  const [seven, eight] = [
    start('7', 'mnt:[2]', 'gitlab-runner run '),
    start('8', 'mnt:[3]', 'gitlab-runner run --config /c/c.toml '),
  ];
  start('9', 'mnt:[3]', 'sh ');
  mkdirSync(join(seven, 'etc/gitlab-runner'), { recursive: true });
  symlinkSync(file, join(seven, 'etc/gitlab-runner/config.toml'));
  mkdirSync(join(eight, 'c'), { recursive: true });
  expect(containedRunners(file, processes)).toEqual([
    { pid: 7, reads: 'yes' },
    { pid: 8, reads: 'no' },
  ]);
  writeFileSync(join(eight, 'c/c.toml'), '');
  expect(containedRunners(file, processes).map(({ reads }) => reads)).toEqual(['yes', 'no']);
  expect(runningRunners(processes).map(({ config }) => config)).toEqual(['/six.toml']);
  // Another user's mounts cannot be seen, but its control group can.
  start('10', '', 'gitlab-runner run ');
  writeFileSync(join(processes, '10/cgroup'), '0::/system.slice/docker-0a1b.scope\n');
  expect(runningRunners(processes)).toHaveLength(1);
  expect(containedRunners(file, processes)).toHaveLength(3);
});
