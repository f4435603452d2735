import { expect, test } from 'vitest';
import { skewToGitlab, stepWords } from '../../../src/runner/version-skew.ts';

test.each([
  [[19, 4, 0], [19, 4, 3], undefined],
  [[19, 4, 0], [19, 3, 0], true],
  [[19, 3, 0], [19, 4, 0], false],
  [[19, 1, 0], [19, 4, 0], true],
  [[18, 11, 0], [19, 0, 0], true],
] as const)('runner %s beside GitLab %s', (runner, gitlab, notable) => {
  expect(skewToGitlab(runner, gitlab)?.notable).toBe(notable);
});

test.each([
  [[19, 3, 0], [19, 4, 0], 0],
  [[19, 4, 0], [19, 3, 0], 1],
  [[18, 3, 0], [18, 4, 0], 1],
  [[16, 11, 0], [19, 4, 0], 2],
] as const)('from %s to %s there is to know: %i', (from, to, count) => {
  expect(stepWords(from, to)).toHaveLength(count);
});
