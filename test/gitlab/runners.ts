import { badRequest, forbidden, message } from './answers.ts';
import type { Params } from './params.ts';
import type { RunnerKind } from './setup.ts';
import { type Manager, plainSettings, type Runner, type RunnerSettings, type State, stamp } from './state.ts';

/** The parameters that set something on a runner, by their names in the API. */
export function readSettings(values: Params): Partial<RunnerSettings> {
  const read: Partial<RunnerSettings> = {};
  if (typeof values.active === 'boolean') read.paused = !values.active;
  if (typeof values.paused === 'boolean') read.paused = values.paused;
  if (typeof values.locked === 'boolean') read.locked = values.locked;
  if (typeof values.run_untagged === 'boolean') read.runUntagged = values.run_untagged;
  if (typeof values.access_level === 'string') read.accessLevel = values.access_level;
  if (Array.isArray(values.tag_list)) read.tags = values.tag_list as string[];
  if ('description' in values) read.description = values.description as string | null;
  if ('maximum_timeout' in values) read.maximumTimeout = values.maximum_timeout as number | null;
  const note = values.maintenance_note ?? values.maintainer_note;
  if (note !== undefined) read.maintenanceNote = note as string | null;
  return read;
}

/** A runner that is not stored yet; `of` is its group or project. */
export function newRunner(
  state: State,
  as: { type: RunnerKind; of?: number; registered: boolean },
  settings: Partial<RunnerSettings>,
): Runner {
  const at = stamp(state);
  return {
    ...plainSettings,
    ...settings,
    id: 0,
    token: '',
    type: as.type,
    of: as.of === undefined ? [] : [as.of],
    registered: as.registered,
    orphaned: false,
    expiresAt: null,
    rotationDeadline: null,
    createdAt: at,
    updatedAt: at,
    contactedAt: null,
    creationState: as.registered ? 'finished' : 'started',
    managers: [],
    jobs: [],
  };
}

/** Gives a valid runner its id and token and keeps it. */
export function storeRunner(state: State, runner: Runner): Runner {
  runner.id = state.nextRunnerId++;
  renewToken(state, runner);
  state.runners.push(runner);
  return runner;
}

/** Gives a runner a new token of the same kind (gitlab-api.md 0.7). */
export function renewToken(state: State, runner: Runner): void {
  const secret = `made${String(++state.tokensMade).padStart(16, '0')}`;
  runner.token = tokenPrefix(state, runner) + secret;
  const life = state.setup.tokenLifetime;
  runner.expiresAt = life === undefined ? null : new Date(state.now().getTime() + life * 1000).toISOString();
}

/** What the model refuses, by field (gitlab-api.md 1); empty when it is fine. */
export function faultsOf(state: State, runner: Runner): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  if (runner.tags.length === 0 && !runner.runUntagged) {
    found.tags_list = ['can not be empty when runner is not allowed to pick untagged jobs'];
  }
  if (runner.tags.length > 50) {
    found.tags_list = ['Too many tags specified. Please limit the number of tags to 50'];
  }
  if (runner.maximumTimeout !== null && runner.maximumTimeout < 600) {
    found.maximum_timeout = ['needs to be at least 10 minutes'];
  }
  return { ...found, ...tooLong(state, runner), ...tooMany(state, runner) };
}

/** Refuses with `{"message": {field: [...]}}` what the model does not take. */
export function refuseByField(state: State, runner: Runner): void {
  const found = faultsOf(state, runner);
  if (Object.keys(found).length > 0) throw message(400, found);
}

/** Refuses with one sentence what the model does not take, as POST /user/runners does. */
export function refuseBySentence(state: State, runner: Runner): void {
  const found = Object.entries(faultsOf(state, runner));
  const full = found.flatMap(([field, words]) => words.map((each) => `${humanise(field)} ${each}`));
  if (full.length > 0) throw badRequest(sentence(full));
}

/** The runner that a token belongs to; unknown and expired are the same bare 403 (gitlab-api.md 0.5). */
export function runnerByToken(state: State, token: unknown): Runner {
  const runner = state.runners.find((each) => each.token === token);
  if (runner === undefined || isPast(state, runner.expiresAt)) throw forbidden();
  return runner;
}

/** Is a moment (ISO 8601) past; null never is. */
export const isPast = (state: State, at: string | null): boolean =>
  at !== null && Date.parse(at) <= state.now().getTime();

// Whoever calls, calls from this machine.
const here = '127.0.0.1';

/** Notes that a manager called: found by its system id or made (gitlab-api.md 2). */
export function heartbeat(state: State, runner: Runner, params: Params): Manager {
  const systemId = typeof params.system_id === 'string' ? params.system_id : '<legacy>';
  let manager = runner.managers.find((each) => each.systemId === systemId);
  if (manager === undefined) {
    manager = newManager(state, systemId);
    runner.managers.push(manager);
  }
  const info = typeof params.info === 'object' && params.info !== null ? (params.info as Params) : {};
  for (const key of ['version', 'revision', 'platform', 'architecture'] as const) {
    if (typeof info[key] === 'string') manager[key] = info[key];
  }
  manager.ipAddress = here;
  manager.contactedAt = runner.contactedAt = stamp(state);
  return manager;
}

function tokenPrefix(state: State, runner: Runner): string {
  const { profile, setup } = state;
  const typed = profile.typedTokens ? { instance: 't1_', group: 't2_', project: 't3_' }[runner.type] : '';
  if (runner.registered) return (profile.registeredPrefix ? 'glrtr-' : '') + typed;
  const own = setup.tokenPrefix === undefined ? '' : `${setup.tokenPrefix.replace(/-$/, '')}-`;
  return `${own}glrt-${typed}`;
}

function tooLong(state: State, runner: Runner): Record<string, string[]> {
  if (!state.profile.lengthLimits) return {};
  const limits: [string, string | null, number][] = [
    ['description', runner.description, 1024],
    ['name', runner.name, 256],
    ['maintenance_note', runner.maintenanceNote, 1024],
  ];
  return Object.fromEntries(
    limits
      .filter(([, value, most]) => value !== null && value.length > most)
      .map(([field, , most]) => [field, [`is too long (maximum is ${most} characters)`]]),
  );
}

function tooMany(state: State, runner: Runner): Record<string, string[]> {
  const most = state.setup.runnerLimit ?? 1000;
  const others = state.runners.filter(
    (each) => each !== runner && each.type === runner.type && each.of.some((id) => runner.of.includes(id)),
  );
  if (runner.type === 'instance' || others.length < most) return {};
  const field = runner.type === 'group' ? 'runner_namespaces.base' : 'runner_projects.base';
  return { [field]: [`Maximum number of ci registered ${runner.type} runners (${most}) exceeded`] };
}

function newManager(state: State, systemId: string): Manager {
  return {
    id: state.nextManagerId++,
    systemId,
    version: null,
    revision: null,
    platform: null,
    architecture: null,
    createdAt: stamp(state),
    contactedAt: null,
    ipAddress: here,
  };
}

function humanise(field: string): string {
  const words = field.replaceAll(/[._]/g, ' ');
  return words[0]!.toUpperCase() + words.slice(1);
}

function sentence(parts: string[]): string {
  if (parts.length < 3) return parts.join(' and ');
  return `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}`;
}
