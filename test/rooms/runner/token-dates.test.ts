import { expect, test } from 'vitest';
import { DateTime, type Value } from '../../../src/config/model.ts';
import { dayOf, expiryOf, obtainedOf } from '../../../src/runner/select.ts';

const day = (value: Value | undefined) => {
  const date = expiryOf(value === undefined ? {} : { token_expires_at: value });
  return date && dayOf(date);
};

test.each([
  ['a date of the file', new DateTime('2027-03-01T10:00:00Z'), '2027-03-01'],
  ['a date with another zone', new DateTime('2027-03-01T01:00:00+02:00'), '2027-02-28'],
  ['text', '2027-03-01T10:00:00Z', '2027-03-01'],
  ['the year 1, which is none', new DateTime('0001-01-01T00:00:00Z'), undefined],
  ['no date at all', 'soon', undefined],
  ['nothing', undefined, undefined],
])('%s', (_, value, expected) => {
  expect(day(value)).toBe(expected);
});

test('when the token was given out stands under a key of its own', () => {
  expect(obtainedOf({ token_obtained_at: '2026-01-02T00:00:00Z' })?.toISOString()).toBe(
    '2026-01-02T00:00:00.000Z',
  );
});
