import { createHash } from 'node:crypto';
import { type Job, queueJob } from './job.ts';
import { type Profile, profileOf } from './profile.ts';
import type {
  AccessTokenSetup,
  GitlabSetup,
  GroupSetup,
  ProjectSetup,
  RunnerJobSetup,
  RunnerKind,
  RunnerSetup,
} from './setup.ts';
import { readVariable, type Variable } from './variable.ts';

export interface Manager {
  id: number;
  systemId: string;
  version: string | null;
  revision: string | null;
  platform: string | null;
  architecture: string | null;
  createdAt: string;
  contactedAt: string | null;
  ipAddress: string;
}

/** What a person can set on a runner. */
export interface RunnerSettings {
  description: string | null;
  name: string | null;
  paused: boolean;
  locked: boolean;
  tags: string[];
  runUntagged: boolean;
  accessLevel: string;
  maximumTimeout: number | null;
  maintenanceNote: string | null;
}

export interface Runner extends RunnerSettings {
  id: number;
  token: string;
  type: RunnerKind;
  /** Ids of its groups or projects. */
  of: number[];
  registered: boolean;
  orphaned: boolean;
  expiresAt: string | null;
  rotationDeadline: string | null;
  createdAt: string;
  updatedAt: string;
  contactedAt: string | null;
  /** Becomes finished with the first request for a job. */
  creationState: 'started' | 'finished';
  managers: Manager[];
  jobs: RunnerJobSetup[];
}

/** All that the stand-in remembers. */
export interface State {
  setup: GitlabSetup;
  profile: Profile;
  /** Base address including the root, known once it listens. */
  url: string;
  now(): Date;
  runners: Runner[];
  groups: GroupSetup[];
  projects: ProjectSetup[];
  accessTokens: AccessTokenSetup[];
  variables: Variable[];
  job: Job | undefined;
  nextRunnerId: number;
  nextManagerId: number;
  /** Counts the tokens made so far: they are the same in every run. */
  tokensMade: number;
}

/** The state that a setup describes. */
export function createState(setup: GitlabSetup): State {
  const profile = profileOf(setup.version ?? '19.4.0-ee');
  const fixed = setup.now === undefined ? undefined : new Date(setup.now);
  const given = (setup.runners ?? []).flatMap(counted);
  const state: State = {
    setup,
    profile,
    url: '',
    now: () => fixed ?? new Date(),
    runners: [],
    groups: setup.groups ?? [],
    projects: setup.projects ?? [],
    accessTokens: setup.accessTokens ?? [],
    variables: (setup.variables ?? []).map(readVariable),
    job: setup.job && queueJob(setup.job),
    nextRunnerId: setup.firstRunnerId ?? given.reduce((most, { id }) => Math.max(most, id), 0) + 1,
    nextManagerId: 1,
    tokensMade: 0,
  };
  for (const each of given) state.runners.push(readRunner(state, each));
  return state;
}

const counted = (setup: RunnerSetup): RunnerSetup[] =>
  Array.from({ length: setup.count ?? 1 }, (_, index) => {
    if (index === 0) return setup;
    const id = setup.id + index;
    const description = setup.description === undefined ? {} : { description: `${setup.description}-${id}` };
    return { ...setup, ...description, id, token: `${setup.token}${id}` };
  });

/** The time now as GitLab writes it: ISO 8601, UTC, three decimals. */
export const stamp = (state: State): string => state.now().toISOString();

/** Settings of a runner for which nothing was said. */
export const plainSettings: Readonly<RunnerSettings> = {
  description: null,
  name: null,
  paused: false,
  locked: false,
  tags: [],
  runUntagged: true,
  accessLevel: 'not_protected',
  maximumTimeout: null,
  maintenanceNote: null,
};

/** A 32-digit value that changes whenever the queue does (X-GitLab-Last-Update). */
export function queueValue(state: State): string {
  return createHash('md5')
    .update(`queue ${state.job?.status ?? 'empty'}`)
    .digest('hex');
}

const lastContact = ({ managers = [] }: RunnerSetup): string | null =>
  managers
    .flatMap(({ contactedAt }) => contactedAt ?? [])
    .reduce((last, one) => (one > last ? one : last), '') || null;

function readRunner(state: State, given: RunnerSetup): Runner {
  const at = stamp(state);
  return {
    ...plainSettings,
    id: given.id,
    token: given.token,
    type: given.type,
    of: given.of ?? [],
    registered: given.registered ?? !given.token.includes('glrt-'),
    orphaned: given.orphaned ?? false,
    description: given.description ?? null,
    paused: given.paused ?? false,
    locked: given.locked ?? false,
    tags: given.tags ?? [],
    runUntagged: given.runUntagged ?? true,
    accessLevel: given.accessLevel ?? 'not_protected',
    maximumTimeout: given.maximumTimeout ?? null,
    maintenanceNote: given.maintenanceNote ?? null,
    expiresAt: given.expiresAt ?? null,
    rotationDeadline: given.rotationDeadline ?? null,
    createdAt: given.createdAt ?? at,
    updatedAt: at,
    contactedAt: given.contactedAt ?? lastContact(given),
    jobs: given.jobs ?? [],
    creationState: (given.contactedAt ?? lastContact(given)) === null ? 'started' : 'finished',
    managers: (given.managers ?? []).map((manager) => ({
      id: state.nextManagerId++,
      systemId: manager.systemId,
      version: manager.version ?? null,
      revision: manager.revision ?? null,
      platform: manager.platform ?? null,
      architecture: manager.architecture ?? null,
      createdAt: at,
      contactedAt: manager.contactedAt ?? null,
      ipAddress: manager.ipAddress ?? '127.0.0.1',
    })),
  };
}
