import { STATUS_CODES } from 'node:http';
import { type Answer, html, json, text } from './answers.ts';
import { matchPath } from './call.ts';
import type { Fault, FaultKind, RateHeader } from './setup.ts';

/** How a request ends: `act` says whether GitLab does its part, `manner` how the answer travels. */
export interface Ending {
  act: boolean;
  manner: 'whole' | 'hang' | 'drop' | 'truncate' | 'late-body';
  /** Milliseconds before anything happens. */
  wait: number;
  /** Milliseconds between headers and body. */
  bodyWait: number;
  /** Makes the answer out of GitLab's, if it acted. */
  change(answer: Answer | undefined): Answer | undefined;
}

/** The faults that are switched on, and how often each may still strike. */
export interface FaultBoard {
  set(faults: Fault[]): void;
  /** How this request ends; faults that strike it are used up by one. */
  endingOf(request: { method: string; path: string; host: string }): Ending;
}

/** A board with these faults; the first that matches strikes, `slow` lets the next strike as well. */
export function hangFaults(first: Fault[]): FaultBoard {
  let hung: { fault: Fault; skip: number; left: number }[] = [];
  const set = (faults: Fault[]) => {
    hung = faults.map((fault) => ({
      fault,
      skip: fault.after ?? 0,
      left: fault.times ?? Number.POSITIVE_INFINITY,
    }));
  };
  set(first);
  return {
    set,
    endingOf(request) {
      let wait = 0;
      for (const each of hung) {
        if (each.left <= 0 || !matches(each.fault, request)) continue;
        if (each.skip-- > 0) continue;
        each.left--;
        if (each.fault.kind !== 'slow') return { ...ending(each.fault, request), wait };
        wait += each.fault.delay ?? 1000;
      }
      return { ...unharmed, wait };
    },
  };
}

interface Struck {
  method: string;
  path: string;
  host: string;
}

const unharmed: Ending = { act: true, manner: 'whole', wait: 0, bodyWait: 0, change: (answer) => answer };

function matches({ on }: Fault, { method, path }: Struck): boolean {
  if (on === undefined) return true;
  const [wantedMethod, pattern] = on.split(' ') as [string, string];
  const below = path.split('?')[0]!.replace(/^\/api\/v4/, '');
  return method === wantedMethod && matchPath(pattern, below) !== undefined;
}

function ending(fault: Fault, request: Struck): Ending {
  const travel = manners(fault)[fault.kind];
  if (travel !== undefined) return { ...unharmed, ...travel };
  const other = otherAnswer(fault, request);
  if (other !== undefined) {
    const answer = { ...other, headers: { ...other.headers, ...fault.headers } };
    return { ...unharmed, act: false, change: () => answer };
  }
  return { ...unharmed, change: (answer) => answer && spoil(fault, answer) };
}

const manners = (fault: Fault): Partial<Record<FaultKind, Partial<Ending>>> => ({
  slow: {},
  'slow-body': { manner: 'late-body', bodyWait: fault.delay ?? 1000 },
  hang: { act: false, manner: 'hang' },
  'drop-before': { act: false, manner: 'drop' },
  'drop-after': { manner: 'drop' },
  truncate: { manner: 'truncate' },
});

function otherAnswer(fault: Fault, request: Struck): Answer | undefined {
  switch (fault.kind) {
    case 'status':
      return ownBody(fault, statusAnswer(fault.status ?? 500));
    case 'rack-attack':
      return rackAttack(fault);
    case 'app-limit':
      return ownBody(fault, json(429, { message: { error: tooOften } }));
    case 'migrations':
      return json(429, { message: migrating }, { 'Retry-After': String(fault.wait ?? 60) });
    case 'html':
      return ownBody(fault, html(fault.status ?? 200, 'Sign in · GitLab'));
    case 'redirect':
      return redirect(fault, request);
    default:
      return undefined;
  }
}

function spoil(fault: Fault, answer: Answer): Answer {
  if (fault.kind === 'status-after') return ownBody(fault, statusAnswer(fault.status ?? 502));
  if (fault.kind === 'not-json') return { ...answer, body: '{"id":' };
  if (fault.kind === 'no-id') return { ...answer, body: without(answer.body, 'id') };
  if (fault.kind === 'huge') return { ...answer, body: inflate(answer.body, fault.size ?? 20 * 1024 ** 2) };
  const own = ownBody(fault, answer);
  return {
    ...own,
    status: fault.status ?? answer.status,
    headers: { ...answer.headers, ...own.headers, ...fault.headers },
  };
}

const tooOften = 'This endpoint has been requested too many times. Try again later.';
const migrating = 'Executing database migrations. Please retry later.';

function ownBody(fault: Fault, answer: Answer): Answer {
  if (fault.body === undefined) return answer;
  if (typeof fault.body === 'string') return { ...answer, body: fault.body };
  return json(answer.status, fault.body);
}

function statusAnswer(status: number): Answer {
  if (status === 502 || status === 504) return html(status, `GitLab is not responding (${status})`);
  if (status === 409) return json(409, { message: '409 Conflict: Resource lock' });
  return json(status, { message: `${status} ${STATUS_CODES[status] ?? 'Unknown'}` });
}

function rackAttack(fault: Fault): Answer {
  const seconds = fault.wait ?? 1;
  const until = new Date(Date.now() + seconds * 1000);
  const times: Record<RateHeader, string> = {
    'RateLimit-Reset': String(Math.ceil(until.getTime() / 1000)),
    'Retry-After': String(seconds),
    'RateLimit-ResetTime': until.toUTCString(),
  };
  const tell = fault.tell ?? (Object.keys(times) as RateHeader[]);
  const limits = {
    'RateLimit-Name': 'throttle_unauthenticated_api',
    'RateLimit-Limit': '60',
    'RateLimit-Observed': '61',
    'RateLimit-Remaining': '0',
  };
  const told = Object.fromEntries(tell.map((name) => [name, times[name]]));
  return ownBody(fault, text(429, 'Retry later\n', { ...limits, ...told }));
}

function redirect(fault: Fault, { host, path }: Struck): Answer {
  const target = new URL(fault.location ?? `https://${host}`);
  const location = target.pathname === '/' ? target.origin + path : target.href;
  return html(fault.status ?? 301, '301 Moved Permanently', { Location: location });
}

function without(body: string, key: string): string {
  const value = readObject(body);
  delete value[key];
  return JSON.stringify(value);
}

function inflate(body: string, size: number): string {
  return JSON.stringify({ ...readObject(body), padding: 'x'.repeat(size) });
}

function readObject(body: string): Record<string, unknown> {
  return body.startsWith('{') ? (JSON.parse(body) as Record<string, unknown>) : {};
}
