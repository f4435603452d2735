import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logOfService } from '../../../src/host/logs/index.ts';
import type { RunnerLog } from '../../../src/host/logs/runner-log.ts';
import type { RunnerService } from '../../../src/host/services/service.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logs-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const service = (more: Partial<RunnerService>): RunnerService => ({
  ...{ manager: 'systemd', name: 'gitlab-runner.service', file: '/etc/systemd/system/gitlab-runner.service' },
  ...{ isEnabled: true, config: undefined, user: undefined, uid: 0, ...more },
});

const on = (platform: NodeJS.Platform, env = {}) => ({ platform, env, uid: 1000 });

test('the journal of a unit of the machine is read since a moment, by the second, and cut by the microsecond', async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = join(bin, 'journalctl');
  const entry = (time: number, message: string) =>
    `echo '${JSON.stringify({ __REALTIME_TIMESTAMP: `${time}000`, MESSAGE: message })}'`;
  const lines = [entry(1_500_100, 'too old'), entry(1_500_300, 'new'), 'echo "$*"', 'echo [1]'];
  writeFileSync(program, `#!/bin/sh\n${lines.join('\n')}\necho "$*" >>'${folder}/words'\n`);
  chmodSync(program, 0o755);
  const log = logOfService(service({}), on('linux', { PATH: bin })) as RunnerLog;
  expect(log.command).toBe('sudo journalctl -u gitlab-runner.service -n 50');
  expect(await log.read(new Date(1_500_200))).toEqual(['new']);
  expect(await log.read(undefined)).toEqual(['too old', 'new']);
  const words = '-u gitlab-runner.service -o json -n 5000 --no-pager';
  expect(readFileSync(join(folder, 'words'), 'utf8')).toBe(`${words} --since=@1500\n${words}\n`);
});

test('without journalctl there is a reason', async () => {
  const log = logOfService(service({}), on('linux', { PATH: folder })) as RunnerLog;
  await expect(log.read(undefined)).rejects.toMatchObject({ why: 'journalctl was not found.' });
});

test.each([
  ['head -c 100000000 /dev/zero', 0o755, 'journalctl: more than 64 MB'],
  ['exit 3', 0o755, 'journalctl: exit code 3'],
  [
    'echo "Cannot assign requested address" >&2; exit 1',
    0o755,
    'journalctl: Cannot assign requested address',
  ],
  ['exit 0', 0o644, 'journalctl: EACCES'],
])('a journal that cannot be read says why: %s', async (script, mode, why) => {
  writeFileSync(join(folder, 'journalctl'), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  chmodSync(join(folder, 'journalctl'), mode);
  const log = logOfService(service({}), on('linux', { PATH: folder })) as RunnerLog;
  await expect(log.read(undefined)).rejects.toMatchObject({ why });
});

test('the file that launchd writes to: since a moment is what came after it was found', async () => {
  const file = join(folder, 'gitlab-runner.err.log');
  writeFileSync(file, 'before\n');
  const log = logOfService(service({ manager: 'launchd', log: file }), on('darwin')) as RunnerLog;
  appendFileSync(file, 'after\n');
  expect(await log.read(new Date())).toEqual(['after']);
  expect(await log.read(undefined)).toEqual(['before', 'after']);
  writeFileSync(file, 'new\n');
  expect(await log.read(new Date())).toEqual(['new']);
  renameSync(file, `${file}.1`);
  writeFileSync(file, 'first of the next one\nsecond\n');
  expect(await log.read(new Date())).toEqual(['first of the next one', 'second']);
  rmSync(file);
  await expect(log.read(undefined)).rejects.toThrow('cannot be read');
});

test('the Event Log of Windows is named, with the command that shows it', () => {
  const none = logOfService(service({ manager: 'Windows', name: 'gitlab-runner' }), on('win32'));
  expect(none).toEqual({
    why: 'The service gitlab-runner logs to the Windows Event Log, which this command does not read.',
    command: expect.stringContaining('Get-WinEvent'),
  });
});
