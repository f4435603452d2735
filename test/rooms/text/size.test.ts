import { expect, test } from 'vitest';
import { isLow, isReached } from '../../../src/engine/disk-usage.ts';
import { bytesOf, readSize, sizeWords } from '../../../src/text/size.ts';

test.each([
  ['10G', 10_000_000_000],
  ['10GB', 10_000_000_000],
  ['10 gb', 10_000_000_000],
  ['10GiB', 10_737_418_240],
  ['1.5k', 1500],
  ['512M', 512_000_000],
  ['2Ti', 2_199_023_255_552],
  ['123', 123],
  ['0B', 0],
  ['-4.07e+07B', -40_700_000],
  ['40.7kB', 40_700],
])('%s is %d bytes', (words, bytes) => {
  expect(bytesOf(words)).toBe(bytes);
});

test.each(['', 'G', '10X', '10 i', 'ten', 'N/A', '10%'])('"%s" is no size', (words) => {
  expect(bytesOf(words)).toBeUndefined();
  expect(() => readSize('--low-free-space', words)).toThrow(`--low-free-space: "${words}" is not a size.`);
});

test.each([
  [0, '0 B'],
  [14, '14 B'],
  [999, '999 B'],
  [999.6, '1 kB'],
  [12_483_684, '12.5 MB'],
  [999_600_000, '1 GB'],
  [10_000_000_000, '10 GB'],
  [270_553_174_016, '271 GB'],
  [-40_700_000, '-40.7 MB'],
])('%d bytes are %s', (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words);
});

test('limits: it begins below low, and ends when everything is at what is expected', () => {
  const limits = { bytes: { low: 10, expected: 20 }, files: { low: 100, expected: 200 } };
  const at = (bytes: number, files: number) => {
    const free = { bytes, files, size: 1000 };
    return [isLow(free, limits), isReached(free, limits)];
  };
  expect(at(9, 300)).toEqual([true, false]);
  expect(at(10, 100)).toEqual([false, false]);
  expect(at(25, 99)).toEqual([true, false]);
  expect(at(20, 200)).toEqual([false, true]);
  // btrfs has no fixed number of files
  expect(isLow({ bytes: 50, size: 1000 }, limits)).toBe(false);
  expect(isReached({ bytes: 50, size: 1000 }, limits)).toBe(true);
});
