import { describe, expect, test } from 'vitest';
import { hiding } from '../../../src/text/secrets.ts';

describe('secrets are hidden', () => {
  const hide = hiding(['secret', 'secret-and-more', 'other', 'abc']);

  test('wherever they stand', () => {
    expect(hide('secret other,xsecretx')).toBe('[hidden] [hidden],x[hidden]x');
  });

  test('whole, although another one is their beginning', () => {
    expect(hide('secret-and-more, secret-and')).toBe('[hidden], [hidden]-and');
  });

  test('one behind the other, and at both ends', () => {
    expect(hide('secretsecretother')).toBe('[hidden][hidden][hidden]');
  });

  test('but not those that are too short', () => {
    expect(hide('abc')).toBe('abc');
    expect(hiding([])('abcd')).toBe('abcd');
  });

  test('as many as there are', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => `token-${String(at).padStart(6, '0')}`);
    expect(hiding(many)(many.join(' ')).replaceAll('[hidden]', '').trim()).toBe('');
  });
});
