import type { Connection } from '../connection.ts';
import type { Answer } from '../send.ts';
import {
  loginRefused,
  noRegistry,
  RegistryFailure,
  type RegistryFinding,
  type RegistryLogin,
  secretsOf,
  unreachable,
} from './replies.ts';
import { get } from './request.ts';
import { basicFor, challengeIn, tokenFrom } from './token.ts';

export type { RegistryFinding, RegistryLogin, RegistryState } from './replies.ts';

/** How to get to a registry; `insecure` allows http, and certificates that nobody vouches for. */
type RegistryConnection = Omit<Connection, 'url' | 'unchecked'> & { insecure: boolean };

/**
 * Tries a login at a registry (host and port) as `docker login` does: `/v2/`, by Basic or with a token from where the
 * registry points (distribution's registry/api/v2 and token specifications). A host of this machine may speak http.
 * It stands in this room because it goes over the same connection: proxies, roots, sockets, and what their errors mean.
 * Throws Trouble when the signal aborts or certificates or proxy cannot be read.
 */
export async function tryRegistry(
  host: string,
  login: RegistryLogin | undefined,
  options: RegistryConnection,
): Promise<RegistryFinding> {
  const { insecure, ...connection } = options;
  const isNear = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/i.test(host);
  const secure = { ...connection, url: `https://${host}`, ...(insecure && { unchecked: true as const }) };
  const first = await tryAt(secure, login, insecure);
  if (first.speaksHttps || !(insecure || isNear)) return toldOf(first, host);
  const second = await tryAt({ ...connection, url: `http://${host}` }, login, true);
  return second.isHeard ? second.finding : toldOf(first, host);
}

interface Try {
  finding: RegistryFinding;
  /** False when the port gave no TLS at all. */
  speaksHttps: boolean;
  /** Whether a port that speaks plain http could have made this of https. */
  mayBePlain?: boolean;
  /** Whether an answer came at all. */
  isHeard: boolean;
}

function toldOf({ finding, speaksHttps, mayBePlain }: Try, host: string): RegistryFinding {
  if (speaksHttps || !mayBePlain) return finding;
  const hint = `If it uses HTTP only, add --insecure, and list the registry in insecure-registries of Docker. To check: curl -v http://${host}/v2/`;
  return { ...finding, hint };
}

async function tryAt(
  connection: Connection,
  login: RegistryLogin | undefined,
  mayGoPlain: boolean,
): Promise<Try> {
  try {
    const finding = await judge(connection, login, mayGoPlain);
    return { finding, speaksHttps: true, isHeard: true };
  } catch (error) {
    connection.signal?.throwIfAborted();
    if (error instanceof RegistryFailure)
      return { finding: { ...error.finding, url: connection.url }, speaksHttps: true, isHeard: true };
    const { isTls, mayBePlain, ...finding } = unreachable(error, connection);
    return { finding: { ...finding, url: connection.url }, speaksHttps: isTls, mayBePlain, isHeard: false };
  }
}

async function judge(
  connection: Connection,
  login: RegistryLogin | undefined,
  mayGoPlain: boolean,
): Promise<RegistryFinding> {
  const at = `${connection.url}/v2/`;
  const first = await get(connection, at);
  if (first.status === 200 && isRegistry(first))
    return {
      state: 'open',
      url: connection.url,
      message: `${connection.url} does not require credentials.`,
    };
  const challenge = challengeIn(first);
  if (first.status !== 401 || challenge === undefined) throw noRegistry(connection, first);
  if (login === undefined)
    throw loginRefused(connection, first, 'It requires credentials, and none were given.', []);
  const secrets = secretsOf(login);
  const authorization =
    challenge.scheme === 'basic'
      ? basicFor(connection, login)
      : await tokenFrom(connection, challenge, login, mayGoPlain);
  const second = await get(connection, at, { authorization });
  if (second.status === 200)
    return { state: 'right', url: connection.url, message: `${connection.url} accepts the credentials.` };
  throw loginRefused(connection, second, `It responded with HTTP ${second.status}`, secrets);
}

// OCI registries need not send the version; a web page is none.
const isRegistry = ({ headers, text }: Answer): boolean =>
  headers['docker-distribution-api-version'] !== undefined || /^\s*(\{\s*\}|)\s*$/.test(text);
