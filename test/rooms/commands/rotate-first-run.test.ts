import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cleanEnvironment, runProgram } from '../../harness/program.ts';

const script = resolve(import.meta.dirname, '../../../bin/runner-setup.js');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rotate-'));
  mkdirSync(join(folder, 'bin'));
  // Where neither systemd nor a folder of cron is, there is a table of the user.
  writeFileSync(join(folder, 'bin/crontab'), '#!/bin/sh\necho "no crontab" >&2\nexit 1\n', { mode: 0o755 });
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });

const runner = (...lines: string[]): string =>
  ['[[runners]]', 'name = "build"', 'url = "https://gitlab.example.com"', ...lines, ''].join('\n');
const token = 'token = "glrt-t1_case0000000000001"';

/** What is warned of when a rotation of this machine is scheduled, in a dry run. */
async function warned(...words: string[]): Promise<string[]> {
  const args = ['rotate', '-c', 'config.toml', '--schedule', 'daily', '--dry-run', ...words];
  const clean = cleanEnvironment(folder);
  const env = { ...clean, PATH: `${join(folder, 'bin')}:${clean.PATH}` };
  const { stderr } = await runProgram({ script, args, env, cwd: folder });
  return String(stderr)
    .split('\n')
    .filter((line) => line.startsWith('warning: ') && !line.includes('cron daemon'))
    .map((line) => line.slice('warning: '.length).replaceAll(folder, ''));
}

test('a token that expires is rotated without an access token', async () => {
  write('config.toml', runner(token, 'token_expires_at = 2199-01-01T00:00:00Z'));
  expect(await warned()).toEqual([]);
});

test('without expiry dates nothing is rotated', async () => {
  write('config.toml', runner(token));
  expect(await warned()).toEqual([
    'config.toml has no expiry date of these tokens (token_expires_at), so nothing is rotated. With --access-token-file FILE, each run asks GitLab for the dates.',
  ]);
  expect(await warned('--force')).toEqual([]);
  write('token.txt', 'glpat-case0000000000000001\n');
  expect(await warned('--access-token-file', 'token.txt')).toEqual([]);
});

test('a file without runners is told as such', async () => {
  write('config.toml', 'concurrent = 1\n');
  write('token.txt', 'glpat-case0000000000000001\n');
  for (const words of [[], ['--force'], ['--access-token-file', 'token.txt']])
    expect(await warned(...words)).toEqual(['/config.toml has no runners, so nothing is rotated.']);
});

test('an expired token needs an access token', async () => {
  write('config.toml', runner(token, 'token_expires_at = 2020-01-01T00:00:00Z'));
  expect(await warned()).toEqual([
    'the first run cannot rotate #1 "build" at https://gitlab.example.com. The token expired on 2020-01-01. Add an access token with the scope manage_runner (or api): --access-token-file FILE',
  ]);
});

test('a file that is missing is named', async () => {
  expect(await warned()).toEqual(['the first run will fail. The file /config.toml does not exist.']);
  write('config.toml', runner(token));
  expect(await warned('--access-token-file', 'token.txt')).toEqual([
    'the first run will fail. The access token file /token.txt cannot be read.',
  ]);
  write('token.txt', '\n');
  expect(await warned('--access-token-file', 'token.txt')).toEqual([
    'the first run will fail. The access token file token.txt contains no token.',
  ]);
});

test('a token in a variable needs the file that sets it', async () => {
  write('config.toml', runner('token = "${TOKEN}"', 'token_expires_at = 2020-01-01T00:00:00Z'));
  expect(await warned()).toHaveLength(1);
});

test('in the folder of another system, files may come later', async () => {
  expect(await warned('--root', join(folder, 'root'))).toEqual([]);
});
