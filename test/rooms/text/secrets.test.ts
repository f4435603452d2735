import { describe, expect, test } from 'vitest';
import { isSecretName, withoutSecrets } from '../../../src/text/secret-words.ts';
import { hideKnown, hiding, masker, withoutPlainSecrets } from '../../../src/text/secrets.ts';

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

describe('known secrets in what the program says', () => {
  test('are hidden wherever they stand, when no word is like them', () => {
    const hide = hideKnown(['s3cret-1', 'glrt-t1_abcdefghij0123456789']);
    expect(hide('with s3cret-1, xs3cret-1x')).toBe('with [hidden], x[hidden]x');
    expect(hide('glrt-t1_abcdefghij0123456789')).toBe('[hidden]');
  });

  test('are hidden as values only, when they may be words', () => {
    const hide = hideKnown(['name', 'runners', 'TOKEN', 'docker.image', '8080']);
    expect(hide('#  NAME  TOKEN  [[runners]] docker.image of runners at :8080')).toBe(
      '#  NAME  TOKEN  [[runners]] docker.image of runners at :8080',
    );
    expect(hide('"name": 1, token = "name", --token=runners \'TOKEN\'')).toBe(
      '"name": 1, token = "[hidden]", --token=[hidden] \'[hidden]\'',
    );
  });

  test('but no references to variables', () => {
    expect(hideKnown(['${RUNNER_TOKEN}', '$RUNNER_TOKEN'])('${RUNNER_TOKEN} $RUNNER_TOKEN')).toBe(
      '${RUNNER_TOKEN} $RUNNER_TOKEN',
    );
  });

  test('are hidden in what others say, encoded ones, too', () => {
    expect(masker(['runners', 'a b&c'])('no runners, a%20b%26c, glpat-abcdefghij0123456789')).toBe(
      'no [hidden], [hidden], [hidden]',
    );
  });
});

describe('what is a secret wherever it stands', () => {
  test.each([
    'glrt-t1_abcdefghij012345',
    'glrtr-abcdefghij0123456789',
    'glpat-abcdefghij0123456789.01.a1b2c3d4e',
    'corp-glrt-abcdefghij0123456789',
    'glagent-abcdefghij0123456789',
    'GR1348941abcdefghij0123456789',
  ])('%s', (token) => {
    expect(withoutPlainSecrets(`<${token}>`)).toBe('<[hidden]>');
  });

  test.each([
    'global-docker-01',
    'glrt-runner',
    'glrt-t1_buil…',
    'gltok-01',
    'https://gitlab.example.com:8443/a@b',
    'ssh://git@gitlab.example.com/a.git',
    '17 3 * * * /usr/bin/node /usr/local/lib/node_modules/runner-setup/bin/runner-setup.js container cleanup --yes',
    'alpine@sha256:0123456789012345678901234567890123456789012345678901234567890123',
  ])('but not %s', (text) => {
    expect(withoutPlainSecrets(text)).toBe(text);
    expect(withoutSecrets(text)).toBe(text);
  });
});

describe('names of secrets', () => {
  test.each([
    [
      'API_TOKEN',
      'GPG_PASSPHRASE',
      'MYSQL_PW',
      'PGPASS',
      'COOKIE',
      'DOCKER_AUTH_CONFIG',
      'GITHUB_PAT',
      'OPENAI_KEY',
    ],
    [
      'SecretKey',
      'AccessKey',
      'SessionToken',
      'PrivateKey',
      'AccountKey',
      'bearer_token',
      'sentry_dsn',
      'clientSecret',
    ],
    [
      'amazonec2-secret-key',
      'db_password',
      'apikey',
      'api_keys',
      'AWS_ACCESS_KEY_ID',
      'TOKEN2',
      '_authToken',
    ],
  ])('%s, and others', (...names) => {
    expect(names.filter((name) => !isSecretName(name))).toEqual([]);
  });

  test.each([
    [
      'token_expires_at',
      'TOKEN_FILE',
      'CredentialsFile',
      'bearer_token_overwrite_allowed',
      'image_pull_secrets',
    ],
    [
      'PUBLIC_KEY',
      'CACHE_KEY',
      'unknown_key',
      'odd key',
      '_internally_handled_keys',
      'ServerSideEncryptionKeyID',
    ],
    ['name', 'compass', 'author', 'keypath', 'identity_file', 'PATH', 'PATTERN', 'monkey', 'passive'],
  ])('but not %s, and others', (...names) => {
    expect(names.filter(isSecretName)).toEqual([]);
  });
});
