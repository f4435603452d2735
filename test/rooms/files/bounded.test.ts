import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readToEnd } from '../../../src/files/bounded.ts';
import { readInput, readPlainFile, readRegular } from '../../../src/files/plain.ts';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const pipe = (name: string): string => {
  execFileSync('mkfifo', [join(folder, name)]);
  return join(folder, name);
};

describe('a file is read', () => {
  test('to its end', () => {
    const text = 'line\n'.repeat(100_000);
    expect(readInput(file('long', text)).toString()).toBe(text);
    expect(readRegular(file('empty', ''))).toBe('');
  });

  test('up to 16 MiB', () => {
    const path = file('large', '');
    truncateSync(path, 600_000_000);
    for (const read of [readInput, readRegular, readPlainFile])
      expect(() => read(path)).toThrow(`${path} is larger than 16 MiB.`);
  });
});

describe.skipIf(process.platform === 'win32')('a device or a pipe', () => {
  test('that does not end is given up', () => {
    expect(() => readInput('/dev/zero')).toThrow('/dev/zero is larger than 16 MiB.');
  });

  test('is no regular file', () => {
    const path = pipe('irregular');
    for (const read of [readRegular, readPlainFile]) {
      expect(() => read(path)).toThrow(`${path} is not a regular file`);
      expect(() => read('/dev/zero')).toThrow('/dev/zero is not a regular file');
    }
  });

  test('is waited for until its writer has come and gone', () => {
    const path = pipe('late');
    const writer = spawn('sh', ['-c', `sleep 0.3; { printf to; sleep 0.3; printf ken; } > ${path}`]);
    expect(readInput(path).toString()).toBe('token');
    writer.kill();
  });

  test('that nobody writes to is given up', () => {
    const path = pipe('silent');
    const opened = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      expect(() => readToEnd(opened, path, 100)).toThrow(`${path} is a pipe without a writer.`);
    } finally {
      closeSync(opened);
    }
  });
});
