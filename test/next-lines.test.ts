import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { findCases, readCase } from './harness/cases.ts';
import { faultsOfNext, nextTexts } from './harness/next-lines.ts';

const printed = findCases(resolve(import.meta.dirname, 'cases')).flatMap((file) => {
  const texts = readCase(file).written.sections.filter(({ name }) => name === 'stdout' || name === 'stderr');
  return texts.flatMap(({ bytes }) => nextTexts(String(bytes)));
});

test('every command behind next: can be pasted as it is', async () => {
  const faults = await Promise.all([...new Set(printed)].map(faultsOfNext));
  expect(faults.flat()).toEqual([]);
});

test.each([
  'Add it: runner-setup edit --no-such-flag',
  'runner-setup edit --help-all lists every flag.',
  'runner-setup preset list, or: runner-setup preset show NAME',
  'Use runner-setup register, which does it.',
  'Check it: runner-setup verify. Then try again',
  'runner-setup completion bash|zsh',
  "runner-setup edit '#1' --set ssh.host=…",
  "runner-setup edit '#1",
  'registry-auth list',
])('%s is no command to paste', async (text) => {
  expect(await faultsOfNext(text)).toHaveLength(1);
});

test('the texts behind next: are found with the lines that go on, and in JSON', () => {
  const text = 'error: No.\n next: First: a \\\n         b\n       Then: c\nmore\n  "next": "d\\ne",\n';
  expect(nextTexts(text)).toEqual(['First: a b\nThen: c', 'd\ne']);
});
