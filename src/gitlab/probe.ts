import { normaliseUrl } from '../text/gitlab-url.ts';
import type { Certificate } from './certificate.ts';
import { type Connection, type Dialled, dial } from './connection.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';
import { isRecord } from './error-body.ts';
import { redirectTarget, refusalOf, wantsCertificate } from './refusals.ts';
import { type Answer, ask, type Call } from './request.ts';
import { isPassing } from './retry.ts';
import { withParents } from './url.ts';

/** What is wrong with an address: `better` is the address to propose, `chain` what the server presents when it is not trusted. */
export interface Finding extends Diagnosis {
  gitlab: false;
  better?: string;
  certificate?: Certificate;
  chain?: Certificate[];
}

export type Probed = { gitlab: true; url: string } | Finding;

/**
 * Takes an address (see readUrl) and how to get there; tells whether a GitLab answers, by GET /api/v4/version without a
 * token. A group, project or other page is traced to the GitLab above it. Throws Trouble when the signal aborts or
 * certificates or proxy cannot be read.
 */
export async function probe(url: string, options: Omit<Connection, 'url'>): Promise<Probed> {
  const connection = { ...options, url };
  const dialled = dial(connection);
  try {
    const first = await look(connection, dialled);
    if (first.kind === 'gitlab') return { gitlab: true, url };
    if (first.kind === 'lost') return await explain(first.error, connection, dialled);
    const moved = redirectTarget(version, first.answer, connection);
    if (moved?.base !== undefined) return found('redirect', first.answer, connection, moved.base);
    if (isTrouble(first.answer)) return await strange(first.answer, connection);
    const above = await lookAbove(connection, dialled);
    if (above !== undefined) return found('not-gitlab', first.answer, connection, above);
    return await strange(first.answer, connection);
  } finally {
    await dialled.dispatcher.destroy();
  }
}

const version: Call = { name: 'version', method: 'GET', path: 'version', reads: true, acts: false };

type Look = { kind: 'gitlab' } | { kind: 'other'; answer: Answer } | { kind: 'lost'; error: unknown };

async function look(connection: Connection, dialled: Dialled): Promise<Look> {
  try {
    const answer = await ask(connection, dialled, version);
    return isGitlab(answer) ? { kind: 'gitlab' } : { kind: 'other', answer };
  } catch (error) {
    connection.signal?.throwIfAborted();
    return { kind: 'lost', error };
  }
}

// Without a token a GitLab says 401 in JSON; other sites answer with pages or with other forms of JSON.
function isGitlab({ status, body }: Answer): boolean {
  if (!isRecord(body)) return false;
  if (status === 200) return typeof body.version === 'string';
  return (
    (status === 401 || status === 403) && (typeof body.message === 'string' || typeof body.error === 'string')
  );
}

// A server that cannot answer now, or not without a client certificate, may well be the right one.
function isTrouble(answer: Answer): boolean {
  return isPassing(answer.status) || wantsCertificate(answer);
}

async function lookAbove(connection: Connection, dialled: Dialled): Promise<string | undefined> {
  for (const url of withParents(connection.url).slice(1)) {
    const { kind } = await look({ ...connection, url, attempts: 1 }, dialled);
    if (kind === 'gitlab') return url;
    if (kind === 'lost') return undefined;
  }
  return undefined;
}

function found(
  problem: 'redirect' | 'not-gitlab',
  answer: Answer,
  connection: Connection,
  better: string,
): Finding {
  const where = normaliseUrl(connection.url);
  const message =
    problem === 'redirect'
      ? `GitLab moved from ${where} to ${better}.`
      : `${where} is a page of the GitLab at ${better}.`;
  const why =
    problem === 'redirect' ? `It redirects there (HTTP ${answer.status}).` : 'Its API responds there.';
  return { gitlab: false, problem, message, why, hint: `Use --url ${better}`, better };
}

async function strange(answer: Answer, connection: Connection): Promise<Finding> {
  if (answer.status === 400 && isPlain(connection) && answer.body === undefined) {
    const secure = await tryHttps(connection);
    if (secure !== undefined) return secure;
  }
  const { message, why = '', hint = '' } = refusalOf(version, answer, connection, []);
  const problem = isTrouble(answer) ? 'http-error' : 'not-gitlab';
  return { gitlab: false, problem, message, why, hint };
}

async function explain(error: unknown, connection: Connection, dialled: Dialled): Promise<Finding> {
  const finding: Finding = { gitlab: false, ...diagnose(error, connection, dialled.proxy) };
  if (finding.problem.startsWith('tls-'))
    return { ...finding, ...(await presented(connection)), ...(await speaksHttp(finding, connection)) };
  if (finding.problem === 'http-error' && isPlain(connection)) return (await tryHttps(connection)) ?? finding;
  return finding;
}

function isPlain(connection: Connection): boolean {
  return new URL(connection.url).protocol === 'http:';
}

async function presented(connection: Connection): Promise<Pick<Finding, 'certificate' | 'chain'>> {
  const { fetchChain } = await import('./certificate.ts');
  const chain = await fetchChain(connection.url, connection).catch(() => []);
  return chain[0] === undefined ? {} : { chain, certificate: chain[0] };
}

async function tryHttps(connection: Connection): Promise<Finding | undefined> {
  const { protocol: _, host, pathname } = new URL(normaliseUrl(connection.url));
  const better = normaliseUrl(`https://${host}${pathname}`);
  const { chain } = await presented({ ...connection, url: better });
  if (chain === undefined) return undefined;
  return {
    gitlab: false,
    problem: 'plain-http-on-https',
    message: `${normaliseUrl(connection.url)} uses HTTPS, not HTTP.`,
    why: 'The port accepts only encrypted connections.',
    hint: `Use --url ${better}`,
    better,
  };
}

// An https address with a port that speaks plain http: proposed only when a GitLab really answers there.
async function speaksHttp(finding: Finding, connection: Connection): Promise<Partial<Finding>> {
  if (finding.problem !== 'tls-other' || new URL(connection.url).port === '') return {};
  const plain = { ...connection, url: normaliseUrl(connection.url).replace(/^https:/, 'http:'), attempts: 1 };
  const dialled = dial(plain);
  const { kind } = await look(plain, dialled).finally(() => dialled.dispatcher.destroy());
  if (kind !== 'gitlab') return {};
  return {
    message: `${normaliseUrl(connection.url)} uses HTTP, not HTTPS.`,
    why: 'The port accepts unencrypted connections.',
    hint: `Use --url ${plain.url}`,
    better: plain.url,
  };
}
