import { execFileSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyAttributes } from '../../../src/config/attributes.ts';
import { readPrevious, replaceFile } from '../../../src/config/replace-file.ts';
import { busyboxes, busyboxIn } from '../../harness/busybox.ts';

const how = { machine: { pid: process.pid, hostname: 'here', isWindows: process.platform === 'win32' } };
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
  path = join(folder, 'config.toml');
});

afterEach(() => rmSync(folder, { recursive: true }));

// Node knows neither attributes nor access lists; tar writes and reads both, as records of its pax headers.
const attributes = {
  'SCHILY.xattr.user.note': 'of the team',
  'SCHILY.acl.access': 'user::rw-,user:1234:r--,group::---,mask::r--,other::---',
};
const tar = ['--xattrs', '--xattrs-include=*', '--acls', '-C'];

function writeWithAttributes(text: string, names = Object.keys(attributes)): void {
  const chosen = Object.entries(attributes).filter(([key]) => names.includes(key));
  const records = chosen.map(([key, value]) => record(key, value));
  const archive = Buffer.concat([entry('x', 'pax', records.join('')), entry('0', 'config.toml', text)]);
  execFileSync('tar', [...tar, folder, '-xf', '-'], { input: Buffer.concat([archive, Buffer.alloc(1024)]) });
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = rest.length + String(rest.length + 2).length;
  return `${length}${rest}`;
}

function entry(type: string, name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  const put = (at: number, words: string) => header.write(words, at, 'latin1');
  put(0, name);
  put(100, '0000640\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${text.length.toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(148, '        ');
  put(156, type);
  put(257, 'ustar\x0000');
  const sum = header.reduce((all, byte) => all + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return Buffer.concat([header, Buffer.from(text), Buffer.alloc((512 - (text.length % 512)) % 512)]);
}

function attributesNow(): string[] {
  const archive = execFileSync('tar', ['--format=pax', ...tar, folder, '-cf', '-', 'config.toml']).toString(
    'latin1',
  );
  return [
    ...archive.matchAll(
      /(SCHILY\.(?:xattr\.user|acl\.access)[^=]*)=([^\n]*(?:\n(?:user|group|mask|other)[^\n]*)*)/g,
    ),
  ].map(([, key, value]) => `${key}: ${value!.trim().replaceAll('\n', ',')}`);
}

test.each([
  ['extended attributes', ['SCHILY.xattr.user.note']],
  ['an access list', ['SCHILY.acl.access']],
  ['both', Object.keys(attributes)],
])('%s go over to the new file', async (_, names) => {
  writeWithAttributes('old\n', names);
  const before = attributesNow();
  expect(before.length).toBe(names.length);
  await replaceFile(path, () => 'new\n', how);
  expect([readFileSync(path, 'utf8'), readPrevious(path)]).toEqual(['new\n', 'old\n']);
  expect(attributesNow()).toEqual(before);
});

test('a file with a second name keeps them, too, as it is written in place', async () => {
  writeWithAttributes('old\n');
  const before = attributesNow();
  linkSync(path, join(folder, 'second.toml'));
  await replaceFile(path, () => 'new\n', how);
  expect(attributesNow()).toEqual(before);
});

test('a file without any gets none', async () => {
  writeFileSync(path, 'old\n', { mode: 0o600 });
  await replaceFile(path, () => 'new\n', how);
  expect([attributesNow(), readdirSync(folder).sort()]).toEqual([
    [],
    ['.config.toml.previous', 'config.toml'],
  ]);
});

// As getfacl --skip-base prints it.
const getfacl = (printed: string) => `#!/bin/sh\nprintf '%s' '${printed}'\n`;

describe.each(busyboxes)('busybox (%s)', (busybox) => {
  test.each<[string, string | undefined, boolean]>([
    ['has no getfacl', undefined, true],
    ['shows no access list', getfacl(''), true],
    ['shows an access list', getfacl('# file: /x\nuser::rw-\nuser:1234:r--\nmask::r--\n'), false],
  ])('where the system %s: whether all is copied', (_, script, isCopied) => {
    writeFileSync(path, 'old\n', { mode: 0o640 });
    const tools = busyboxIn(join(folder, 'bin'), busybox);
    if (script !== undefined) writeFileSync(join(tools, 'getfacl'), script, { mode: 0o755 });
    const files = [openSync(path, 'r'), openSync(join(folder, 'new'), 'w')] as const;
    expect(copyAttributes(...files, path, tools)).toBe(isCopied);
    for (const file of files) closeSync(file);
  });
});
