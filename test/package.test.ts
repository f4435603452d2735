import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { version } from '../package.json';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'package-'));
const installed = join(folder, 'empty', 'node_modules', 'runner-setup');

// Without a network, as a package that carries all it runs with must be installable.
const npm = (command: 'npm' | 'npx', words: string[], cwd: string): string =>
  execFileSync(command, words, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      npm_config_offline: 'true',
      npm_config_cache: join(folder, 'cache'),
      npm_config_loglevel: 'error',
    },
  });

beforeAll(() => {
  const tarball = npm(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
    root,
  ).trim();
  mkdirSync(join(folder, 'empty'));
  npm('npm', ['install', '--silent', '--prefix', '.', join(folder, tarball)], join(folder, 'empty'));
});

afterAll(() => rmSync(folder, { recursive: true }));

test('the packed program is one package that runs with nothing else', () => {
  expect(readdirSync(join(folder, 'empty', 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
    'runner-setup',
  ]);
  expect(npm('npx', ['runner-setup', '--version'], join(folder, 'empty'))).toBe(`${version}\n`);
});

test('the packed program has the presets', () => {
  const sample = readFileSync(join(root, 'templates', 'docker-dind.gitlab-ci.yml'), 'utf8');
  const words = ['runner-setup', 'preset', 'show', 'docker-dind', '--ci'];
  expect(npm('npx', words, join(folder, 'empty'))).toBe(sample);
});

test('it carries the licences of what it carries', () => {
  const licences = readFileSync(join(installed, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const name of [
    'commander',
    'inquirer',
    'chalk',
    'ora',
    'undici',
    '@iarna/toml',
    'toml-eslint-parser',
    'diff',
    'js-yaml',
  ]) {
    expect(licences, name).toContain(`Name: ${name}\n`);
  }
  expect(existsSync(join(installed, 'LICENSE'))).toBe(true);
});

test('it holds the program and the schema of its output, and no sources, tests or maps', () => {
  expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'bin', 'dist', 'package.json']);
  // Few files: npm takes three milliseconds for each.
  expect(readdirSync(join(installed, 'dist')).sort()).toEqual([
    'THIRD-PARTY-LICENSES.txt',
    'fleet.schema.json',
    'http-parser.wasm',
    'output.schema.json',
    'program',
  ]);
});

test('what every run loads before it knows the command is main and one small chunk', () => {
  const program = readFileSync(join(installed, 'dist', 'program'), 'latin1');
  const end = program.indexOf('\n') + 1;
  const { parts } = JSON.parse(program.slice(0, end)) as {
    parts: Record<string, [start: number, length: number]>;
  };
  const textOf = (name: string) =>
    program.slice(end + parts[name]![0], end + parts[name]![0] + parts[name]![1]);
  const eager = (name: string): string[] =>
    [...textOf(name).matchAll(/(?<!=>)require\("\.\/([^"]+)"\)/g)]
      .map(([, next]) => next!)
      .flatMap((next) => [next, ...eager(next)]);
  expect([...new Set(eager('main.cjs'))].sort()).toEqual(['base.cjs', 'rolldown-runtime.cjs']);
});
