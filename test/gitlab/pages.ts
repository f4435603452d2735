import { type Answer, html, json } from './answers.ts';
import type { State } from './state.ts';

/** What a path that is not of the API answers to somebody who is not signed in (gitlab-api.md 10). */
export function answerPage(state: State, method: string, path: string): Answer {
  const page = decodeLoosely(path).replace(/\/+$/, '');
  const kind = kindOf(state, page);
  if (kind === 'none') {
    return html(404, "The page could not be found or you don't have permission to view it. (404)");
  }
  if (method !== 'GET') return html(422, 'The change you requested was rejected (422)');
  if (kind === 'open') return html(200, page === '/users/sign_in' ? 'Sign in · GitLab' : `${page} · GitLab`);
  const location = `${state.url}/users/sign_in`;
  return html(302, 'Redirecting', { Location: location });
}

/** What every GitLab tells of itself as an OpenID provider; the issuer is its external_url (doorkeeper_openid_connect.rb). */
export function answerDiscovery({ url, setup }: State, host: string): Answer {
  const asked = new URL(url);
  const issuer = setup.externalUrl ?? `${asked.protocol}//${host}${asked.pathname.replace(/\/$/, '')}`;
  return json(200, { issuer, authorization_endpoint: `${issuer}/oauth/authorize` });
}

/** What a server answers that has its GitLab below another root. */
export const answerOtherSite = (): Answer => html(404, '404 Not Found');

/** What nginx answers to a path that is too long. */
export const answerLongPath = (): Answer => html(414, '414 Request-URI Too Large');

/** What nginx answers to a client without the certificate it wants. */
export const answerNoCertificate = (): Answer => html(400, '400 No required SSL certificate was sent');

function kindOf(state: State, page: string): 'open' | 'closed' | 'none' {
  if (page === '/users/sign_in') return 'open';
  if (page === '' || page.startsWith('/admin') || page.startsWith('/-/')) return 'closed';
  const places = [...state.projects, ...state.groups];
  const exact = places.find((each) => page === `/${each.path}` || page === `/groups/${each.path}`);
  if (exact !== undefined) return exact.private ? 'closed' : 'open';
  return places.some(
    (each) => page.startsWith(`/${each.path}/-/`) || page.startsWith(`/groups/${each.path}/-/`),
  )
    ? 'closed'
    : 'none';
}

function decodeLoosely(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
