import { mayBeCreated } from '../../app/interrupted-run.ts';
import { type Change, makeTable, type Table, textIn, withValue } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { exitCode, Trouble } from '../../errors.ts';
import {
  type Kept,
  keptOf,
  tableChanges,
  type ValueChange,
  withDefaultsBack,
} from '../../fleet-file/changes.ts';
import { isEntryOf, type Located, nameOf } from '../../fleet-file/find.ts';
import { markedNote, markerIn, noteWithoutMarker } from '../../fleet-file/marker.ts';
import { hashOf, type LastRunner } from '../../fleet-file/state.ts';
import { fromLeaves, leavesIn, type WantedRunner } from '../../fleet-file/wanted.ts';
import { blockOf, type Identity } from '../../runner/block.ts';
import { isOf } from '../../runner/owner.ts';
import { createBody, differingAtGitlab, type Owner } from '../../runner/request.ts';
import { entriesIn, idOf, nameOf as nameInConfig, tokenOf } from '../../runner/select.ts';
import type { Settings } from '../../settings/table.ts';
import { position } from '../../text/shell-quote.ts';
import { type ApplyContext, throwAll } from './context.ts';
import { accessTo, type Details, faultOf, isToBeCreated, presentFor, type Seen, sameFor } from './look.ts';

/** What becomes of one runner. */
export interface Step {
  readonly key: string;
  /**
   * `create`: a new runner in GitLab and here; `replace`: a new one in GitLab for the entry that is here; `recover`: a new
   * token for the runner that `apply` created and whose entry is gone; `add`: a runner with a token made elsewhere, and
   * `retoken`: another such token; `remove`: it leaves, `forget`: only what was kept of it.
   */
  readonly action:
    | 'create'
    | 'replace'
    | 'recover'
    | 'add'
    | 'retoken'
    | 'change'
    | 'leave'
    | 'remove'
    | 'forget';
  /** Absent for one that leaves. */
  readonly wanted?: WantedRunner;
  readonly name: string;
  readonly url: string;
  /** The position of its entry, from 0. */
  readonly at?: number;
  readonly id?: number;
  /** What changes in its entry. */
  readonly here: readonly ValueChange[];
  /** What changes in GitLab, by the names of its API. */
  readonly there: Kept;
  /** What GitLab had there. */
  readonly before: Kept;
  /** How it came to be. */
  readonly origin: LastRunner['origin'];
  readonly owner?: Owner | undefined;
  /** Whether a runner that leaves is deleted in GitLab. */
  readonly deletes?: boolean;
  /** What a person should know of it, one sentence each. */
  readonly notes: readonly string[];
}

/** What becomes of config.toml and GitLab. */
export interface ApplyPlan {
  readonly global: readonly ValueChange[];
  readonly steps: readonly Step[];
  /** The keys of runners that `apply` looks after and that are no longer in the files. */
  readonly left: readonly string[];
}

/** Whether two values of the key at a path mean the same to gitlab-runner. */
export type Equal = (path: readonly string[], present: unknown, wanted: unknown) => boolean;

/** Decides what becomes of each runner; throws one `Trouble` with all that cannot be done. */
export function planFleet(context: ApplyContext, seen: Seen, equal: Equal): ApplyPlan {
  const { wanted, config } = context;
  const faults: Trouble[] = [];
  const steps = wanted.flatMap((one): Step[] => {
    const known = seen.faults.get(one.key);
    if (known !== undefined) {
      faults.push(known);
      return [];
    }
    try {
      return [stepFor(context, seen, one, equal)];
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      faults.push(error);
      return [];
    }
  });
  const isPruned = context.verbFlags.prune !== undefined;
  const leaving = leavingKeys(context, seen);
  if (isPruned && leaving.length > 0) faults.push(...hostFault(context));
  throwAll(faults);
  if (isPruned) tellCopies(context, seen);
  return {
    global: globalChanges(context, config, equal),
    steps: [...steps, ...(isPruned ? leaving.map((one) => departure(context, seen, one)) : [])],
    left: isPruned ? [] : leaving.map(({ key }) => key),
  };
}

/** What changes in the global keys of config.toml. */
export function globalChanges(
  { global, state }: ApplyContext,
  config: Config | undefined,
  equal: Equal,
): ValueChange[] {
  const ofTop = (path: readonly string[], a: unknown, b: unknown) => equal(['global', ...path], a, b);
  return tableChanges(config?.globals ?? makeTable(), leavesIn(global), state.global, ofTop);
}

const lastFor = ({ state }: ApplyContext, key: string): LastRunner | undefined =>
  Object.hasOwn(state.runners, key) ? state.runners[key] : undefined;

function stepFor(context: ApplyContext, seen: Seen, wanted: WantedRunner, equal: Equal): Step {
  const { key, gitlab } = wanted;
  const located = seen.found.get(key)!;
  const details = seen.details.get(key);
  const last = lastFor(context, key);
  const runner = located.at === undefined ? undefined : context.config!.runners[located.at]!;
  const url = gitlab.url ?? textIn(runner, 'url');
  const isOurs = isMarkedOurs(context, key, details);
  const base = {
    key,
    wanted,
    name: nameOf(wanted),
    url,
    ...(located.at !== undefined && { at: located.at }),
    ...(located.id !== undefined && { id: located.id }),
    here: [],
    there: {},
    before: {},
    origin: last?.origin ?? (isOurs ? 'created' : located.at === undefined ? 'added' : 'adopted'),
    notes: notesOn(context, wanted, located, last),
  } as const;
  if (isToBeCreated(wanted, located, details)) return creation(context, seen, base, runner, equal);
  if (runner === undefined) return entryFor(context, base, located, details, last);
  refuseMove(base, runner, details);
  const here = entryChanges(context, wanted, runner, equal);
  const { there, before } = changesThere(context, wanted, base.origin, last, details);
  if (isOtherToken(context, wanted, runner, last)) return { ...base, action: 'retoken', here, there, before };
  const isSame = here.length === 0 && Object.keys(there).length === 0;
  return { ...base, action: isSame ? 'leave' : 'change', here, there, before };
}

// GitLab refuses a runner that could never get a job.
function refuseIdle({ key, wanted: { gitlab } }: Base): void {
  if (gitlab.run_untagged === false && (gitlab.tag_list ?? []).length === 0)
    throw misuseOf(
      key,
      'It has no tags and does not run untagged jobs.',
      'Add tag_list or run_untagged = true to [runners.gitlab].',
    );
}

type Base = Omit<Step, 'action'> & { readonly wanted: WantedRunner };

function creation(
  context: ApplyContext,
  { owners, details, twins }: Seen,
  base: Base,
  runner: Table | undefined,
  equal: Equal,
): Step {
  const { key, wanted } = base;
  const wasHere = details.get(key) === 'gone';
  refuseCreation(context, base, wasHere, runner);
  refuseSecond(context, key);
  const twin = twins.get(key);
  const gone = wasHere ? [`runner ${base.id} no longer exists in GitLab`] : [];
  const used =
    twin === undefined
      ? []
      : [`runner ${twin} in GitLab has the same key and host, but another machine may use it`];
  const notes = [...base.notes, ...gone, ...used];
  const made = { ...base, owner: owners.get(key), origin: 'created', notes } as const;
  if (runner === undefined) return { ...made, action: 'create' };
  return { ...made, action: 'replace', here: entryChanges(context, wanted, runner, equal) };
}

// The note that a runner is created with says whose it is.
function refuseSecond({ unanswered, host }: ApplyContext, key: string): void {
  const open = unanswered.find(({ asked }) => {
    const marker = markerIn(textIn(asked?.body, 'maintenance_note'));
    return marker?.key === key && marker.host === host;
  });
  if (open !== undefined) throw faultOf(key, mayBeCreated(open.file));
}

function refuseCreation(
  context: ApplyContext,
  base: Base,
  wasHere: boolean,
  runner: Table | undefined,
): void {
  const { key, wanted, url, id } = base;
  const { type, group_id: group, project_id: project } = wanted.gitlab;
  refuseWithoutUrl(base);
  const gone = wasHere ? `The runner ${id} no longer exists in GitLab. ` : '';
  const last = lastFor(context, key);
  if (wasHere && last !== undefined && !sameFor(context)(last.url, url))
    throw misuseOf(
      key,
      `${gone}It was created at ${last.url}.`,
      'For a runner of another GitLab, use a new key.',
    );
  const hasPlace = group !== undefined || project !== undefined;
  if (type === undefined && !hasPlace)
    throw misuseOf(
      key,
      `${gone}It has no owner.`,
      'Add type = "instance", group_id, or project_id to [runners.gitlab].',
    );
  if (type !== undefined && type !== 'instance' && !hasPlace)
    throw misuseOf(key, `${type}_id is missing.`, `Add ${type}_id = ID or PATH to [runners.gitlab].`);
  refuseIdle(base);
  if (wanted.executor === '' && textIn(runner, 'executor') === '')
    throw misuseOf(key, 'It has no executor.', 'Add executor to [runners.config], or use a preset.');
}

function entryFor(
  context: ApplyContext,
  base: Base,
  { id }: Located,
  details: Details | undefined,
  last: LastRunner | undefined,
): Step {
  const { key, wanted } = base;
  refuseWithoutUrl(base);
  if (wanted.executor === '')
    throw misuseOf(key, 'It has no executor.', 'Add executor to [runners.config], or use a preset.');
  if (wanted.gitlab.token !== undefined) return { ...base, action: 'add', origin: last?.origin ?? 'added' };
  const isMine = last?.origin === 'created' || isMarkedOurs(context, key, details);
  if (details !== undefined && isMine)
    return {
      ...base,
      ...changesThere(context, wanted, 'created', last, details),
      origin: 'created',
      action: 'recover',
      notes: [...base.notes, `runner ${id} gets a new token, because ${context.path} no longer has it`],
    };
  const known = id === undefined ? '' : ` with the ID ${id}`;
  throw misuseOf(
    key,
    `${context.path} has no such runner${known}, and no token was given to register it.`,
    'Add token or access_token to [runners.gitlab], or use --access-token-file.',
  );
}

function refuseWithoutUrl({ key, url }: Base): void {
  if (url === '')
    throw misuseOf(key, 'It has no GitLab URL.', 'Add url to [runners.gitlab] or [defaults.gitlab].');
}

const misuseOf = (key: string, message: string, hint: string): Trouble =>
  new Trouble(`${key}: ${message}`, { hint, code: exitCode.usage });

// GitLab has no way to move a runner to another owner.
function refuseMove({ key, wanted, url }: Base, runner: Table, details: Details | undefined): void {
  if (details === 'gone') {
    if (wanted.gitlab.token !== undefined) return;
    throw misuseOf(
      key,
      `The runner ${idOf(runner)} no longer exists at ${url}.`,
      'Remove it: runner-setup unregister --local',
    );
  }
  if (!wanted.namesOwner || typeof details?.runner_type !== 'string') return;
  const is = presentOwner(wanted.gitlab, details, details.runner_type.replace('_type', ''));
  if (is === undefined) return;
  throw misuseOf(
    key,
    `It is ${is} in GitLab (ID ${idOf(runner)}), and GitLab cannot move it.`,
    'Use another key for a new runner; --prune then removes this one.',
  );
}

// In words, where it is not the owner that is wanted.
function presentOwner(
  { type, group_id: group, project_id: project }: WantedRunner['gitlab'],
  details: object,
  present: string,
): string | undefined {
  const wantedType = type ?? (group !== undefined ? 'group' : project !== undefined ? 'project' : undefined);
  if (wantedType !== undefined && wantedType !== present)
    return `${present === 'instance' ? 'an' : 'a'} ${present} runner`;
  const place = { group: group?.toString(), project: project?.toString() };
  return isOf(details, place) === false ? `a runner of another ${present}` : undefined;
}

function isMarkedOurs({ host }: ApplyContext, key: string, details: Details | undefined): boolean {
  const marker = details === undefined || details === 'gone' ? undefined : markerIn(details.maintenance_note);
  return marker?.key === key && marker.host === host;
}

function notesOn(
  context: ApplyContext,
  { key }: WantedRunner,
  { at, by }: Located,
  last: LastRunner | undefined,
): string[] {
  if (last !== undefined || at === undefined || by === 'marker') return [];
  return [`${key} is the runner #${at + 1} that ${context.path} already has`];
}

/** What changes in the entry of a runner: the keys of `[[runners]]`, its name, and its GitLab. */
export function entryChanges(
  context: ApplyContext,
  wanted: WantedRunner,
  runner: Table,
  equal: Equal,
): ValueChange[] {
  const { url, description } = wanted.gitlab;
  const isMoved = url !== undefined && !sameFor(context)(textIn(runner, 'url'), url);
  const isNamed = wanted.leaves.some(({ path }) => path.join('.') === 'name');
  const own = [
    ...(isMoved ? [{ path: ['url'], value: url }] : []),
    ...(isNamed || description === undefined ? [] : [{ path: ['name'], value: description }]),
  ];
  return tableChanges(runner, [...own, ...wanted.leaves], lastFor(context, wanted.key)?.config ?? [], equal);
}

/** What changes in GitLab, by the names of its API, and what it had there. */
export type ChangeThere = Pick<Step, 'there' | 'before'>;

/** What of a runner differs in GitLab from what is wanted, by what it told (`details`). */
export function changesThere(
  context: ApplyContext,
  wanted: WantedRunner,
  origin: LastRunner['origin'],
  last: LastRunner | undefined,
  details: Details | undefined,
): ChangeThere {
  const known = details === undefined || details === 'gone' ? {} : details;
  const there = differingAtGitlab(keptFor(context, wanted, origin, last, details), known);
  const before = Object.fromEntries(Object.keys(there).map((name) => [name, known[name] ?? null]));
  return { there, before };
}

function keptFor(
  { host }: ApplyContext,
  { key, gitlab }: WantedRunner,
  origin: LastRunner['origin'],
  last: LastRunner | undefined,
  details: Details | undefined,
): Kept {
  if (details === undefined || details === 'gone') return {};
  const kept = withDefaultsBack(keptOf(gitlab), last, details);
  const other = markerIn(details.maintenance_note);
  if (origin !== 'created') {
    // The line by which another key or machine knows the runner stays.
    const isLost = kept.maintenance_note !== undefined && other !== undefined;
    return isLost ? { ...kept, maintenance_note: markedNote(String(kept.maintenance_note), other) } : kept;
  }
  const note = kept.maintenance_note ?? noteWithoutMarker(String(details.maintenance_note ?? ''));
  return { ...kept, maintenance_note: markedNote(String(note), { key, host }) };
}

// A token that gitlab-runner has renewed since is not the one of the file any more.
function isOtherToken(
  { world }: ApplyContext,
  { gitlab: { token } }: WantedRunner,
  runner: Table,
  last: LastRunner | undefined,
): boolean {
  if (token === undefined || tokenOf(runner, world.env) === token) return false;
  return last?.token !== hashOf(token);
}

interface Leaving {
  readonly key: string;
  readonly at: number | undefined;
  readonly last: LastRunner | undefined;
}

// Those that were kept for this config.toml; where nothing was kept, entries with our marker.
function leavingKeys(context: ApplyContext, seen: Seen): Leaving[] {
  const { state, wanted, config } = context;
  const keys = new Set(wanted.map(({ key }) => key));
  const present = presentFor(context, new Map());
  const kept = Object.entries(state.runners).flatMap(([key, last]): Leaving[] => {
    if (keys.has(key)) return [];
    const at = entriesIn(config?.runners ?? []).find((entry) => isEntryOf(key, entry.at, present))?.at;
    return [{ key, at, last }];
  });
  const marked = unknownMarked(context, seen).filter(({ isCopy }) => !isCopy);
  return [...kept, ...marked.map(({ key, at }) => ({ key, at, last: undefined }))];
}

/** An entry whose maintenance note says that `apply` created it for this host, and that is neither wanted nor kept. */
interface Marked {
  readonly key: string;
  readonly at: number;
  /** Whether the note was copied: `apply` keeps what it creates, and no two runners are of one key. */
  readonly isCopy: boolean;
}

function unknownMarked({ state, wanted, host }: ApplyContext, { others }: Seen): Marked[] {
  const taken = new Set([...wanted.map(({ key }) => key), ...Object.keys(state.runners)]);
  const all = [...others].flatMap(([at, { marker }]) =>
    marker === undefined || marker.host !== host || taken.has(marker.key) ? [] : [{ key: marker.key, at }],
  );
  const isKept = state.host !== undefined;
  return all.map((one) => ({
    ...one,
    isCopy: isKept || all.filter(({ key }) => key === one.key).length > 1,
  }));
}

// What is in doubt is not deleted.
function tellCopies(context: ApplyContext, seen: Seen): void {
  for (const { key, at, isCopy } of unknownMarked(context, seen)) {
    if (!isCopy) continue;
    const name = nameInConfig({ at, runner: context.config!.runners[at]! });
    context.say.warn(
      `${name} stays. Its maintenance note has the key "${key}", but nothing shows that apply created it. To remove it: runner-setup unregister ${position(at)}`,
    );
  }
}

function departure(context: ApplyContext, { others }: Seen, { key, at, last }: Leaving): Step {
  const runner = at === undefined ? undefined : context.config!.runners[at];
  const url = runner === undefined ? (last?.url ?? '') : textIn(runner, 'url');
  const id = (runner && idOf(runner)) ?? last?.id;
  const other = at === undefined ? undefined : others.get(at);
  const isOurs = other?.marker?.key === key && [context.host, context.state.host].includes(other.marker.host);
  const origin = last?.origin ?? 'created';
  const base = {
    key,
    name: runner === undefined ? (last?.name ?? key) : textIn(runner, 'name'),
    url,
    ...(at !== undefined && { at }),
    ...(id !== undefined && { id }),
    here: [],
    there: {},
    before: {},
    origin,
  } as const;
  if (runner === undefined) return { ...base, action: 'forget', notes: [] };
  if (origin === 'adopted')
    return { ...base, action: 'forget', notes: ['it stays, because apply did not add it'] };
  const stays = origin === 'created' && !isOurs && other?.details !== 'gone';
  const why =
    accessTo(context, url) === undefined
      ? 'no access token'
      : other === undefined
        ? 'the access token does not show it'
        : 'its maintenance note does not say that apply created it';
  return {
    ...base,
    action: 'remove',
    deletes: isOurs,
    notes: stays ? [`runner ${id} stays in GitLab: ${why}`] : [],
  };
}

// Another name of the machine would make all its runners those of another one.
function hostFault({ host, state }: ApplyContext): Trouble[] {
  if (state.host === undefined || state.host === host) return [];
  return [
    new Trouble(`config.toml was last applied for the host ${state.host}, not ${host}.`, {
      hint: `Use --host ${state.host}, or apply once without --prune.`,
      code: exitCode.usage,
    }),
  ];
}

/** The entry of a new runner: what is wanted, over what gitlab-runner writes for its executor. */
export function newEntry(
  { wanted, name, url }: Pick<Step, 'name' | 'url'> & { readonly wanted: WantedRunner },
  identity: Identity | undefined,
  isWindows: boolean,
): Table {
  const settings: Settings = {
    url,
    description: name,
    ...(wanted.executor !== '' && { executor: wanted.executor }),
  } as Settings;
  const block = blockOf(settings, identity, fromLeaves(wanted.leaves), isWindows);
  return wanted.leaves.reduce((table, { path, value }) => withValue(table, path, value), block);
}

/** The body by which GitLab creates the runner of a step. */
export function creationBody(
  { host }: ApplyContext,
  { key, wanted, name, owner = {} }: Step & { readonly wanted: WantedRunner },
) {
  const { type, group_id: group, project_id: project, ...gitlab } = wanted.gitlab;
  const kind = type ?? (group !== undefined ? 'group' : project !== undefined ? 'project' : 'instance');
  const settings: Settings = {
    runnerType: kind,
    description: gitlab.description ?? name,
    maintenanceNote: markedNote(gitlab.maintenance_note ?? '', { key, host }),
    ...(gitlab.tag_list !== undefined && { tagList: gitlab.tag_list.join(',') }),
    ...(gitlab.run_untagged !== undefined && { runUntagged: gitlab.run_untagged }),
    ...(gitlab.locked !== undefined && { locked: gitlab.locked }),
    ...(gitlab.access_level !== undefined && { accessLevel: gitlab.access_level }),
    ...(gitlab.maximum_timeout !== undefined && { maximumTimeout: gitlab.maximum_timeout }),
    ...(gitlab.paused !== undefined && { paused: gitlab.paused }),
  };
  return createBody(settings, owner);
}

/** Changes of values as changes of config.toml. */
export const changesAt = (at: number | 'global', changes: readonly ValueChange[]): Change[] =>
  changes.map(
    ({ path, after }): Change =>
      after === undefined ? { do: 'unset', at, path } : { do: 'set', at, path, value: after },
  );

/** Whether a step changes anything but what is kept of it. */
export const isActing = ({ action }: Step): boolean => action !== 'leave' && action !== 'forget';

/** Whether a plan changes config.toml or GitLab. */
export const isChanging = ({ global, steps }: ApplyPlan): boolean =>
  global.length > 0 || steps.some(isActing);
