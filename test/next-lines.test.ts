import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { findCases, readCase } from './harness/cases.ts';
import { readFolder } from './harness/folder.ts';
import { rawCommands, unledCommands } from './harness/led-commands.ts';
import { faultsOfNext, nextTexts } from './harness/next-lines.ts';

const cases = findCases(resolve(import.meta.dirname, 'cases')).map(readCase);
const printed = cases.flatMap(({ written }) => {
  const texts = written.sections.filter(({ name }) => name === 'stdout' || name === 'stderr');
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

test('every command of a run that named config.toml leads to the same file', () => {
  expect(cases.flatMap((it) => unledCommands(it).map((line) => `${it.title}: ${line}`))).toEqual([]);
});

test('no source says a command in a way that adds no flag', () => {
  const sources = [...readFolder(resolve(import.meta.dirname, '../src'))];
  const typescript = sources.filter(([path]) => path.endsWith('.ts'));
  expect(typescript.flatMap(([path, { bytes }]) => rawCommands(path, String(bytes)))).toEqual([]);
});

test('a command without the flag is found, in text, in JSON, and in a source', () => {
  const said = 'To undo it: runner-setup undo\n--- run 2\n  "next": "runner-setup verify -c b.toml"\n';
  const written = { why: '', sections: [{ name: 'stdout', bytes: Buffer.from(`--- run 1\n${said}`) }] };
  const runs = [
    ['edit', '-c', 'a.toml'],
    ['list', '--config=b.toml'],
  ];
  expect(unledCommands({ runs, written })).toEqual(['To undo it: runner-setup undo']);
  expect(rawCommands('a.ts', 'say.result(`See: runner-setup list ${a}`)')).toHaveLength(1);
  expect(rawCommands('a.ts', 'say.result(`See: runner-setup list ${a}`, 2); say.result(text)')).toEqual([]);
});
