import { mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { rootOf } from '../../../src/app/system-commands.ts';
import { canHoldRoot, holdRoot } from '../../harness/other-root.ts';

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

// The system prints the root of a process in another namespace of mounts as "/".
test.runIf(canHoldRoot())('the root folder of a process in a container is not this machine', async () => {
  const { root, close } = await holdRoot();
  expect(readlinkSync(root)).toBe('/');
  expect(rootOf({ root: [root] })).toBe(root);
  await close();
});
