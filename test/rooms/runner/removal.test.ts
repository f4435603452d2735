import { describe, expect, test } from 'vitest';
import { type RemovalRequest, removalOf, sentenceOf } from '../../../src/runner/removal.ts';

const runner = { name: 'a', url: 'https://gitlab.example.com', id: 7 };
const entries = {
  first: { at: 0, runner },
  all: [
    { at: 0, runner },
    { at: 2, runner },
  ],
};
const wayOf = (token: string, wish: Partial<RemovalRequest> = {}) =>
  removalOf(entries, token, { local: false, whole: false, ...wish }).way;

describe('how a runner leaves', () => {
  test.each<[string, string, Partial<RemovalRequest>, string]>([
    ['a created runner', 'glrt-t1_abc', {}, 'manager'],
    ['a created runner of an instance with a prefix', 'acme-glrt-abc', {}, 'manager'],
    ['a created runner, whole', 'glrt-abc', { whole: true }, 'id'],
    ['a registered runner', 'glrtr-abc', {}, 'token'],
    ['a registered runner of an older GitLab', 't1_abc', {}, 'token'],
    ['a registered runner, whole', 'abcdefghij0123456789', { whole: true }, 'token'],
    ['only the entry', 'glrt-abc', { local: true }, 'local'],
  ])('%s', (_, token, wish, way) => {
    expect(wayOf(token, wish)).toBe(way);
  });

  test('copies of the entry stay when only the entry was meant', () => {
    const { all } = removalOf(entries, 'glrt-abc', { local: true, whole: false });
    expect(all).toEqual([entries.first]);
  });
});

test('what is going to happen is said', () => {
  const ways = ['local', 'manager', 'token', 'id'] as const;
  expect(ways.map((way) => sentenceOf({ ...entries, way }))).toEqual([
    '#1 "a" will be removed from config.toml. Nothing changes in GitLab at https://gitlab.example.com.',
    '#1 "a" will be removed from config.toml, and this machine from runner 7 in GitLab at https://gitlab.example.com. Its copies with the same token will also be removed: #3. To delete the runner in GitLab as well, add --runner.',
    '#1 "a" will be removed from config.toml, and runner 7 will be deleted in GitLab at https://gitlab.example.com for all machines that use it. Its copies with the same token will also be removed: #3.',
    '#1 "a" will be removed from config.toml, and runner 7 will be deleted in GitLab at https://gitlab.example.com for all machines that use it. Its copies with the same token will also be removed: #3.',
  ]);
});
