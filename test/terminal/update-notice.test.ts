import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { version } from '../../package.json';
import { cleanEnvironment, runProgram } from '../harness/program.ts';
import { openTerminal } from '../harness/terminal.ts';

let folder: string;
let known: string;
let asked: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'update-'));
  known = join(folder, 'cache/runner-setup/latest-version');
  asked = join(folder, 'asked');
  mkdirSync(join(folder, 'home'));
  mkdirSync(join(folder, 'bin'));
  const { NO_UPDATE_NOTIFIER: _, ...all } = cleanEnvironment(folder);
  env = { ...all, XDG_CACHE_HOME: join(folder, 'cache'), PATH: `${join(folder, 'bin')}:${all.PATH}` };
  npmSays('echo 99.1.2');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// Stands in for npm, and notes with which words it was called.
const npmSays = (line: string) =>
  writeFileSync(join(folder, 'bin/npm'), `#!/bin/sh\necho "$@" >> '${asked}'\n${line}\n`, { mode: 0o755 });

async function run(words: string[] = ['--version'], more: Record<string, string> = {}): Promise<string> {
  const terminal = openTerminal({ args: words, env: { ...env, ...more }, cwd: folder });
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  return terminal.screen();
}

async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 200 && !holds(); round++) await new Promise((go) => setTimeout(go, 50));
  expect(holds()).toBe(true);
}

const calls = () => (existsSync(asked) ? readFileSync(asked, 'utf8') : '');
const text = () => (existsSync(known) ? readFileSync(known, 'utf8') : '');
const isKnown = () => text() === '99.1.2\n';

const note = `\
note: runner-setup 99.1.2 is available; ${version} is installed.
      Update: npm install -g runner-setup`;

test('a run asks npm in the background, the next one tells, and the others of that day do neither', async () => {
  npmSays('sleep 2; echo 99.1.2');
  expect(await run()).toBe(version);
  expect(text()).toBe('');
  await until(isKnown);
  expect(calls()).toBe('view runner-setup version --no-update-notifier\n');
  expect(statSync(known).mode & 0o777).toBe(0o600);
  expect(await run()).toBe(`${version}\n${note}`);
  expect(await run()).toBe(version);
  expect(calls().trim().split('\n')).toHaveLength(1);
});

test('npm is asked again after a day, also when it named nothing newer', async () => {
  npmSays(`echo ${version}`);
  await run();
  await until(() => text() === `${version}\n`);
  expect(await run()).toBe(version);
  npmSays('echo 99.1.2');
  const before = new Date(Date.now() - 25 * 3_600_000);
  utimesSync(known, before, before);
  expect(await run()).toBe(version);
  await until(isKnown);
  expect(await run()).toContain('99.1.2');
});

test.each<[string, string[], Record<string, string>]>([
  ['NO_UPDATE_NOTIFIER', ['--version'], { NO_UPDATE_NOTIFIER: '1' }],
  ['CI', ['--version'], { CI: 'true' }],
  ['--quiet', ['preset', 'show', 'shell', '--ci', '--quiet'], {}],
  ['--json', ['preset', 'list', '--json'], {}],
])('%s ends it', async (_, words, more) => {
  mkdirSync(join(folder, 'cache/runner-setup'), { recursive: true });
  writeFileSync(known, '99.1.2\n');
  expect(await run(words, more)).not.toContain('99.1.2');
  rmSync(known);
  await run(words, more);
  expect([text(), calls()]).toEqual(['', '']);
});

test('without a terminal nothing is asked and nothing told', async () => {
  const script = join(import.meta.dirname, '../../bin/runner-setup.js');
  const { stderr } = await runProgram({ script, args: ['--version'], env, cwd: folder });
  expect([String(stderr), existsSync(known), calls()]).toEqual(['', false, '']);
});

test('where the cache cannot be written nothing is asked and nothing told', async () => {
  writeFileSync(join(folder, 'cache'), '');
  expect(await run()).toBe(version);
  expect(calls()).toBe('');
});

test('what is no version, or is no newer one, is not told', async () => {
  mkdirSync(join(folder, 'cache/runner-setup'), { recursive: true });
  for (const words of ['', 'npm error', '0.0.1', version, '99.1.2 \u001b[2J']) {
    writeFileSync(known, `${words}\n`);
    expect(await run()).toBe(version);
  }
});

test('without npm the run ends as it would', async () => {
  rmSync(join(folder, 'bin/npm'));
  expect(await run(['--version'], { PATH: join(folder, 'bin') })).toBe(version);
});

test('on Windows Node runs npm itself, where npm.cmd is, once a day', async () => {
  const npm = join(folder, 'npm folder');
  mkdirSync(join(npm, 'node_modules/npm/bin'), { recursive: true });
  writeFileSync(join(npm, 'npm.cmd'), '');
  const says = `require('node:fs').appendFileSync(${JSON.stringify(asked)}, process.argv.slice(2).join(' ') + '\\n');`;
  writeFileSync(join(npm, 'node_modules/npm/bin/npm-cli.js'), `${says} console.log('99.1.2');`);
  const script = join(folder, 'windows.mjs');
  const program = join(import.meta.dirname, '../../bin/runner-setup.js');
  writeFileSync(
    script,
    `Object.defineProperty(process, 'platform', { value: 'win32' }); await import(${JSON.stringify(program)});`,
  );
  const { PATH: _, ...others } = env;
  const runThere = async (path: string) => {
    const terminal = openTerminal({
      args: ['--version'],
      env: { ...others, Path: path },
      cwd: folder,
      script,
    });
    expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
    return terminal.screen();
  };
  expect(await runThere('/nowhere;;/tmp')).toBe(version);
  expect(calls()).toBe('');
  rmSync(known);
  expect(await runThere(`/nowhere;;${npm}`)).toBe(version);
  await until(isKnown);
  expect(calls()).toBe('view runner-setup version --no-update-notifier\n');
  expect(await runThere(npm)).toBe(`${version}\n${note}`);
  expect(await runThere(npm)).toBe(version);
  expect(calls().trim().split('\n')).toHaveLength(1);
});
