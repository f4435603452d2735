import { describe, expect, test } from 'vitest';
import { tableLines } from '../../../src/terminal/tables.ts';

const columns = [{ title: '#' }, { title: 'NAME', least: 4 }];

describe('a table', () => {
  test('takes any number of rows', () => {
    const rows = Array.from({ length: 300_000 }, (_, at) => [String(at), 'name']);
    const lines = tableLines(columns, rows);
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([300_001, '#       NAME', '299999  name']);
  });

  test('counts two columns for wide letters and none for marks', () => {
    const lines = tableLines(columns, [
      ['1', '日本'],
      ['2', 'e\u0301'],
      ['3', 'plain'],
    ]);
    expect(lines).toEqual(['#  NAME', '1  日本', '2  e\u0301', '3  plain']);
    expect(tableLines(columns, [['1', '日本語']], 7)).toEqual(['#  NAME', '1  日…']);
  });
});
