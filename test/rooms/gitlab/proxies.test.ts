import { expect, test } from 'vitest';
import { proxiesOf, proxyFor } from '../../../src/gitlab/proxies.ts';

test('the environment names the proxies, upper case first, empty is unset', () => {
  expect(
    proxiesOf({ HTTPS_PROXY: 'a', https_proxy: 'b', HTTP_PROXY: ' ', http_proxy: 'c', no_proxy: '' }),
  ).toEqual({ https: 'a', http: 'c' });
});

const direct = (no: string, url: string) =>
  proxyFor(new URL(url), { http: 'p', https: 'p', no }) === undefined;

test.each([
  ['*', 'https://any.test', true],
  ['example.com', 'https://example.com', true],
  ['example.com', 'https://git.example.com', true],
  ['example.com', 'https://badexample.com', false],
  ['.example.com', 'https://git.example.com', true],
  ['.example.com', 'https://example.com', false],
  ['*.example.com', 'https://git.example.com', true],
  ['EXAMPLE.com', 'https://Example.COM', true],
  ['a.test,  example.com:8443', 'https://example.com:8443', true],
  ['example.com:8443', 'https://example.com', false],
  ['example.com:443', 'https://example.com', true],
  ['10.0.0.0/8', 'http://10.1.2.3', true],
  ['10.0.0.0/8', 'http://11.1.2.3', false],
  ['10.0.0.0/33', 'http://10.1.2.3', false],
  ['10.1.2.3', 'http://10.1.2.3:8080', true],
  ['10.1.2.3:80', 'http://10.1.2.3:8080', false],
  ['fd00::/8', 'http://[fd00::1]', true],
  ['fd00::1', 'http://[fd00:0::1]', true],
  ['', 'http://localhost:8080', true],
  ['', 'http://127.1.2.3', true],
  ['', 'http://[::1]', true],
  ['', 'http://gitlab.test', false],
])('NO_PROXY=%s and %s: direct is %s', (no, url, expected) => {
  expect(direct(no, url)).toBe(expected);
});

test('user and password of a proxy go into its header and out of its address', () => {
  expect(proxyFor(new URL('https://gitlab.test'), { https: 'http://me:p%40ss@proxy.test:3128' })).toEqual({
    uri: 'http://proxy.test:3128/',
    authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    secrets: ['p@ss', Buffer.from('me:p@ss').toString('base64')],
    shown: 'http://me:***@proxy.test:3128',
  });
});

test('a proxy without scheme is one of http', () => {
  expect(proxyFor(new URL('http://gitlab.test'), { http: 'proxy.test:3128' })).toEqual({
    uri: 'http://proxy.test:3128/',
    secrets: [],
    shown: 'http://proxy.test:3128',
  });
});
