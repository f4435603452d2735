import { expect, test } from 'vitest';
import { compareBlocks, compareParsers } from './quick.ts';

const seed = Number(process.env.SEED ?? 20261123);

test('lines that are taken whole mean what they mean character by character', () => {
  const { sound, broken, fault } = compareParsers(seed, 600);
  expect(fault).toBeUndefined();
  expect([sound > 600, broken > 200]).toEqual([true, true]);
  console.log(`seed ${seed}: ${sound} sound and ${broken} broken texts are read the same by both parsers`);
});

test('a block that stood in the text before means what it would mean if it were read anew', () => {
  const { sound, broken, fault } = compareBlocks(seed, 800);
  expect(fault).toBeUndefined();
  expect([sound > 300, broken > 100]).toEqual([true, true]);
  console.log(`seed ${seed}: ${sound} sound and ${broken} broken versions of a file`);
});
