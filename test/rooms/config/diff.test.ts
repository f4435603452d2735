import { describe, expect, test } from 'vitest';
import { diffLines } from '../../../src/config/diff.ts';
import { maskLines } from '../../../src/config/mask.ts';
import { asTheyAre } from './torture.ts';

const shown = (before: string, after: string, mask = asTheyAre) =>
  diffLines(before, after, mask).map(({ sign, text }) => `${sign}${text}`);
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${from + at}\n`).join('');

describe('two texts are compared', () => {
  test('equal ones give nothing', () => {
    expect(shown('a\n', 'a\n')).toEqual([]);
  });

  test('a change stands between three lines on each side', () => {
    expect(shown(numbers(1, 20), `${numbers(1, 9)}ten\n${numbers(11, 20)}`)).toEqual([
      '@@@ -7,7 +7,7 @@',
      ' 7',
      ' 8',
      ' 9',
      '-10',
      '+ten',
      ' 11',
      ' 12',
      ' 13',
    ]);
  });

  test('changes far apart stand apart', () => {
    const after = `0\n${numbers(1, 29)}thirty\n`;
    expect(shown(numbers(1, 30), after)).toEqual([
      '@@@ -1,3 +1,4 @@',
      '+0',
      ' 1',
      ' 2',
      ' 3',
      '@@@ -27,4 +28,4 @@',
      ' 27',
      ' 28',
      ' 29',
      '-30',
      '+thirty',
    ]);
  });

  test('a new file is all new, a repeated block is whole', () => {
    expect(shown('', 'a\nb\n')).toEqual(['@@@ -0,0 +1,2 @@', '+a', '+b']);
    expect(shown('x\n\nx\n', 'x\n\nx\n\nx\n')).toEqual(['@@@ -1,3 +1,5 @@', ' x', ' ', ' x', '+', '+x']);
  });

  test('a missing last line end is told, CRLF is not shown', () => {
    expect(shown('a\r\nb', 'a\r\nc')).toEqual([
      '@@@ -1,2 +1,2 @@',
      ' a',
      '-b',
      '@\\ No newline at end of file',
      '+c',
      '@\\ No newline at end of file',
    ]);
  });

  test('secrets are hidden and control characters harmless', () => {
    expect(shown('', 'token = "glrt-abc" # \u001b[31m\n', maskLines)).toEqual([
      '@@@ -0,0 +1 @@',
      '+token = "[hidden]" # \\u001b[31m',
    ]);
  });

  test('what one of the two versions hides is hidden where both have it', () => {
    expect(shown('token = """\nabc\n"""\n', 'name = """\nabc\n"""\n', maskLines)).toEqual([
      '@@@ -1,3 +1,3 @@',
      '-token = """',
      '+name = """',
      ' [hidden]',
      ' """',
    ]);
  });
});

describe('long texts that differ in many lines', () => {
  const file = (count: number, line: (at: number) => string[]) =>
    Array.from({ length: count }, (_, at) =>
      line(at)
        .map((one) => `${one}\n`)
        .join(''),
    ).join('');
  const runner = (limit: number) => (at: number) => [
    '[[runners]]',
    `name = "r${at}"`,
    `limit = ${limit}`,
    'x = 1',
  ];

  test('show each change once, with what is around it', () => {
    const lines = shown(file(3000, runner(1)), file(3000, runner(2)));
    expect(lines.slice(0, 7)).toEqual([
      '@@@ -1,12000 +1,12000 @@',
      ' [[runners]]',
      ' name = "r0"',
      '-limit = 1',
      '+limit = 2',
      ' x = 1',
      ' [[runners]]',
    ]);
    expect(lines.filter((line) => line === '-limit = 1').length).toBe(3000);
    expect(lines.length).toBe(3000 * 5 + 1);
  });

  test('show what moved as taken away and put in', () => {
    const all = file(3000, (at) => [`${at}`]);
    const lines = shown(all, `${all.replace('7\n8\n', '8\n')}7\n`);
    expect(lines.filter((line) => /^[+-]/.test(line))).toEqual(['-7', '+7']);
  });

  test('show all lines as changed where none of them tells them apart', () => {
    const lines = shown('a\nb\n'.repeat(3000), 'b\nb\na\nc\n'.repeat(3000));
    const counts = ['-', '+'].map((sign) => lines.filter((line) => line[0] === sign).length);
    expect(counts[1]! - counts[0]!).toBe(6000);
  });
});
