import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { version } from '../package.json';
import { settingNames, table } from '../src/settings/table.ts';
import { parts, withParts } from './harness/readme.ts';

const path = new URL('../README.md', import.meta.url);
const readme = readFileSync(path, 'utf8');

test('the README holds what the program says of itself', () => {
  const made = withParts(readme);
  if (process.env.UPDATE) writeFileSync(path, made);
  else expect(readme).toBe(made);
});

test('the README has every part that is made', () => {
  expect([...readme.matchAll(/<!-- made: (.+?) -->/g)].map(([, name]) => name).sort()).toEqual(
    Object.keys(parts).sort(),
  );
});

test('every flag stands in the README once as a setting', () => {
  const settings = parts.settings!();
  for (const name of settingNames)
    expect(settings.split(`\`${table[name].flag}`).length, name).toBeGreaterThan(1);
});

test('the commands of the README are those of the package', () => {
  const scripts = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    .scripts as object;
  const named = [...readme.matchAll(/npm run ([\w-]+)/g)].map(([, name]) => name!);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
