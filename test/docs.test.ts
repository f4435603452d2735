import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { version } from '../package.json';
import { settingNames, table } from '../src/settings/table.ts';
import { linksIn, pages, parts, pathsIn, withParts } from './harness/pages.ts';

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
  const drawn = [...text('CONTRIBUTING.md').matchAll(/^ {2}([a-z]+)\/ /gm)].map(([, name]) => name);
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
