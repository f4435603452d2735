import { describe, expect, test } from 'vitest';
import { restoredTokens } from '../../../src/runner/restored-tokens.ts';

const url = 'https://gitlab.example.com';
const one = { name: 'a', url, id: 7, token: 'glrt-one', token_obtained_at: '2026-01-01T00:00:00Z' };
const reset = { ...one, token: 'glrt-two', token_obtained_at: '2026-02-01T00:00:00Z' };
const other = { name: 'b', url, token: 'glrt-other' };
const back = (now: object[], before: object[]) =>
  restoredTokens(now as never, before as never, (a, b) => a === b).map(({ at, as }) => `#${at + 1} ${as}`);

describe('what comes back', () => {
  test.each<[string, object[], object[], string[]]>([
    ['nothing where the tokens are the same', [one, other], [{ ...one, limit: 2 }, other], []],
    ['nothing where a runner goes', [one, other], [one], []],
    ['a token that was reset', [other, reset], [other, one], ['#2 former-token']],
    [
      'a token that was reset where nobody knows when',
      [{ ...reset, token_obtained_at: undefined }],
      [{ ...one, token_obtained_at: undefined }],
      ['#1 former-token'],
    ],
    ['nothing where the later token comes back', [one], [reset], []],
    ['a runner in place of the one that replaced it', [{ ...reset, id: 8 }], [one], ['#1 former-runner']],
    ['an entry where the later runner comes back', [one], [{ ...reset, id: 8 }], ['#1 entry']],
    [
      'an entry that was removed beside one of its name and another ID',
      [one],
      [one, { ...reset, id: 8 }],
      ['#2 entry'],
    ],
    ['an entry that was removed', [other], [one, other], ['#1 entry']],
    [
      'an entry that was removed beside one of its name',
      [{ ...other, name: 'a' }],
      [
        { ...other, name: 'a' },
        { ...one, id: undefined },
      ],
      ['#2 entry'],
    ],
    ['an entry of another GitLab', [{ ...one, url: 'https://other.example.com' }], [one], ['#1 entry']],
    ['no entry without a token', [], [{ name: 'a', url }], []],
  ])('%s', (_, now, before, found) => {
    expect(back(now, before)).toEqual(found);
  });
});
