import { describe, expect, test } from 'vitest';
import {
  isIdle,
  keyFor,
  loginsIn,
  readDockerConfig,
  readRegistry,
  sameRegistry,
  secretsIn,
  withLogin,
  withoutLogin,
  writeLike,
} from '../../../src/host/docker-config.ts';

const auth = (words: string) => Buffer.from(words).toString('base64');
const entry = { auth: auth('ci:a-password') };

describe('spellings of a registry', () => {
  test.each([
    ['docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'index.docker.io'],
    ['docker.io', 'registry-1.docker.io'],
    ['docker.io', 'https://registry-1.docker.io/v2/'],
    ['registry.example.com', 'https://registry.example.com/v2/'],
    ['registry.example.com', 'http://Registry.Example.com/'],
    ['registry.example.com/group', 'https://registry.example.com/group/'],
  ])('%s is %s', (one, other) => {
    expect(sameRegistry(one, other)).toBe(true);
  });

  test.each([
    ['registry.example.com', 'registry.example.com:443'],
    ['registry.example.com:5000', 'registry.example.com:5001'],
    ['registry.example.com', 'registry.example.com/group'],
    ['docker.io', 'docker.io.example.com'],
  ])('%s is not %s', (one, other) => {
    expect(sameRegistry(one, other)).toBe(false);
  });

  test('Docker Hub gets the key that docker writes, others their plain name', () => {
    expect(keyFor('docker.io')).toBe('https://index.docker.io/v1/');
    expect(keyFor('https://registry.example.com:5000/v2/')).toBe('registry.example.com:5000');
  });

  test.each(['registry.example.com', 'localhost', 'host:5000', '[::1]:5000', 'a.example/group/sub-group'])(
    '%s is a registry',
    (words) => {
      expect(readRegistry(words)).toBe(words);
    },
  );

  test.each(['alpine', 'a.example/app:1', 'a b.example', 'user@a.example', '', 'a.example:port'])(
    '"%s" is none',
    (words) => {
      expect(() => readRegistry(words)).toThrow('is not a registry name');
    },
  );
});

test('each way to keep a login is told apart', () => {
  const config = readDockerConfig(
    JSON.stringify({
      auths: {
        'a.example': entry,
        'b.example': { username: 'bob', password: 'plain-password' },
        'c.example': { auth: auth('0:'), identitytoken: 'an-identity-token' },
        'd.example': {},
        'e.example': { auth: auth('x:kept-elsewhere') },
      },
      credsStore: 'desktop',
      credHelpers: { 'e.example': 'ecr-login', 'f.example': 'gcr' },
    }),
    'config.json',
  );
  expect(loginsIn(config)).toEqual([
    { key: 'a.example', user: 'ci', secret: { user: 'ci', password: 'a-password' } },
    { key: 'b.example', user: 'bob', secret: { user: 'bob', password: 'plain-password' } },
    { key: 'c.example', secret: { identityToken: 'an-identity-token' } },
    { key: 'd.example', helper: 'desktop' },
    { key: 'e.example', user: 'x', helper: 'ecr-login' },
    { key: 'f.example', helper: 'gcr' },
  ]);
  for (const secret of ['a-password', entry.auth, 'plain-password', 'an-identity-token', 'kept-elsewhere'])
    expect(secretsIn(config)).toContain(secret);
});

test('a colon belongs to the password, zero bytes at its end do not', () => {
  const config = { auths: { 'a.example': { auth: auth('ci:with:colon\0\0') } } };
  expect(loginsIn(config)[0]!.secret).toEqual({ user: 'ci', password: 'with:colon' });
});

test('a new login takes the place of every spelling, and of a helper; all else stays', () => {
  const config = {
    auths: {
      'docker.io': { auth: 'old' },
      'https://index.docker.io/v1/': { auth: 'old' },
      'b.example': entry,
    },
    credHelpers: { 'index.docker.io': 'desktop' },
    HttpHeaders: { 'User-Agent': 'x' },
  };
  expect(withLogin(config, 'docker.io', { entry })).toEqual({
    auths: { 'docker.io': entry, 'b.example': entry },
    HttpHeaders: { 'User-Agent': 'x' },
  });
  expect(withLogin(config, 'b.example', { helper: 'gcr' })).toEqual({
    auths: { 'docker.io': { auth: 'old' }, 'https://index.docker.io/v1/': { auth: 'old' } },
    credHelpers: { 'index.docker.io': 'desktop', 'b.example': 'gcr' },
    HttpHeaders: { 'User-Agent': 'x' },
  });
});

test('putting and taking twice changes nothing more', () => {
  const once = withLogin({}, 'docker.io', { entry });
  expect(once).toEqual({ auths: { 'https://index.docker.io/v1/': entry } });
  expect(withLogin(once, 'index.docker.io', { entry })).toEqual(once);
  const gone = withoutLogin(once, 'docker.io');
  expect(isIdle(gone)).toBe(true);
  expect(withoutLogin(gone, 'docker.io')).toBe(gone);
  expect(isIdle({ credsStore: 'desktop' })).toBe(false);
});

test.each([
  [undefined, '{\n\t"auths": {}\n}\n'],
  ['{\n  "auths": {}\n}\n', '{\n  "auths": {}\n}\n'],
  ['{"auths":{}}', '{"auths":{}}'],
  ['{\n    "credsStore": "x"\n}', '{\n    "auths": {}\n}'],
])('the layout of %j is kept', (before, after) => {
  expect(writeLike({ auths: {} }, before)).toBe(after);
});

test.each(['[]', '{"auths":[]}', '{"auths":{"a":1}}', '{"credHelpers":{"a":1}}', '{"credsStore":1}', '{'])(
  '%s is no docker config',
  (text) => {
    expect(() => readDockerConfig(text, 'x.json')).toThrow('The value in x.json is not a Docker config.');
  },
);
