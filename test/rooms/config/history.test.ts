import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { becameBy, mostCharacters, mostSteps, readVersions } from '../../../src/config/history.ts';
import { replaceFile } from '../../../src/config/replace-file.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
  file = join(folder, 'config.toml');
  writeFileSync(file, 'version 0', { mode: 0o600 });
});

afterEach(() => rmSync(folder, { recursive: true }));

const machine = { pid: process.pid, hostname: hostname(), isWindows: process.platform === 'win32' };

const change = (text: string, command = 'edit', how: object = {}) =>
  replaceFile(file, () => text, { machine, run: async () => ({ at: new Date(0), command }), ...how });

const texts = () => readVersions(file).map(({ text }) => text);

test('so many changes are kept, the newest first, for the owner alone', async () => {
  for (let at = 1; at <= mostSteps + 5; at++) await change(`version ${at}`, `edit ${at}`);
  expect(texts()).toEqual(Array.from({ length: mostSteps }, (_, at) => `version ${mostSteps + 4 - at}`));
  expect(readVersions(file)[0]).toMatchObject({
    at: '1970-01-01T00:00:00Z',
    command: `edit ${mostSteps + 5}`,
  });
  expect(statSync(join(folder, '.config.toml.history')).mode & 0o777).toBe(0o600);
});

test('so much text is kept; the version before the last change always', async () => {
  const large = (mark: string) => mark.repeat(0.4 * mostCharacters);
  for (const mark of ['a', 'b', 'c', 'd']) await change(large(mark));
  expect(texts().map((text) => text[0])).toEqual(['c', 'b', 'a', 'v']);
  for (const mark of ['e', 'f', 'g']) await change(mark.repeat(2 * mostCharacters));
  expect(texts().map((text) => text[0])).toEqual(['f']);
  expect(readFileSync(join(folder, '.config.toml.history')).length).toBeLessThan(mostCharacters);
});

test('a version that was kept without a record is in it, too', async () => {
  writeFileSync(join(folder, '.config.toml.previous'), 'of an earlier release', { mode: 0o600 });
  await change('version 1');
  await change('version 2');
  expect(readVersions(file)).toMatchObject([
    { text: 'version 1', command: 'edit' },
    { text: 'version 0', command: 'edit' },
    { text: 'of an earlier release' },
  ]);
});

test('what was taken back with all that was kept is not in it', async () => {
  await change('version 1');
  await change('with a password', 'add');
  await change('version 1', 'add', { keep: () => 'version 0' });
  expect(texts()).toEqual(['version 0']);
  expect(readFileSync(join(folder, '.config.toml.history'), 'utf8')).not.toContain('password');
});

test('a run that changes the file several times is one change', async () => {
  await change('version 1', 'edit');
  await change('version 2', 'apply');
  await change('version 3', 'apply', { goesOn: true });
  await change('version 4', 'apply', { goesOn: true });
  expect(texts()).toEqual(['version 1', 'version 0']);
  const [last, first] = readVersions(file);
  expect([last!.command, first!.command]).toEqual(['apply', 'edit']);
  expect([becameBy(last!, 'version 4'), becameBy(first!, 'version 1')]).toEqual([true, true]);
});

test('what others change between two writes of a run is told of its change', async () => {
  await change('version 1', 'apply');
  writeFileSync(file, 'by another program');
  await change('version 2', 'apply', { goesOn: true });
  const [last] = readVersions(file);
  expect([last!.text, last!.command, becameBy(last!, 'version 2')]).toEqual(['version 0', 'apply', false]);
});

test('a run that makes the file and goes on leaves nothing to go back to', async () => {
  rmSync(file);
  await change('version 1', 'apply');
  await change('version 2', 'apply', { goesOn: true });
  expect(texts()).toEqual([]);
});

test('a change that was killed before the file was replaced is not in it', async () => {
  await change('version 1');
  await change('version 2');
  writeFileSync(file, 'version 1');
  writeFileSync(join(folder, '.config.toml.previous'), 'version 0');
  expect(texts()).toEqual(['version 0']);
});
