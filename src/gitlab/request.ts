import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import { normaliseUrl } from '../text/gitlab-url.ts';
import { randomHex } from '../text/random.ts';
import { answerTimeout, type Connection, type Dialled } from './connection.ts';
import { backOff, isPassing, isUnsure, longestPause, pauseAfter, sleep } from './retry.ts';

/** One call of GitLab's API. */
export interface Call {
  name: CallName;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `<base>/api/v4/`. */
  path: string;
  body?: unknown;
  runnerToken?: string;
  accessToken?: string;
  /** What else is sent and must not come back in a message. */
  secrets?: readonly string[];
  /** Is JSON expected back? */
  reads: boolean;
  /** Would a second time act a second time? Then no unsure outcome is tried again, and an abort leaves it 5 s to end. */
  acts: boolean;
  /** Does a call that acts look, when it is repeated, at what the first time did? Then an error of the server is no end. */
  idempotent?: true;
  /** Hears each piece of the answer the moment it comes, before anything else is done with it. */
  hears?: Listener;
}

/** Is given a piece of an answer as the server sent it, its head included. */
export type Listener = (piece: Uint8Array) => void;

export type CallName =
  | 'verify'
  | 'register'
  | 'create'
  | 'removeRunner'
  | 'removeManager'
  | 'findGroup'
  | 'findProject'
  | 'updateRunner'
  | 'deleteRunner'
  | 'resetToken'
  | 'resetTokenById'
  | 'readRunner'
  | 'readManagers'
  | 'listRunners'
  | 'readJobs'
  | 'readPendingJobs'
  | 'assign'
  | 'unassign'
  | 'version'
  | 'readToken'
  | 'readVariable'
  | 'addVariable'
  | 'changeVariable'
  | 'removeVariable'
  | 'discovery';

/** What came back, whatever the status. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as text, at most `longestBody` bytes. */
  text: string;
  /** The parsed body; absent when it is not JSON by its Content-Type and by its form. */
  body?: unknown;
  attempts: number;
  /** True when GitLab may have acted in an earlier attempt, whose connection was lost or whose answer does not tell. */
  mayHaveActed: boolean;
}

/** The most bytes that are read of an answer. */
const longestBody = 1_000_000;

/** An answer that is longer than `longestBody`. */
class TooLong extends Error {
  readonly code = 'TOO_LONG';
}

/**
 * Sends one call over a connection, with its attempts and pauses; gives the answer of the last attempt whatever its status.
 * Redirects are answers, never followed. Throws what the network throws (see `diagnose`), or the signal's reason.
 */
export async function ask(connection: Connection, dialled: Dialled, call: Call): Promise<Answer> {
  const of = connection.attempts ?? 5;
  const requestId = randomHex(32);
  let mayHaveActed = false;
  for (let attempt = 1; ; attempt += 1) {
    connection.signal?.throwIfAborted();
    const outcome = await attemptTrusting(connection, dialled, call, requestId).catch((error: unknown) => {
      if (attempt === of || call.acts || connection.signal?.aborted || !isDropped(error)) throw error;
      return undefined;
    });
    if (outcome !== undefined && (attempt === of || !isRepeated(call, outcome.status))) {
      return { ...outcome, attempts: attempt, mayHaveActed };
    }
    const seconds = outcome === undefined ? backOff(attempt) : pauseAfter(outcome.headers, attempt);
    if (outcome !== undefined && seconds > longestPause)
      return { ...outcome, attempts: attempt, mayHaveActed };
    mayHaveActed ||= outcome === undefined || isUnsure(outcome.status);
    const because =
      outcome === undefined ? 'the connection was lost' : `GitLab responded with HTTP ${outcome.status}`;
    connection.onWait?.({ seconds, attempt: attempt + 1, of, because });
    await (connection.sleep ?? sleep)(seconds * 1000, connection.signal);
  }
}

type Outcome = Omit<Answer, 'attempts' | 'mayHaveActed'>;

const isRepeated = (call: Call, status: number): boolean => isPassing(status) && !leavesUnsure(call, status);

/** True when a status leaves open whether a call has acted that must not act twice. */
export const leavesUnsure = (call: Call, status: number): boolean =>
  call.acts && call.idempotent !== true && isUnsure(status);

// To a server that is not trusted nothing was sent yet, so even a creation may start once more.
async function attemptTrusting(
  connection: Connection,
  dialled: Dialled,
  call: Call,
  requestId: string,
): Promise<Outcome> {
  try {
    return await attemptOnce(connection, dialled, call, requestId);
  } catch (error) {
    if (!isUntrusted(error) || !(await dialled.trustSystem())) throw error;
    return attemptOnce(connection, dialled, call, requestId);
  }
}

async function attemptOnce(
  connection: Connection,
  { dispatcher }: Dialled,
  call: Call,
  requestId: string,
): Promise<Outcome> {
  const base = new URL(`${normaliseUrl(connection.url)}/api/v4/${call.path}`);
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const path = base.pathname + base.search;
  const unhear = hearAnswer(call, path);
  const ending = endingOf(connection, call);
  const response = await dispatcher
    .request({
      origin: base.origin,
      path,
      method: call.method,
      headers: headersOf(connection, call, requestId, body !== undefined),
      body: body ?? null,
      signal: ending.signal,
    })
    .catch((error: unknown) => {
      ending.release();
      throw error;
    });
  const text = await readText(response.body).finally(() => {
    unhear();
    ending.release();
  });
  const parsed = parse(text, response.headers['content-type']);
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    ...(parsed === undefined ? {} : { body: parsed }),
  };
}

// Between the socket and who waits for the whole answer stand a parser that is compiled at its first use, and promises: a
// kill there would lose what only GitLab knows. So what comes is read here first, and put back.
function hearAnswer({ method, hears }: Call, path: string): () => void {
  if (hears === undefined) return () => undefined;
  let heard: Socket | undefined;
  const read = () => {
    const piece: Buffer | null = heard!.read();
    if (piece === null) return;
    hears(piece);
    heard!.unshift(piece);
  };
  const listen = (message: unknown) => {
    const { request, socket } = message as { request: { method: string; path: string }; socket: Socket };
    // Behind a proxy the path may be a whole address.
    if (request.method !== method || !request.path.endsWith(path)) return;
    heard = socket.prependListener('readable', read);
  };
  subscribe(whenSent, listen);
  return () => {
    unsubscribe(whenSent, listen);
    heard?.off('readable', read);
  };
}

const whenSent = 'undici:client:sendHeaders';

function headersOf(
  connection: Connection,
  call: Call,
  requestId: string,
  hasBody: boolean,
): Record<string, string> {
  return {
    'User-Agent': connection.agent,
    ...(call.reads ? { Accept: 'application/json' } : {}),
    ...(hasBody ? { 'Content-Type': 'application/json' } : {}),
    ...(call.runnerToken === undefined ? {} : { 'RUNNER-TOKEN': call.runnerToken }),
    ...(call.accessToken === undefined ? {} : { 'PRIVATE-TOKEN': call.accessToken }),
    'X-Request-Id': requestId,
  };
}

// `AbortSignal.timeout` and `AbortSignal.any` would keep each attempt in memory until its minute is over: thousands of them
// in a long list.
function endingOf(
  { timeouts, signal }: Connection,
  { acts }: Call,
): { signal: AbortSignal; release(): void } {
  const ending = new AbortController();
  const outOfTime = () =>
    ending.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  const timer = setTimeout(outOfTime, timeouts?.answer ?? answerTimeout).unref();
  const run = signal !== undefined && acts ? afterGrace(signal) : signal;
  const stop = () => ending.abort(run?.reason);
  // Many attempts at once listen to the end of one run.
  if (run !== undefined) setMaxListeners(0, run);
  if (run?.aborted) stop();
  else run?.addEventListener('abort', stop, { once: true });
  return {
    signal: ending.signal,
    release() {
      clearTimeout(timer);
      run?.removeEventListener('abort', stop);
    },
  };
}

// A creation that is under way is let finish, so that its answer can be undone; but nobody waits long after Ctrl-C.
function afterGrace(signal: AbortSignal): AbortSignal {
  const later = new AbortController();
  signal.addEventListener('abort', () => setTimeout(() => later.abort(signal.reason), 5000).unref(), {
    once: true,
  });
  return later.signal;
}

/** Takes the body of an answer; gives its text. Throws TooLong. */
export async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > longestBody) throw new TooLong(`the response is longer than ${longestBody} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string, type: string | string[] | undefined): unknown {
  if (!/^application\/(?:[\w.+-]+\+)?json\b/i.test([type].flat()[0] ?? '')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True when a connection that stood was lost, so that GitLab may or may not have acted. */
export function isDropped(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'].includes(
    codeOf(error),
  );
}

/** True when the server's certificate leads to no CA that is trusted. */
export function isUntrusted(error: unknown): boolean {
  return /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)|^CERT_UNTRUSTED$/.test(codeOf(error));
}

/** The system's or undici's code of an error, or its name. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string') return code;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return first === undefined ? error.name : codeOf(first);
}
