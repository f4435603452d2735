import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { replaceFile } from '../../../src/config/replace-file.ts';
import { refusal } from './given.ts';

const { openSync } = fs;
const { open } = promises;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'few-'));
  path = join(folder, 'config.toml');
  writeFileSync(path, 'old\n', { mode: 0o600 });
});

afterEach(() => {
  Object.assign(fs, { openSync });
  Object.assign(promises, { open });
  syncBuiltinESMExports();
  rmSync(folder, { recursive: true });
});

// From the moment of planning on the file cannot be opened any more in its folder.
function exhaust(): string {
  const refused = (file: unknown, flags: unknown) => {
    if (file === path || !String(file).endsWith('config.toml') || typeof flags !== 'number') return;
    const error = new Error(`EMFILE: too many open files, open '${file}'`);
    throw Object.assign(error, { code: 'EMFILE', errno: -24, syscall: 'open' });
  };
  fs.openSync = (...words: Parameters<typeof openSync>) => {
    refused(words[0], words[1]);
    return openSync(...words);
  };
  promises.open = async (...words: Parameters<typeof open>) => {
    refused(words[0], words[1]);
    return open(...words);
  };
  syncBuiltinESMExports();
  return 'new\n';
}

test('without a free descriptor it is said, and no other program is blamed', async () => {
  const machine = { pid: process.pid, hostname: 'here', isWindows: process.platform === 'win32' };
  expect(await refusal(() => replaceFile(path, exhaust, { machine }))).toBe(
    `${path} cannot be written\nThe limit of open files for this process is reached.\nRaise the limit: ulimit -n 1024`,
  );
  expect(readFileSync(path, 'utf8')).toBe('old\n');
});
