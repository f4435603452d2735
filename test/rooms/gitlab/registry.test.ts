import { afterEach, describe, expect, test } from 'vitest';
import { type RegistryLogin, tryRegistry } from '../../../src/gitlab/registry/index.ts';
import { hasDebian, startDebian } from '../../registry/debian.ts';
import { type Registry, type RegistrySetup, startRegistry } from '../../registry/stand-in.ts';

const right = { user: 'ci', password: 'right-password' };
const wrong = { user: 'ci', password: 'wrong-password' };
const users = { ci: right.password };

const ways: [string, () => Promise<Registry>][] = [
  ['the stand-in by Basic', () => startRegistry({ users })],
  ['the stand-in with tokens', () => startRegistry({ users, flow: 'token' })],
  ...(hasDebian()
    ? ([["Debian's docker-registry", () => startDebian(right.user, right.password)]] as const).map(
        ([name, start]): [string, () => Promise<Registry>] => [name, start],
      )
    : []),
];

const open: Registry[] = [];

afterEach(async () => {
  for (const registry of open.splice(0)) await registry.close();
});

async function started(start: () => Promise<Registry>): Promise<Registry> {
  const registry = await start();
  open.push(registry);
  return registry;
}

const standIn = (setup: RegistrySetup) => started(() => startRegistry(setup));

const way = { agent: 'test', proxies: {}, insecure: false, systemCa: [] };

const tried = (host: string, login: RegistryLogin | undefined, more: Partial<typeof way> = {}) =>
  tryRegistry(host, login, { ...way, ...more });

test(`registries that these tests ask: ${ways.map(([name]) => name).join(', ')}`, () => {
  expect(ways.map(([name]) => name).slice(0, 2)).toEqual([
    'the stand-in by Basic',
    'the stand-in with tokens',
  ]);
  expect(ways.length).toBe(hasDebian() ? 3 : 2);
});

describe.each(ways)('%s', (_, start) => {
  test('takes the right password', async () => {
    const { host, url } = await started(start);
    expect(await tried(host, right)).toEqual({
      state: 'right',
      url,
      message: `${url} accepts the credentials.`,
    });
  });

  test('refuses a wrong password and an unknown user', async () => {
    const { host } = await started(start);
    expect((await tried(host, wrong)).state).toBe('wrong');
    expect((await tried(host, { ...right, user: 'nobody' })).state).toBe('wrong');
  });

  test('wants a login', async () => {
    const { host } = await started(start);
    expect((await tried(host, undefined)).state).toBe('wrong');
  });

  test('is not reached when it is gone', async () => {
    const registry = await start();
    await registry.close();
    const found = await tried(registry.host, right);
    expect(found.state).toBe('unreachable');
    expect(found.message).toBe(`Cannot connect to ${registry.host}.`);
  });
});

test('the password goes to whoever hands out the tokens, the token to the registry', async () => {
  const registry = await standIn({ users, flow: 'token' });
  await tried(registry.host, right);
  expect(registry.requests).toEqual([
    'GET /v2/ with nothing',
    'GET /token?service=stand-in+registry&account=ci with Basic',
    'GET /v2/ with Bearer',
  ]);
});

test('an identity token goes in a form', async () => {
  const registry = await standIn({ flow: 'token', identityTokens: ['an-identity-token'] });
  expect((await tried(registry.host, { identityToken: 'an-identity-token' })).state).toBe('right');
  expect(registry.requests).toContain('POST /token with nothing');
  expect((await tried(registry.host, { identityToken: 'another' })).state).toBe('wrong');
});

test('a registry that knows passwords only cannot take an identity token', async () => {
  const { host, url } = await standIn({ users });
  const found = await tried(host, { identityToken: 'an-identity-token' });
  expect(found).toMatchObject({
    state: 'wrong',
    message: `${url} requires a user name and password, but there is only an identity token.`,
  });
});

describe('certificates', () => {
  test('one that nobody vouches for is told apart from a wrong password', async () => {
    const { host } = await standIn({ users, https: true });
    const found = await tried(host, right);
    expect(found.state).toBe('certificate');
    expect(found.hint).toContain(`/etc/docker/certs.d/${host}/ca.crt`);
  });

  test('a CA that is given is enough', async () => {
    const { host, ca } = await standIn({ users, https: true, flow: 'token' });
    expect((await tried(host, right, { ca: [ca!] } as never)).state).toBe('right');
  });

  test('one that has expired is one of them', async () => {
    const { host, ca } = await standIn({ users, https: { expired: true } });
    expect((await tried(host, right, { ca: [ca!] } as never)).state).toBe('certificate');
  });

  test('insecure looks at none', async () => {
    const { host } = await standIn({ users, https: { selfSigned: true } });
    expect((await tried(host, right, { insecure: true })).state).toBe('right');
  });
});

test('no password leaves an encrypted connection', async () => {
  const elsewhere = await standIn({ users, flow: 'token' });
  const realm = `${elsewhere.url}/token`;
  const { host, ca } = await standIn({ users, https: true, flow: 'token', realm });
  const found = await tried(host, right, { ca: [ca!] } as never);
  expect(found.state).toBe('no-registry');
  expect(elsewhere.requests).toEqual([]);
});

test('a token server that is gone is named', async () => {
  const elsewhere = await startRegistry({});
  await elsewhere.close();
  const { host } = await standIn({ users, flow: 'token', realm: `${elsewhere.url}/token` });
  expect(await tried(host, right)).toMatchObject({
    state: 'unreachable',
    message: `Cannot connect to ${elsewhere.host}.`,
  });
});

test.each([
  ['website', 'no-registry'],
  ['open', 'open'],
] as const)('a server of the kind %s is found out', async (flow, state) => {
  const { host } = await standIn({ flow });
  expect((await tried(host, right)).state).toBe(state);
});
