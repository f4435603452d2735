import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readFleet } from '../../../src/fleet-file/check.ts';
import { cleanEnvironment, runProgram } from '../../harness/program.ts';

// The files of the cases, those that are here for this test, and those of a folder that is named.
const cases = resolve(import.meta.dirname, '../../cases/fixtures/config');
const own = resolve(import.meta.dirname, 'fleet-round-trip');
const folders = [cases, ...(process.env.CORPUS === undefined ? [] : [process.env.CORPUS])];
const forms = ['toml', 'yaml', 'json'] as const;
const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^(?!shell|two|three).*\.toml$/.test(name))
    .map((name) => join(folder, name));
const files = [
  ...folders.flatMap(filesIn).map((path, at) => [basename(path), forms[at % 3]!, path] as const),
  ...filesIn(own).flatMap((path) => forms.map((form) => [basename(path), form, path] as const)),
];

const script = resolve(import.meta.dirname, '../../../bin/runner-setup.js');
const folder = mkdtempSync(join(tmpdir(), 'runner-setup-round-trip-'));
afterAll(() => rmSync(folder, { recursive: true }));

const env = { ...cleanEnvironment(folder), GITLAB: 'https://gitlab.example.com', TOKEN: 'glrt-x' };
const run = (words: readonly string[], stdin?: Buffer) =>
  runProgram({ script, args: [...words], env, cwd: folder, stdin });

test.each(files)('%s as %s: export | apply -f - changes nothing', async (name, form, path) => {
  const config = join(folder, form, name);
  mkdirSync(dirname(config), { recursive: true });
  copyFileSync(path, config);
  const before = readFileSync(config);
  const words = ['export', '--format', form, '--show-environment', '-c', config];
  const exported = await run(words);
  if (exported.code !== 0) {
    // What gitlab-runner would not load.
    expect((await run(['list', '-c', config])).code).not.toBe(0);
    return;
  }
  await readFleet(String(exported.stdout), `runners.${form}`);
  const planned = await run(['apply', '-f', '-', '--dry-run', '--exit-code', '-c', config], exported.stdout);
  expect(`${planned.stdout}${planned.stderr}${planned.code}`).toMatch(/0$/);
  const applied = await run(['apply', '-f', '-', '--yes', '-c', config], exported.stdout);
  expect([applied.code, String(readFileSync(config))]).toEqual([0, String(before)]);
  // What apply keeps beside the file is taken into account.
  const again = await run(words);
  const last = await run(['apply', '-f', '-', '--dry-run', '--exit-code', '-c', config], again.stdout);
  expect(`${last.stdout}${last.stderr}${last.code}`).toMatch(/0$/);
});
