import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { version } from '../../package.json';
import { layEngine, type StandIn } from '../engine/stage.ts';
import { removeFolder } from '../harness/folder.ts';
import { cleanEnvironment, runProgram } from '../harness/program.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';
import { asked } from './journey.ts';

let [engine, folder, terminal]: [StandIn?, string?, Terminal?] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cleanup-'));
  const image = (tag: string, day: number) => ({
    tags: [tag],
    size: 800_000_000,
    created: `2024-01-${day}T00:00:00Z`,
    config: {},
  });
  engine = layEngine({
    root: '/nowhere/docker',
    slow: 300,
    images: [image('ruby:3.3', 10), image('node:22', 11), image('golang:1.24', 12)],
  });
});

afterEach(async () => {
  await terminal?.close();
  engine!.remove();
  removeFolder(folder!);
});

const open = (...words: string[]): Terminal => {
  const env = { ...cleanEnvironment(folder!), PATH: `${join(folder!, 'bin')}:${engine!.bin}` };
  terminal = openTerminal({ args: ['container', 'cleanup', ...words], env, cwd: folder! });
  return terminal;
};

const left = () => engine!.state().images.flatMap(({ tags }) => tags);

test('shows what takes space and what would go, and nothing goes without a yes', async () => {
  const seen = open();
  await seen.waitFor(asked('Remove these items?'));
  expect(seen.screen()).toMatch(/other images +3 +2\.4 GB +3 \(2\.4 GB\)/);
  expect(seen.screen()).toMatch(
    /image +ruby:3\.3 +800 MB +2024-01-10\nimage +node:22 .*\nimage +golang:1\.24 /,
  );
  seen.press('enter');
  expect(await seen.ended).toEqual({ code: 130, signal: undefined });
  expect(seen.screen()).toContain('Canceled. Nothing was changed.');
  expect(engine!.commands()).toBe('');
});

test('removes after the yes, command by command', async () => {
  const seen = open('--keep', 'golang');
  await seen.waitFor(asked('Remove these items?'));
  seen.type('y');
  seen.press('enter');
  expect(await seen.ended).toEqual({ code: 0, signal: undefined });
  expect(seen.screen()).toContain('$ docker image rm ruby:3.3');
  expect(seen.screen()).toContain('✔ Removed 2 images and freed about 1.6 GB.');
  expect(left()).toEqual(['golang:1.24']);
});

test('Ctrl-C lets the removal under way end, and leaves the rest', async () => {
  const seen = open('--yes');
  await seen.waitFor('$ docker image rm ruby:3.3');
  seen.press('ctrl-c');
  expect(await seen.ended).toEqual({ code: 130, signal: undefined });
  expect(seen.scrollback()).toContain('Stopping after this removal.');
  expect(seen.screen()).toContain('Removed 1 image and freed about 800 MB.');
  expect(left()).toEqual(['node:22', 'golang:1.24']);
});

test('shows the files of a schedule before it writes them', async () => {
  const root = join(folder!, 'root');
  mkdirSync(join(root, 'run/systemd/system'), { recursive: true });
  mkdirSync(join(folder!, 'bin'));
  writeFileSync(join(folder!, 'bin/systemctl'), '#!/bin/sh\nexit 0\n');
  chmodSync(join(folder!, 'bin/systemctl'), 0o755);
  const words = ['--root', root, '--schedule', 'daily', '--low-free-space', '10G'];
  const first = open(...words);
  await first.waitFor(asked('Apply these changes?'));
  expect(first.scrollback()).toContain('+ OnCalendar=daily');
  first.type('n');
  first.press('enter');
  expect(await first.ended).toEqual({ code: 130, signal: undefined });
  expect(existsSync(join(root, 'etc'))).toBe(false);
  const second = open(...words);
  await second.waitFor(asked('Apply these changes?'));
  second.press('enter');
  expect(await second.ended).toEqual({ code: 0, signal: undefined });
  expect(second.screen()).toContain('✔ The cleanup now runs daily, using systemd.');
  expect(readdirSync(join(root, 'etc/systemd/system')).sort()).toEqual([
    'runner-setup-cleanup.service',
    'runner-setup-cleanup.timer',
  ]);
});

test('a schedule made by npx names npx and this version, not a file of its cache', async () => {
  const cache = join(folder!, '_npx/1234/node_modules');
  mkdirSync(cache, { recursive: true });
  symlinkSync(resolve(import.meta.dirname, '../..'), join(cache, 'runner-setup'));
  const root = join(folder!, 'root');
  mkdirSync(join(root, 'etc/cron.d'), { recursive: true });
  const { code, stdout, stderr } = await runProgram({
    script: join(cache, 'runner-setup/bin/runner-setup.js'),
    args: [
      'container',
      'cleanup',
      '--root',
      root,
      '--schedule',
      'weekly',
      '--low-free-space',
      '10G',
      '--dry-run',
    ],
    env: cleanEnvironment(folder!),
    cwd: folder!,
  });
  expect(code).toBe(0);
  expect(String(stdout)).toMatch(
    new RegExp(
      `root env PATH=\\S+ (\\S+/node )?\\S*npx --yes runner-setup@${version.replaceAll('.', '\\.')} container cleanup `,
    ),
  );
  expect(String(stdout)).not.toContain('_npx');
  expect(String(stderr)).toContain('npm install --global runner-setup');
});
