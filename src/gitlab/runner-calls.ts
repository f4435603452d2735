import { isRecord } from './error-body.ts';
import { Refusal } from './refusals.ts';
import { type Listed, listed, type Removal, type Reply, record, records, removed } from './replies.ts';
import type { Call } from './request.ts';

/**
 * Which runners a list has: `seen`, all of the instance for administrators and auditors, for others those that they
 * manage; or those that a group or project can use. Group and project by ID or path.
 */
export type RunnersOf = 'seen' | { readonly group: string | number } | { readonly project: string | number };

/** The filters of GitLab's lists of runners; what is absent leaves nothing out. */
export interface RunnerFilter {
  readonly type?: 'instance' | 'group' | 'project';
  readonly status?: 'online' | 'offline' | 'stale' | 'never_contacted';
  readonly paused?: boolean;
  /** Comma-separated; a runner has all of them. */
  readonly tags?: string;
  /** Such as `18.` or `18.2`. */
  readonly versionPrefix?: string;
}

/** A piece of a list: how many there are in all, where GitLab tells. */
export interface RunnerPage {
  readonly runners: readonly Listed[];
  readonly total: number | undefined;
  /** The time at GitLab. */
  readonly now: Date;
}

/** The calls about many runners, and about the projects of one. Each throws Refusal or Trouble, as all calls do. */
export interface RunnerCalls {
  /** The runners of a list, a request for every 100 of them, each no sooner than it is asked for. */
  runnerPages(accessToken: string, of: RunnersOf, filter: RunnerFilter): AsyncGenerator<RunnerPage>;
  /** The latest jobs of a runner, the newest first: all, or those that the manager with a system ID has run. */
  recentJobs(accessToken: string, id: number, systemId?: string): Promise<JobOfRunner[]>;
  /** The jobs of a project that wait for a runner, at most 100. */
  pendingJobs(accessToken: string, project: number): Promise<JobOfRunner[]>;
  /** How many jobs a runner runs right now. */
  countRunningJobs(accessToken: string, id: number): Promise<number>;
  assignRunner(accessToken: string, project: string | number, id: number): Promise<void>;
  unassignRunner(accessToken: string, project: string | number, id: number): Promise<Removal>;
}

/** Takes a way to send calls; gives the calls about many runners. */
export function runnerListCalls(send: (call: Call) => Promise<Reply>): RunnerCalls {
  return {
    runnerPages: (accessToken, of, filter) => {
      const get = (path: string) =>
        send({ name: 'listRunners', path, accessToken, method: 'GET', reads: true, acts: false });
      return of === 'seen'
        ? seenPages(get, queryOf(filter))
        : pagesOf(get, `${placePath(of)}/runners`, queryOf(filter));
    },
    recentJobs: async (accessToken, id, systemId) => {
      const query = { ...(systemId !== undefined && { system_id: systemId }), order_by: 'id', sort: 'desc' };
      const path = `runners/${id}/jobs?${new URLSearchParams(query)}&per_page=20`;
      const to = { name: 'readJobs', method: 'GET', path, accessToken } as const;
      return records(await send({ ...to, reads: true, acts: false })).map(jobOf);
    },
    pendingJobs: async (accessToken, project) => {
      const path = `projects/${project}/jobs?scope=pending&per_page=100`;
      const to = { name: 'readPendingJobs', method: 'GET', path, accessToken } as const;
      return records(await send({ ...to, reads: true, acts: false })).map(jobOf);
    },
    countRunningJobs: async (accessToken, id) => {
      const path = `runners/${id}/jobs?status=running&per_page=100`;
      const to = { name: 'readJobs', method: 'GET', path, accessToken } as const;
      const reply = await send({ ...to, reads: true, acts: false });
      return totalIn(reply) ?? records(reply).length;
    },
    assignRunner: async (accessToken, project, id) => {
      const to = { method: 'POST', path: `${placePath({ project })}/runners`, accessToken } as const;
      const body = { runner_id: id };
      record(await send({ ...to, name: 'assign', body, reads: true, acts: false }), 201);
    },
    unassignRunner: async (accessToken, project, id) => {
      const to = { method: 'DELETE', path: `${placePath({ project })}/runners/${id}`, accessToken } as const;
      return removed(await send({ ...to, name: 'unassign', reads: false, acts: false }));
    },
  };
}

/** A group or project in a path of the API: its number, or its path as one part. */
export const segment = (idOrPath: string | number): string =>
  encodeURIComponent(
    String(idOrPath)
      .trim()
      .replace(/^\/+|\/+$/g, ''),
  );

const placePath = (of: Exclude<RunnersOf, 'seen'>): string =>
  'group' in of ? `groups/${segment(of.group)}` : `projects/${segment(of.project)}`;

type Get = (path: string) => Promise<Reply>;

// An administrator sees all runners, everybody else those that they manage.
async function* seenPages(get: Get, query: string): AsyncGenerator<RunnerPage> {
  const all = pagesOf(get, 'runners/all', query);
  let first: IteratorResult<RunnerPage>;
  try {
    first = await all.next();
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 403) throw error;
    return yield* pagesOf(get, 'runners', query);
  }
  if (!first.done) yield first.value;
  yield* all;
}

async function* pagesOf(get: Get, path: string, query: string): AsyncGenerator<RunnerPage> {
  for (let page = 1; ; ) {
    const reply = await get(`${path}?${query}per_page=100&page=${page}`);
    const { runners, next, now } = listed(reply);
    yield { runners, total: totalIn(reply), now };
    // Only forwards, or a list would have no end.
    if (!(Number(next) > page)) return;
    page = Number(next);
  }
}

function queryOf({ type, status, paused, tags, versionPrefix }: RunnerFilter): string {
  const query = new URLSearchParams({
    ...(type !== undefined && { type: `${type}_type` }),
    ...(status !== undefined && { status }),
    ...(paused !== undefined && { paused: String(paused) }),
    ...(tags !== undefined && { tag_list: tags }),
    ...(versionPrefix !== undefined && { version_prefix: versionPrefix }),
  }).toString();
  return query === '' ? '' : `${query}&`;
}

// Of more than 10,000 GitLab counts none.
function totalIn({ answer }: Reply): number | undefined {
  const total = [answer.headers['x-total']].flat()[0];
  return total !== undefined && /^\d+$/.test(total) ? Number(total) : undefined;
}

/** A job, as lists of jobs tell it. */
export interface JobOfRunner {
  readonly id: number;
  readonly name: string;
  /** As GitLab calls it, such as `success`. */
  readonly status: string;
  /** As GitLab calls it, such as `runner_system_failure`, for a job that failed. */
  readonly failureReason: string | undefined;
  readonly url: string;
  readonly tags: readonly string[];
}

function jobOf(job: Readonly<Record<string, unknown>>): JobOfRunner {
  const text = (key: string) => (typeof job[key] === 'string' ? String(job[key]) : '');
  return {
    id: Number(job.id),
    name: text('name'),
    status: text('status'),
    failureReason: text('failure_reason') || undefined,
    url: text('web_url'),
    tags: Array.isArray(job.tag_list) ? job.tag_list.map(String) : [],
  };
}

/** A group or project of a runner, as its details name it. */
export interface RunnerPlace {
  readonly id: number;
  readonly path: string;
}

/** What only the details of a runner tell. */
export interface RunnerDetails {
  readonly tags: readonly string[];
  readonly runUntagged: boolean;
  readonly locked: boolean;
  readonly isProtected: boolean;
  readonly maximumTimeout: number | undefined;
  readonly contactedAt: string | undefined;
  /** Of the manager that contacted GitLab last. */
  readonly version: string | undefined;
  readonly groups: readonly RunnerPlace[];
  /** The owner comes first. */
  readonly projects: readonly RunnerPlace[];
}

/** Takes the object of GET /runners/:id; gives what only it tells. What is missing there is empty. */
export function detailsOf(runner: Readonly<Record<string, unknown>>): RunnerDetails {
  const text = (key: string) => (typeof runner[key] === 'string' ? runner[key] || undefined : undefined);
  const timeout = runner.maximum_timeout;
  return {
    tags: Array.isArray(runner.tag_list) ? runner.tag_list.map(String) : [],
    runUntagged: runner.run_untagged === true,
    locked: runner.locked === true,
    isProtected: runner.access_level === 'ref_protected',
    maximumTimeout: typeof timeout === 'number' ? timeout : undefined,
    contactedAt: text('contacted_at'),
    version: text('version'),
    groups: placesIn(runner.groups),
    projects: placesIn(runner.projects),
  };
}

// A group of a runner tells its path in its address only.
function placesIn(places: unknown): RunnerPlace[] {
  return (Array.isArray(places) ? places : []).filter(isRecord).flatMap((place) => {
    const { id, path_with_namespace: path, web_url: url } = place;
    if (typeof id !== 'number') return [];
    const found = typeof path === 'string' ? path : /\/groups\/(.+)$/.exec(String(url ?? ''))?.[1];
    return [{ id, path: found ?? String(id) }];
  });
}

/** One manager of a runner, with what the table and `--json` show of it. */
export interface RunnerManager {
  readonly systemId: string;
  readonly version: string | undefined;
  readonly platform: string | undefined;
  readonly architecture: string | undefined;
  readonly contactedAt: string | undefined;
  readonly ipAddress: string | undefined;
  readonly status: string | undefined;
}

/** Takes an object of GET /runners/:id/managers; gives the manager. What is missing there is left out. */
export function managerOf(manager: Readonly<Record<string, unknown>>): RunnerManager {
  const text = (key: string) => (typeof manager[key] === 'string' ? manager[key] || undefined : undefined);
  return {
    systemId: text('system_id') ?? '',
    version: text('version'),
    platform: text('platform'),
    architecture: text('architecture'),
    contactedAt: text('contacted_at'),
    ipAddress: text('ip_address'),
    status: text('status'),
  };
}
