import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { version } from '../package.json';
import { commands } from '../src/commands/index.ts';
import { settingNames, table } from '../src/settings/table.ts';
import {
  anchorsIn,
  callsIn,
  headingsIn,
  linksIn,
  pages,
  parts,
  pathsIn,
  withParts,
} from './harness/pages.ts';

const root = resolve(import.meta.dirname, '..');
const text = (page: string) => readFileSync(join(root, page), 'utf8');

describe.each(pages)('%s', (page) => {
  test('holds what the program says of itself', () => {
    const made = withParts(text(page), page);
    if (process.env.UPDATE) writeFileSync(join(root, page), made);
    else expect(text(page)).toBe(made);
  });

  test('leads to files that are there', () => {
    const missing = linksIn(text(page)).filter((link) => !existsSync(join(root, dirname(page), link)));
    expect(missing).toEqual([]);
  });

  test('leads to headings that are there', () => {
    const missing = anchorsIn(text(page)).filter(({ path, anchor }) => {
      const target = path === '' ? page : join(dirname(page), path);
      return !existsSync(join(root, target)) || !headingsIn(text(target)).includes(anchor);
    });
    expect(missing).toEqual([]);
  });

  test('names commands and flags that the program has', () => {
    expect(callsIn(text(page)).flatMap(unknownIn)).toEqual([]);
  });

  test('names files that are there', () => {
    const missing = pathsIn(text(page)).filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  test('names commands that the package has', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: object };
    const named = [...text(page).matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

// What is wrong with one call of the program: a word that is no command, or a flag that its whole help does not name.
function unknownIn([verb = '--help', ...words]: string[]): string[] {
  if (verb.startsWith('-')) return helpOf([]).includes(verb) ? [] : [verb];
  if (!(verb in commands)) return [`runner-setup ${verb}`];
  const [sub = ''] = words;
  const help = helpOf(/^[a-z]+$/.test(sub) && ['container', 'cache'].includes(verb) ? [verb, sub] : [verb]);
  const flags = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*/, ''));
  return flags.filter((flag) => !hasFlag(help, flag)).map((flag) => `runner-setup ${verb} ${flag}`);
}

const hasFlag = (help: string, flag: string): boolean =>
  new RegExp(`(^|[\\s,])${flag}(?![\\w-])`, 'm').test(help);

const helps = new Map<string, string>();

function helpOf(command: readonly string[]): string {
  const key = command.join(' ');
  const { stdout } = helps.has(key)
    ? { stdout: helps.get(key)! }
    : spawnSync(
        process.execPath,
        [join(root, 'bin/runner-setup.js'), ...command, command.length === 0 ? '--help' : '--help-all'],
        {
          encoding: 'utf8',
          env: {},
        },
      );
  helps.set(key, stdout);
  return stdout;
}

test('a wrong command, flag or heading on a page is found', () => {
  const page = [
    '```sh',
    "runner-setup edit '#1' \\\n  --dry-runn --set a=b && runner-setup regster # --x",
    '```',
    '# A `b` c',
  ];
  expect(callsIn(page.join('\n')).flatMap(unknownIn)).toEqual([
    'runner-setup edit --dry-runn',
    'runner-setup regster',
  ]);
  expect(headingsIn(page.join('\n'))).toEqual(['a-b-c']);
  expect(anchorsIn('[x](src/README.md#one) [y](#two) [z](https://a.example/#b)')).toEqual([
    { path: 'src/README.md', anchor: 'one' },
    { path: '', anchor: 'two' },
  ]);
  expect(callsIn(text('README.md')).length).toBeGreaterThan(30);
});

test('every part that is made stands on one page', () => {
  const found = pages.flatMap((page) =>
    [...text(page).matchAll(/<!-- made: (.+?) -->/g)].map(([, name]) => name),
  );
  expect(found.sort()).toEqual(Object.keys(parts).sort());
});

test('the README can be read at one sitting, and leads to every page', () => {
  expect(text('README.md').split('\n').length).toBeLessThanOrEqual(351);
  const others = pages.filter((page) => page !== 'README.md');
  expect(others.filter((page) => !linksIn(text('README.md')).includes(relative('.', page)))).toEqual([]);
});

test('CONTRIBUTING.md knows each room', () => {
  const rooms = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const drawn = [...text('CONTRIBUTING.md').matchAll(/^ {2}([a-z-]+)\/ /gm)].map(([, name]) => name);
  expect(drawn.sort()).toEqual(rooms.map(({ name }) => name).sort());
});

test('every flag stands on the page of settings', () => {
  const settings = parts.settings!();
  for (const name of settingNames)
    expect(settings.split(`\`${table[name].flag}`).length, name).toBeGreaterThan(1);
});

test('the package has a version', () => {
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
