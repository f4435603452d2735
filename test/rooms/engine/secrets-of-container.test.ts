import { expect, test } from 'vitest';
import { secretsOf } from '../../../src/commands/container/check-start.ts';
import type { Container } from '../../../src/engine/container.ts';

const secretsIn = (env: Record<string, string>) => secretsOf({ settings: { env } } as unknown as Container);

test('words of a name are enough', () => {
  const env = { GPG_PASSPHRASE: 'phrase-1', MYSQL_PW: 'mysql-1', PGPASS: 'pgpass-1', COOKIE: 'cookie-1' };
  expect(secretsIn({ ...env, LANG: 'C.UTF-8' })).toEqual(Object.values(env));
});

test('a variable is secret by its name, or by a login in its address', () => {
  expect(
    secretsIn({ API_TOKEN: 'abcdef123', TZ: 'Europe/Berlin', CI_SERVER_URL: 'https://gitlab.example.com' }),
  ).toEqual(['abcdef123']);
  const address = 'postgres://u:p%40ssword@db/ci';
  expect(secretsIn({ DATABASE_URL: address })).toEqual([address, 'p%40ssword', 'p@ssword']);
});
