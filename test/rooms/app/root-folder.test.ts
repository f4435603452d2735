import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { rootOf } from '../../../src/app/system-commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'root-folder-'));
afterAll(() => rmSync(folder, { recursive: true }));
symlinkSync('/', join(folder, 'self'));

test('this machine is meant without the flag', () => expect(rootOf({})).toBe('/'));

test.each(['//', '/.', '/tmp/..', join(folder, 'self'), relative('.', '/')])(
  '%s is this machine by another name',
  (word) => expect(rootOf({ root: [word] })).toBe('/'),
);

test('the folder of another system stays what it is', () => expect(rootOf({ root: [folder] })).toBe(folder));

test('a relative folder becomes a whole path', () =>
  expect(rootOf({ root: [relative('.', folder)] })).toBe(folder));

const apart = ['--map-root-user', '--mount'];
const canHold = spawnSync('unshare', [...apart, 'mount', '-t', 'tmpfs', 'none', folder]).status === 0;

// The system prints the root of a process in another namespace of mounts as "/".
test.runIf(canHold)('the root folder of a process in a container is not this machine', async () => {
  const steps = 'mount -t tmpfs none "$0" && cd "$0" && mkdir old && pivot_root . old && echo in && read end';
  const container = spawn('unshare', [...apart, 'sh', '-c', steps, folder]);
  await once(container.stdout, 'data');
  const root = `/proc/${container.pid}/root`;
  expect(readlinkSync(root)).toBe('/');
  expect(rootOf({ root: [root] })).toBe(root);
  container.stdin.end();
  await once(container, 'exit');
});
