import { expect, test } from 'vitest';
import { isPlainEnvValue, valueInEnvFile, withEnvValue } from '../../../src/text/env-file.ts';

test.each([
  ['plain', 'TOKEN=old\n', 'old', 'TOKEN=new\n'],
  ['without an end of line', 'TOKEN=old', 'old', 'TOKEN=new'],
  ['with Windows line ends', 'A=1\r\nTOKEN=old\r\nB=2\r\n', 'old', 'A=1\r\nTOKEN=new\r\nB=2\r\n'],
  ['in quotes', 'TOKEN="old"\n', 'old', 'TOKEN="new"\n'],
  ['in single quotes, with spaces', " TOKEN = 'old'  \n", 'old', " TOKEN = 'new'  \n"],
  ['exported', 'export TOKEN=old\n', 'old', 'export TOKEN=new\n'],
  ['empty', 'TOKEN=\nB=1\n', '', 'TOKEN=new\nB=1\n'],
  ['twice: the last one counts', 'TOKEN=a\nTOKEN=b\n', 'b', 'TOKEN=a\nTOKEN=new\n'],
  ['a quote that never ends', 'A=it\'s\nB="x\nTOKEN=old\n', 'old', 'A=it\'s\nB="x\nTOKEN=new\n'],
  ['behind a quote with a backslash', 'A="x\\"y"\nTOKEN=old\n', 'old', 'A="x\\"y"\nTOKEN=new\n'],
])('a variable %s', (_, text, value, after) => {
  expect(valueInEnvFile(text, 'TOKEN')).toBe(value);
  expect(withEnvValue(text, 'TOKEN', 'new')).toBe(after);
});

test.each([
  ['', 'TOKEN=new\n'],
  ['A=1', 'A=1\nTOKEN=new\n'],
  [
    '#TOKEN=old\n;TOKEN=old\nMY_TOKEN=old\nTOKEN_2=old\n',
    '#TOKEN=old\n;TOKEN=old\nMY_TOKEN=old\nTOKEN_2=old\nTOKEN=new\n',
  ],
  ['A="x\nTOKEN=inside"\n', 'A="x\nTOKEN=inside"\nTOKEN=new\n'],
  ['A=x \\\nTOKEN=inside\n', 'A=x \\\nTOKEN=inside\nTOKEN=new\n'],
])('a variable that is not set in %j is added', (text, after) => {
  expect(valueInEnvFile(text, 'TOKEN')).toBeUndefined();
  expect(withEnvValue(text, 'TOKEN', 'new')).toBe(after);
});

test("GitLab's tokens are plain values; what readers take differently is none", () => {
  expect(isPlainEnvValue('glrt-t3_AbC.01.1a2b3c-_x')).toBe(true);
  for (const one of ['', 'a b', 'a"b', "a'b", 'a\\b', 'a$b', 'a#b', 'a\nb'])
    expect(isPlainEnvValue(one)).toBe(false);
});
