import { harmless } from '../../text/sanitize.ts';
import type { Connection } from '../connection.ts';
import { isRecord } from '../error-body.ts';
import type { Answer } from '../send.ts';
import {
  loginRefused,
  parsed,
  RegistryFailure,
  type RegistryLogin,
  secretsOf,
  unreachable,
} from './replies.ts';
import { get, post } from './request.ts';

/** The header for Basic. Throws for an identity token, which goes another way. */
export function basicFor(connection: Connection, login: RegistryLogin): string {
  if ('password' in login) return `Basic ${secretsOf(login)[1]}`;
  throw new RegistryFailure({
    state: 'wrong',
    message: `${connection.url} requires a user name and password, but there is only an identity token.`,
    hint: 'Log in again with a user name and password.',
  });
}

/** How a registry wants to be asked. */
interface Challenge {
  scheme: 'basic' | 'bearer';
  realm: string;
  service?: string;
  scope?: string;
}

/** Reads `WWW-Authenticate`: Basic, or Bearer with the address that hands out tokens. */
export function challengeIn({ headers }: Answer): Challenge | undefined {
  const said = [headers['www-authenticate']].flat().find((one) => /^(basic|bearer)\b/i.test(one ?? ''));
  if (said === undefined) return undefined;
  const word = (name: string) => new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(said)?.[1];
  const [service, scope] = [word('service'), word('scope')];
  return {
    scheme: /^basic/i.test(said) ? 'basic' : 'bearer',
    realm: word('realm') ?? '',
    ...(service !== undefined && { service }),
    ...(scope !== undefined && { scope }),
  };
}

/** Gets a token from where the registry points; gives the header. `mayGoPlain` allows http for that. */
export async function tokenFrom(
  connection: Connection,
  challenge: Challenge,
  login: RegistryLogin,
  mayGoPlain: boolean,
): Promise<string> {
  const realm = realmOf(connection, challenge, mayGoPlain);
  const asked = Object.entries({ service: challenge.service, scope: challenge.scope }).filter(
    ([, value]) => value !== undefined,
  ) as [string, string][];
  const at = { ...connection, url: realm.href };
  const answer = await askFor(at, realm, login, asked).catch((error: unknown) => {
    connection.signal?.throwIfAborted();
    if (error instanceof RegistryFailure) throw error;
    const { isTls: _, ...finding } = unreachable(error, at);
    throw new RegistryFailure(finding);
  });
  const token = tokenIn(answer);
  if (token !== undefined) return `Bearer ${token}`;
  const by = `${realm.host}, which issues the tokens, responded with HTTP ${answer.status}`;
  throw loginRefused(connection, answer, by, secretsOf(login));
}

function askFor(
  at: Connection,
  realm: URL,
  login: RegistryLogin,
  asked: readonly [string, string][],
): Promise<Answer> {
  if ('password' in login) {
    const authorization = basicFor(at, login);
    return get(at, withQuery(realm, [...asked, ['account', login.user]]), { authorization });
  }
  return post(at, realm.href, [
    ['grant_type', 'refresh_token'],
    ['client_id', 'runner-setup'],
    ['refresh_token', login.identityToken],
    ...asked,
  ]);
}

// A registry may send the password anywhere; never from an encrypted connection to one that is not.
function realmOf(connection: Connection, { realm }: Challenge, mayGoPlain: boolean): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && mayGoPlain);
  if (url !== undefined && isSafe) return url;
  throw new RegistryFailure({
    state: 'no-registry',
    message: `${connection.url} refers to ${harmless(realm, 100) || 'no URL'} for tokens. The password was not sent.`,
    why: 'That URL does not begin with https://.',
    hint: 'Ask the administrator of the registry, or add --insecure to send the password anyway.',
  });
}

function withQuery(realm: URL, pairs: readonly [string, string][]): string {
  const url = new URL(realm);
  for (const [name, value] of pairs) url.searchParams.set(name, value);
  return url.href;
}

function tokenIn({ status, text }: Answer): string | undefined {
  const body = status === 200 ? parsed(text) : undefined;
  const token = isRecord(body) ? (body.token ?? body.access_token) : undefined;
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}
