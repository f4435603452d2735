import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readFolder } from './harness/folder.ts';
import { pages } from './harness/pages.ts';
import { isProse, literalsIn, longSentences, wordsRefused } from './harness/prose.ts';

const root = resolve(import.meta.dirname, '..');

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');

  test('is written in the words of the guide', async () => {
    expect(await wordsRefused(text, 'md')).toEqual([]);
  });

  test('has no long sentence', async () => {
    expect(await longSentences(text, 'md')).toEqual([]);
  });
});

describe('comments of presets and samples', () => {
  const files = [...readFolder(join(root, 'templates'))].filter(([path]) => /\.(toml|yml)$/.test(path));
  const comments = files.flatMap(([, { bytes }]) => String(bytes).match(/#.*/g) ?? []);

  test('are written in the words of the guide', async () => {
    expect(files.length).toBeGreaterThan(0);
    expect(await wordsRefused(comments.join('\n'), 'txt')).toEqual([]);
  });

  test('have no long sentence', async () => {
    expect(await longSentences(comments.map((line) => line.slice(1)).join('\n'), 'txt')).toEqual([]);
  });
});

describe('literals that the program may show', () => {
  const sources = [...readFolder(join(root, 'src'))].filter(([path]) => path.endsWith('.ts'));
  const literals = sources.flatMap(([path, { bytes }]) => literalsIn(path, String(bytes)));

  test('are written in the words of the guide', async () => {
    expect(literals.length).toBeGreaterThan(1000);
    expect(await wordsRefused(literals.join('\n\n'), 'txt')).toEqual([]);
  });

  test('have no long sentence', async () => {
    const long = literals.filter((text) => text.length > 160 && isProse(text));
    expect(long.length).toBeGreaterThan(10);
    expect(await longSentences(long.join('\n\n'), 'txt')).toEqual([]);
  });
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

  test('refuses a sentence of more than 160 characters, but not a long command', async () => {
    expect(await longSentences(`${'It has words '.repeat(12)}at its end.`, 'txt')).toHaveLength(1);
    expect(
      await longSentences(`Run: runner-setup edit ${'--set docker.memory=2g '.repeat(12)}`, 'txt'),
    ).toEqual([]);
  });

  test('reads literals and the pieces of templates, not names and imports', () => {
    const source =
      "import x from './take away.ts';\nconst a = 'one word'; const b = `of ${a} two`; const c = 'name';";
    expect(literalsIn('src/a.ts', source)).toEqual(['one word', 'of … two']);
  });
});
