import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScene, type Scene, tokenOf } from './scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene(3);
});

afterAll(() => scene.close());

const runner = (at: number) => `
[[runners]]
  name = "runner-${at}"
  url = "https://gitlab.example.com"
  token = "glrt-t1_${String(at).padStart(20, '0')}"
  executor = "shell"
`;

function placeWith(count: number): { folder: string; config: string } {
  const folder = scene.newFolder();
  const config = join(folder, 'config.toml');
  const runners = Array.from({ length: count }, (_, at) => runner(at + 1));
  writeFileSync(config, `concurrent = 1\n${runners.join('')}`, { mode: 0o600 });
  return { folder, config };
}

const throughShell = (script: string) => ['sh', '-c', script, 'sh'];
const intoFull = throughShell('exec "$@" >/dev/full');

function start([command = '', ...by]: string[], words: string[], config: string) {
  return spawnSync(command, [...by, process.execPath, scene.program, ...words], {
    cwd: scene.folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: scene.folder, LANG: 'C.UTF-8', CONFIG_FILE: config },
  });
}

const lost = (why: string) => `error: Cannot write to standard output.
  why: ${why}
 next: Redirect the output. Changes made by the command are kept.
`;
const full = lost('The disk is full.');

describe.runIf(existsSync('/dev/full'))('output that finds no room', () => {
  test.each([['list'], ['list --json'], ['lint'], ['help'], ['--version']])(
    'of %s is an error that is told once',
    (words) => {
      const { status, stderr } = start(intoFull, words.split(' '), placeWith(2).config);
      expect(status).toBe(1);
      expect(stderr.endsWith(full)).toBe(true);
      expect(stderr.split('error:')).toHaveLength(2);
    },
  );

  test('is one after an edit, which is kept', async () => {
    const { folder, config } = placeWith(1);
    const { code, stderr } = await scene.run('edit', folder, ['#1', '--set', 'limit=4'], { by: intoFull });
    expect([code, stderr]).toEqual([1, expect.stringContaining(full)]);
    expect(readFileSync(config, 'utf8')).toContain('  limit = 4\n');
  });

  test('is one after a registration, which is kept', async () => {
    const { folder, config } = placeWith(0);
    const { code, stderr } = await scene.run('register', folder, ['--executor', 'shell'], { by: intoFull });
    expect([code, stderr]).toEqual([1, expect.stringContaining(full)]);
    expect(stderr).not.toContain('Rolled back');
    expect(readFileSync(config, 'utf8')).toContain(tokenOf(0));
  });

  test('leaves the exit code of a usage error', () => {
    const { status } = start(intoFull, ['list', '--json', '--no-such-flag'], placeWith(1).config);
    expect(status).toBe(2);
  });
});

test('a file that takes only the beginning of the output is an error', () => {
  const { folder, config } = placeWith(40);
  const output = join(folder, 'output');
  const limited = throughShell(`ulimit -f 1 && exec "$@" >${output}`);
  const { status, stderr } = start(limited, ['list', '--json'], config);
  expect(statSync(output).size).toBeLessThanOrEqual(1024);
  expect([status, stderr]).toEqual([1, lost('The file is too large.')]);
});

test('a reader that stops reading is none', () => {
  const script = 'exec 3>&1; { "$@"; echo "exit code $?" >&3; } | head -1';
  const { stdout, stderr } = start(throughShell(script), ['list', '--json'], placeWith(2000).config);
  expect(stdout.trim().split('\n').sort()).toEqual(['exit code 0', '{']);
  expect(stderr).toBe('');
});
