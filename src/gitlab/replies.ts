import { exitCode } from '../errors.ts';
import { normaliseUrl } from '../text/gitlab-url.ts';
import { isRfc3339 } from '../text/rfc3339.ts';
import { harmless } from '../text/sanitize.ts';
import type { Connection } from './connection.ts';
import { lookFor } from './diagnose.ts';
import { isRecord } from './error-body.ts';
import { Refusal } from './refusals.ts';
import type { Answer, Call } from './request.ts';

/** A runner as GitLab confirms it. */
export interface Registered {
  /** Absent only when a GitLab before 15.10 verified the token. */
  id?: number;
  token: string;
  /** A date by RFC 3339, or null when the token does not expire or GitLab named no such date. */
  expiresAt: string | null;
}

export interface Found {
  id: number;
  path: string;
}

/** `gone`: an earlier attempt may have removed the runner, and GitLab no longer knows it. */
export type Removal = 'removed' | 'gone';

/** What an access token may do, as GitLab tells its owner. */
export interface AccessToken {
  name: string;
  scopes: readonly string[];
  /** A date such as 2027-01-31, or null when it does not expire. */
  expiresAt: string | null;
}

/** A call with its answer; `refuse` makes the Refusal for it. */
export interface Reply {
  call: Call;
  answer: Answer;
  connection: Connection;
  refuse(): Refusal;
}

/** Takes the reply to verify and the token that was sent; gives the runner, without id for a server before 15.10. Throws Refusal. */
export function verified(reply: Reply, token: string): Registered {
  // Servers before 15.10 answer the bare word 200 to a token that is valid.
  if (reply.answer.status === 200 && reply.answer.text.trim() === '200') return { token, expiresAt: null };
  const { id, token_expires_at: expiresAt = null } = recordOf(reply, 200);
  return { id: idOf(reply, id), token, expiresAt: dateOf(reply, expiresAt) };
}

/** Takes the reply to a registration or creation; gives the new runner. Throws Refusal. */
export function registered(reply: Reply): Registered {
  const { id, token, token_expires_at: expiresAt = null } = recordOf(reply, 201);
  return { id: idOf(reply, id), token: tokenOf(reply, token), expiresAt: dateOf(reply, expiresAt) };
}

/** Takes the reply to a reset; gives the new token. Throws Refusal. */
export function renewed(reply: Reply, id?: number): Registered {
  const { token, token_expires_at: expiresAt = null } = recordOf(reply, 201);
  const rest = { token: tokenOf(reply, token), expiresAt: dateOf(reply, expiresAt) };
  return id === undefined ? rest : { id, ...rest };
}

/** Takes the body of an answer as it came; gives the runner or the new token in it, nothing when it breaks off or has none. */
export function madeIn(text: string): Registered | undefined {
  const { id, token, token_expires_at: end } = parsed(text);
  if (typeof token !== 'string' || !isToken(token)) return undefined;
  const expiresAt = typeof end === 'string' && isRfc3339(end) ? end : null;
  return isId(id) ? { id, token, expiresAt } : { token, expiresAt };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Takes the reply to a deletion; gives how it ended. Throws Refusal. */
export function removed({ answer, refuse }: Reply): Removal {
  if (answer.status === 204 || answer.status === 200) return 'removed';
  if (answer.mayHaveActed && (answer.status === 403 || answer.status === 404) && answer.body !== undefined)
    return 'gone';
  throw refuse();
}

/** Takes the reply to a look-up and the name of its path field; gives id and path. Throws Refusal. */
export function found(reply: Reply, pathField: string): Found {
  const { id, [pathField]: path } = recordOf(reply, 200);
  if (typeof path !== 'string') throw odd(reply, `no ${pathField}`);
  return { id: idOf(reply, id), path };
}

/** Takes the reply to a look at an access token; gives its name, scopes, and end. Throws Refusal. */
export function accessTokenIn(reply: Reply): AccessToken {
  const { name, scopes, expires_at: expiresAt } = recordOf(reply, 200);
  if (!Array.isArray(scopes)) throw odd(reply, 'no scopes');
  return {
    name: typeof name === 'string' ? name : '',
    scopes: scopes.map(String),
    expiresAt: typeof expiresAt === 'string' ? expiresAt.slice(0, 10) : null,
  };
}

/** Takes the reply to a reading, or to a change with another status of success; gives its object. Throws Refusal. */
export function record(reply: Reply, status = 200): Record<string, unknown> {
  return recordOf(reply, status);
}

/** Takes the reply to a listing; gives its objects. Throws Refusal. */
export function records(reply: Reply): Record<string, unknown>[] {
  const { answer } = reply;
  if (answer.status !== 200 || answer.body === undefined) throw reply.refuse();
  if (!Array.isArray(answer.body) || !answer.body.every(isRecord)) throw odd(reply, 'no list');
  return answer.body;
}

/** A runner of a list; what this program asks of it. */
export interface Listed {
  readonly id: number;
  readonly description: string | undefined;
  readonly runnerType: string | undefined;
  /** `online`, `offline`, `stale`, or `never_contacted`, also for one that is paused. */
  readonly status: string;
  readonly paused: boolean;
  /** Whether it runs jobs. Absent before GitLab 18. */
  readonly isBusy: boolean | undefined;
  /** Absent with a GitLab that does not tell it. */
  readonly createdAt: Date | undefined;
}

/** Takes the reply to a page of a list of runners; gives them, the next page if there is one, and GitLab's clock. Throws Refusal. */
export function listed(reply: Reply): { runners: Listed[]; next: string | undefined; now: Date } {
  const [next] = [reply.answer.headers['x-next-page']].flat();
  const runners = records(reply).map((one) => listedOf(one, idOf(reply, one.id)));
  return { runners, next: next || undefined, now: clockOf(reply) };
}

/** What time it is at GitLab; that of this machine where the reply does not say it. */
export function clockOf({ answer }: Reply): Date {
  const [date] = [answer.headers.date].flat();
  const now = new Date(date ?? '');
  return Number.isNaN(now.getTime()) ? new Date() : now;
}

/** Takes a runner as GitLab's lists and details show it, and its ID; gives what this program asks of it. */
export function listedOf(runner: Readonly<Record<string, unknown>>, id: number): Listed {
  const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const created = textOf(runner.created_at);
  const execution = runner.job_execution_status;
  return {
    id,
    description: textOf(runner.description),
    runnerType: textOf(runner.runner_type),
    status: statusIn(runner),
    paused: runner.paused === true || runner.active === false,
    isBusy: execution === undefined ? undefined : execution === 'active',
    createdAt: created !== undefined && isRfc3339(created) ? new Date(created) : undefined,
  };
}

// Of one that is paused GitLab says so instead.
const statusIn = ({ status, online }: Readonly<Record<string, unknown>>): string =>
  status === 'paused' ? (online === true ? 'online' : 'offline') : String(status ?? 'unknown');

/** Takes the reply to version; gives the version as GitLab writes it, such as 19.4.0-ee. Throws Refusal. */
export function versionIn(reply: Reply): string {
  const { version } = recordOf(reply, 200);
  if (typeof version !== 'string') throw odd(reply, 'no version');
  return version;
}

function recordOf(reply: Reply, status: number): Record<string, unknown> {
  const { answer } = reply;
  if (answer.status !== status || answer.body === undefined) throw reply.refuse();
  if (!isRecord(answer.body)) throw odd(reply, 'no object');
  return answer.body;
}

function idOf(reply: Reply, id: unknown): number {
  if (isId(id)) return id;
  throw odd(reply, 'no numeric ID');
}

const isId = (id: unknown): id is number => typeof id === 'number' && Number.isSafeInteger(id) && id > 0;

function tokenOf(reply: Reply, token: unknown): string {
  if (typeof token === 'string' && isToken(token)) return token;
  throw odd(reply, 'no token');
}

const isToken = (token: string): boolean => /^[\x21-\x7e]+$/.test(token);

// What is no date is left out: the token counts all the same.
function dateOf({ connection }: Reply, date: unknown): string | null {
  if (date === null || (typeof date === 'string' && isRfc3339(date))) return date;
  const shown = harmless(JSON.stringify(date), 80);
  connection.onWarning?.(
    `GitLab at ${normaliseUrl(connection.url)} reports that the token expires at ${shown}. That is not an RFC 3339 date, so it was not saved.`,
  );
  return null;
}

function odd({ call, answer, connection }: Reply, what: string): Refusal {
  return new Refusal(
    call.name,
    answer.status,
    `The response of ${normaliseUrl(connection.url)} is not from GitLab.`,
    {
      why: `It responded with HTTP ${answer.status}, but the JSON has ${what}.`,
      hint: call.acts
        ? lookFor(call, connection)
        : 'Use the URL of the GitLab start page: --url https://gitlab.example.com',
      code: exitCode.failed,
      ...(call.acts && { kind: 'outcome-unknown' }),
    },
  );
}
