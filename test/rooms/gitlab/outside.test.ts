import { expect, test } from 'vitest';
import { externalUrl } from '../../../src/gitlab/external-url.ts';
import { lineTo, type Scripted, scripted } from './serve.ts';

const issuer = (value: unknown): Scripted => ({ body: { issuer: value } });

test.each<[string, Scripted, string | undefined]>([
  ['its address', issuer('https://gitlab.example.com'), 'https://gitlab.example.com'],
  ['a root below it', issuer('https://EXAMPLE.com:443/gitlab/'), 'https://example.com/gitlab'],
  ['no issuer', { body: {} }, undefined],
  ['a number', issuer(7), undefined],
  ['no address', issuer('gitlab.example.com'), undefined],
  ['a password', issuer('https://a:b@gitlab.example.com'), undefined],
  ['a page', { status: 404, body: '<html></html>', type: 'text/html' }, undefined],
  ['a redirect', { status: 302, headers: { Location: '/users/sign_in' }, body: '' }, undefined],
  ['nothing', { drop: true }, undefined],
])('a GitLab that tells %s', async (_, answer, address) => {
  const { url, arrived } = await scripted(answer);
  expect(await externalUrl(`${url}/git/`, lineTo(url).line)).toBe(address);
  expect(arrived.map(({ path }) => path)).toEqual(['/git/.well-known/openid-configuration']);
});
