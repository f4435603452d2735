import { normaliseUrl } from '../text/gitlab-url.ts';
import { harmless } from '../text/sanitize.ts';
import { type Connection, dial } from './connection.ts';
import { isRecord } from './error-body.ts';
import { type Answer, ask, type Call } from './request.ts';

/**
 * Takes an address at which a GitLab answers; gives the one that GitLab itself goes by (its external_url), which jobs
 * clone from, by the issuer that it names to everybody as an OpenID provider (doorkeeper_openid_connect.rb). Nothing
 * when it does not say. Never longer than five seconds.
 */
export async function externalUrl(
  url: string,
  options: Omit<Connection, 'url'>,
): Promise<string | undefined> {
  const connection = { ...options, url, attempts: 1, timeouts: { connect: 5000, answer: 5000 } };
  const dialled = dial(connection);
  try {
    return issuerIn(await ask(connection, dialled, discovery));
  } catch {
    connection.signal?.throwIfAborted();
    return undefined;
  } finally {
    await dialled.dispatcher.destroy();
  }
}

// It stands beside the API, not below it.
const discovery: Call = {
  name: 'discovery',
  method: 'GET',
  path: '../../.well-known/openid-configuration',
  reads: true,
  acts: false,
};

function issuerIn({ status, body }: Answer): string | undefined {
  const issuer = status === 200 && isRecord(body) ? body.issuer : undefined;
  if (typeof issuer !== 'string' || !/^https?:\/\/[^\s@]+$/.test(issuer) || !URL.canParse(issuer))
    return undefined;
  return normaliseUrl(harmless(issuer, 500));
}
