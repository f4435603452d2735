import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { change, planChange, type ScheduleTarget } from '../../../src/app/schedule-apply.ts';
import { cleanupJob } from '../../../src/commands/container/cleanup/schedule-task.ts';
import {
  clockAt,
  isCronRunning,
  scheduleFiles,
  schedulePaths,
  type Task,
  tableAfter,
} from '../../../src/host/schedule.ts';
import type { Say } from '../../../src/terminal/say.ts';
import type { World } from '../../../src/world.ts';

const task: Task = {
  job: cleanupJob,
  rhythm: 'daily',
  command: [
    '/usr/bin/node',
    '/opt/run me/runner-setup.js',
    'container',
    'cleanup',
    '--keep',
    'ruby:*',
    '--x',
    '5%$A"',
  ],
  env: { DOCKER_HOST: 'unix:///run/50%/docker.sock' },
};

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'schedule-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const make = (path: string) => mkdirSync(join(dir, path), { recursive: true });

test('words of a unit keep what they are: blanks, quotes, percent and dollar signs', () => {
  const [service] = scheduleFiles({ kind: 'systemd', folder: '/u', isUser: false }, task);
  expect(service!.path).toBe('/u/runner-setup-cleanup.service');
  expect(service!.text.split('\n').filter((line) => /^(Env|Exec)/.test(line))).toEqual([
    'Environment=DOCKER_HOST=unix:///run/50%%/docker.sock',
    'ExecStart=/usr/bin/node "/opt/run me/runner-setup.js" container cleanup --keep "ruby:*" --x "5%%$$A\\""',
  ]);
});

test('words of a cron line keep what they are', () => {
  const [file] = scheduleFiles({ kind: 'cron', folder: '/c' }, { ...task, rhythm: 'weekly' });
  expect(file!.path).toBe('/c/runner-setup-cleanup');
  expect(file!.text.split('\n')[1]).toBe(
    '17 3 * * 0 root env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ' +
      "DOCKER_HOST=unix:///run/50\\%/docker.sock /usr/bin/node '/opt/run me/runner-setup.js' " +
      `container cleanup --keep 'ruby:*' --x 5\\%'$A"'`,
  );
});

test('the table of a user keeps its other lines, and has the schedule once', () => {
  const mine = '# mine\n0 1 * * * backup\n';
  const once = tableAfter(mine, cleanupJob, task);
  expect(once.startsWith(mine)).toBe(true);
  expect(tableAfter(once, cleanupJob, task)).toBe(once);
  expect(tableAfter(`${once}5 5 * * * more\n`, cleanupJob, undefined)).toBe(`${mine}5 5 * * * more\n`);
  expect(tableAfter('0 1 * * * backup', cleanupJob, task).split('\n')).toHaveLength(4);
  expect(tableAfter('', cleanupJob, undefined)).toBe('');
});

test('systemd where it runs, for root and for a user', () => {
  make('run/systemd/system');
  expect(clockAt(dir, '/home/me', true)).toEqual({
    kind: 'systemd',
    folder: join(dir, 'etc/systemd/system'),
    isUser: false,
  });
  const user = clockAt(dir, '/home/me', false)!;
  expect(schedulePaths(user, cleanupJob)).toEqual([
    '/home/me/.config/systemd/user/runner-setup-cleanup.service',
    '/home/me/.config/systemd/user/runner-setup-cleanup.timer',
  ]);
});

test('systemd in the folder of an image where it is installed, else cron, else nothing', () => {
  make('etc/cron.d');
  expect(clockAt(dir, '/home/me', true)).toEqual({ kind: 'cron', folder: join(dir, 'etc/cron.d') });
  expect(clockAt(dir, '/home/me', false)).toBeUndefined();
  make('usr/lib/systemd/systemd');
  expect(clockAt(dir, '/home/me', true)?.kind).toBe('systemd');
});

test('no folder for the crond of busybox, which reads none', () => {
  make('etc/cron.d');
  make('usr/sbin');
  symlinkSync('/bin/busybox', join(dir, 'usr/sbin/crond'));
  expect(clockAt(dir, '/root', true)).toBeUndefined();
});

describe('the table of a user', () => {
  const script = `#!/bin/sh
case "$1" in
  -l) [ -z "$SAYS" ] || { echo "$SAYS" >&2; exit 1; }; /bin/cat "$TABLE" ;;
  -) /bin/cat > "$TABLE" ;;
esac
`;
  const world = { env: {}, onInterrupt: () => () => {} } as unknown as World;
  const say = { talk: () => {} } as unknown as Say;
  const at = (env: Record<string, string>): ScheduleTarget => ({
    job: cleanupJob,
    clock: { kind: 'crontab' },
    root: '/',
    isRunning: false,
    env,
  });

  test('gets the line and loses it again, and keeps what is there', async () => {
    writeFileSync(join(dir, 'crontab'), script, { mode: 0o755 });
    const env = { PATH: dir, TABLE: join(dir, 'table') };
    const table = () => readFileSync(env.TABLE, 'utf8');
    const empty = at({ ...env, SAYS: 'no crontab for me' });
    await change({ ...world, env }, say, await planChange(empty, task));
    expect(table()).toBe(tableAfter('', cleanupJob, task));
    expect((await planChange(at(env), task)).parts).toEqual([]);
    writeFileSync(env.TABLE, `5 4 * * * backup\n${table()}`);
    await change({ ...world, env }, say, await planChange(at(env), undefined));
    expect(table()).toBe('5 4 * * * backup\n');
    expect((await planChange(at(env), undefined)).parts).toEqual([]);
  });

  test.each([
    ['no crontab for me', true],
    // As busybox says it.
    ["crontab: can't open 'me': No such file or directory", true],
    ['crontabs/me/: fdopen: Input/output error', false],
    ['You (me) are not allowed to use this program (crontab)', false],
  ])('is empty only when crontab says so: %s', async (words, isEmpty) => {
    writeFileSync(join(dir, 'crontab'), script, { mode: 0o755 });
    const planned = planChange(at({ PATH: dir, SAYS: words }), task);
    if (isEmpty) expect((await planned).parts).toHaveLength(1);
    else await expect(planned).rejects.toMatchObject({ message: 'crontab -l failed.', why: words });
  });

  test('is not there without cron', async () => {
    await expect(planChange(at({ PATH: dir }), task)).rejects.toThrow(
      'Cannot schedule the cleanup: this system has neither systemd nor cron',
    );
    expect((await planChange(at({ PATH: dir }), undefined)).parts).toEqual([]);
  });
});

test('a daemon of cron is seen in the process table; where there is none, it is not missed', () => {
  expect(isCronRunning(join(dir, 'none'))).toBe(true);
  for (const [name, program] of [
    ['self', 'node'],
    ['12', 'crontab'],
  ] as const) {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, 'comm'), `${program}\n`);
  }
  expect(isCronRunning(dir)).toBe(false);
  writeFileSync(join(dir, '12', 'comm'), 'crond\n');
  expect(isCronRunning(dir)).toBe(true);
});
