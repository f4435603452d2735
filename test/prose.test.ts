import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFolder } from './harness/folder.ts';
import { pages } from './harness/pages.ts';
import { literalsIn, wordsRefused } from './harness/prose.ts';

const root = resolve(import.meta.dirname, '..');

test.each(pages)('%s is written in the words of the guide', async (page) => {
  expect(await wordsRefused(readFileSync(join(root, page), 'utf8'), 'md')).toEqual([]);
});

test('so are the comments of presets and samples', async () => {
  const files = [...readFolder(join(root, 'templates'))].filter(([path]) => /\.(toml|yml)$/.test(path));
  const comments = files.flatMap(([, { bytes }]) => String(bytes).match(/#.*/g) ?? []);
  expect(files.length).toBeGreaterThan(0);
  expect(await wordsRefused(comments.join('\n'), 'txt')).toEqual([]);
});

test('so is every literal that the program may show', async () => {
  const sources = [...readFolder(join(root, 'src'))].filter(([path]) => path.endsWith('.ts'));
  const literals = sources.flatMap(([path, { bytes }]) => literalsIn(path, String(bytes)));
  const faults = await wordsRefused(literals.join('\n\n'), 'txt');
  expect(literals.length).toBeGreaterThan(1000);
  expect(faults).toEqual([]);
});

describe('the test of words', () => {
  test.each([
    ['this runner stands in the file', 'is in'],
    ['Try it anew.', 'again'],
    ['It can not be read.', 'cannot'],
    ['Do this?', 'question that names the act'],
    ['Mends what can be mended', 'fix'],
  ])('refuses "%s"', async (text, word) => {
    expect((await wordsRefused(text, 'txt')).join('\n')).toContain(word);
  });

  test('reads literals and the pieces of templates, not names and imports', () => {
    const source =
      "import x from './take away.ts';\nconst a = 'one word'; const b = `of ${a} two`; const c = 'name';";
    expect(literalsIn('src/a.ts', source)).toEqual(['one word', 'of … two']);
  });
});
