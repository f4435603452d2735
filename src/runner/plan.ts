import { type Change, isTable, type Table, type Value, valueAt, withValue } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import type { Credential } from '../settings/credential.ts';
import { appliesTo } from '../settings/executors.ts';
import type { Gathered } from '../settings/gather.ts';
import type { Value as SettingValue } from '../settings/kinds.ts';
import { type Settings, settingNames, table } from '../settings/table.ts';
import {
  addCacheVolume,
  blockOf,
  entriesOf,
  type Identity,
  identityOf,
  type Registration,
  tomlValue,
} from './block.ts';
import { isVolumeList, withEdits } from './edit.ts';
import type { Edit } from './edit-request.ts';
import { findRunners, type SameGitlab } from './identity.ts';
import type { RunnerEntry } from './select.ts';

/** What config.toml holds now, as far as the plan needs it. */
interface Present {
  readonly globals: Table;
  readonly runners: readonly Table[];
}

/** A change that a registration can bring about. */
export type PlannedChange = Extract<Change, { do: 'append' | 'set' | 'unset' }>;

/** What registration does with the file, known before GitLab is asked. */
export type Plan =
  | { readonly action: 'add' }
  | ({ readonly action: 'update' | 'unchanged' | 'skip' } & Where)
  /** The runner is there by its name, but GitLab no longer takes its token: it is made anew in its place. */
  | ({ readonly action: 'renew' } & Where);

interface Where {
  /** The position in the file, from 0. */
  readonly at: number;
}

export interface PlanInput {
  readonly known: Gathered;
  readonly credential: Credential;
  readonly template: Table;
  /** The template for a runner that is there, and the keys that go from it, where both depend on that. */
  templateFor?(runner: Table): { readonly template: Table; readonly gone: readonly (readonly string[])[] };
  /** The edits of the runner as the settings leave it. */
  edits?(runner: Table): readonly Edit[];
  readonly present: Present;
  /** Whether this is Windows, where the shell executor runs pwsh. */
  readonly isWindows: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly same: SameGitlab;
  /** Whether two values of the key at a path below `[[runners]]` (or `global`) mean the same to gitlab-runner. */
  equal(path: readonly string[], present: unknown, wanted: unknown): boolean;
}

/**
 * Decides whether this registration adds a runner, updates the one that the file has already, or has nothing to do.
 * The first of several entries of one runner counts. Throws when it is there and `--if-registered fail` was given.
 */
export function planRegistration(input: PlanInput): Plan {
  const { ifRegistered = 'update', url = '' } = input.known.settings;
  if (ifRegistered === 'add') return { action: 'add' };
  const at = namedRunners(input)[0];
  if (at === undefined) return { action: 'add' };
  if (ifRegistered === 'fail') throw alreadyThere(input, at, url);
  return planFor(input, at);
}

/** The positions of all runners of the file that a registration could mean, in the order of the file. */
export const namedRunners = (input: PlanInput): number[] =>
  findRunners(input.present.runners, wantedOf(input), input.env, input.same);

/** What a registration does with the runner at a position: update it, leave it, or skip it where that was asked for. */
export function planFor(input: PlanInput, at: number): Plan & Where {
  if (input.known.settings.ifRegistered === 'skip') return { action: 'skip', at };
  return { action: changesFor(input, at).length > 0 ? 'update' : 'unchanged', at };
}

/**
 * The changes of config.toml by which a plan is carried out; `registration` is what GitLab answered. Where it was not
 * asked, a new runner has the token that was given, and no id or dates.
 */
export function changesOf(
  input: PlanInput,
  plan: Plan,
  registration: Registration | undefined,
): PlannedChange[] {
  if (plan.action === 'skip') return [];
  const identity = registration ?? { token: input.credential.token };
  if (plan.action === 'add') return additionFor(input, identity);
  const changes = changesFor(input, plan.at);
  return plan.action === 'renew' ? [...renewal(identity, plan.at), ...changes] : changes;
}

// An existing runner's block becomes what the given settings say; settings nobody gave stay as they are.
function changesFor(input: PlanInput, at: number): PlannedChange[] {
  const { known, present } = input;
  const runner = present.runners[at]!;
  const { template, gone } = input.templateFor?.(runner) ?? { ...input, gone: [] };
  const executor = known.settings.executor ?? String(runner.executor ?? '');
  const wanted = new Map<string, [readonly string[], Value]>();
  for (const [path, value] of leavesOf(template, [])) {
    if (appliesTo(path[0]!, executor)) wanted.set(path.join('\n'), [path, value]);
  }
  for (const [path, value] of entriesOf(given(known), executor)) {
    for (const leaf of isTable(value) ? leavesOf(value, path) : [[path, value] as const]) {
      wanted.set(leaf[0].join('\n'), [leaf[0], leaf[1]]);
    }
  }
  const changes = [...wanted.values()].flatMap(([path, value]): PlannedChange[] => {
    const whole = isVolumeList(path) ? cacheToo(value, runner, executor) : value;
    return isSame(input, path, valueAt(runner, path), whole) ? [] : [{ do: 'set', at, path, value: whole }];
  });
  const unset = gone.filter((path) => !wanted.has(path.join('\n')));
  const all = [...changes, ...unset.map((path): PlannedChange => ({ do: 'unset', at, path }))];
  return [...withEdited(input, at, all), ...globalChanges(input)];
}

function withEdited(input: PlanInput, at: number, changes: readonly PlannedChange[]): PlannedChange[] {
  const runner = input.present.runners[at]!;
  const left = changedBy(runner, changes);
  const edits = input.edits?.(left) ?? [];
  const after = withEdits(left, edits);
  const paths = new Map(edits.map(({ path }) => [path.join('\n'), path]));
  const others = changes.filter((change) => change.do === 'append' || !paths.has(change.path.join('\n')));
  const edited = [...paths.values()].flatMap((path): PlannedChange[] => {
    const [old, value] = [valueAt(runner, path), valueAt(after, path)];
    if (value === undefined) return old === undefined ? [] : [{ do: 'unset', at, path }];
    return isSame(input, path, old, value) ? [] : [{ do: 'set', at, path, value }];
  });
  return [...others, ...edited];
}

/** The runner as a plan leaves it, without what only GitLab's answer tells. */
export function plannedRunner(input: PlanInput, plan: Plan): Table {
  if (plan.action === 'add') return newBlock(input, undefined);
  const changes = changesFor(input, plan.at).filter((one) => 'at' in one && one.at === plan.at);
  return changedBy(input.present.runners[plan.at]!, changes);
}

const changedBy = (runner: Table, changes: readonly PlannedChange[]): Table =>
  changes.reduce(
    (now, change) =>
      change.do === 'append'
        ? now
        : withValue(now, change.path, change.do === 'set' ? change.value : undefined),
    runner,
  );

function newBlock({ known, template, edits, isWindows }: PlanInput, identity: Identity | undefined): Table {
  const block = blockOf(known.settings, identity, template, isWindows);
  return withEdits(block, edits?.(block) ?? []);
}

function additionFor(input: PlanInput, identity: Identity): PlannedChange[] {
  return [{ do: 'append', block: newBlock(input, identity) }, ...globalChanges(input)];
}

function renewal(identity: Identity, at: number): PlannedChange[] {
  const set = (key: string, value: Value): PlannedChange => ({ do: 'set', at, path: [key], value });
  return Object.entries(identityOf(identity)).map(([key, value]) => set(key, value));
}

function globalChanges(input: PlanInput): PlannedChange[] {
  const { known, present } = input;
  return settingNames.flatMap((name): PlannedChange[] => {
    const path = table[name].global?.split('.');
    const setting = known.settings[name] as SettingValue | undefined;
    if (path === undefined || setting === undefined) return [];
    const value = tomlValue(setting);
    const same = input.equal(['global', ...path], valueAt(present.globals, path), value);
    return same ? [] : [{ do: 'set', at: 'global', path, value }];
  });
}

// An authentication token is the runner; the other kinds make a new one each time, so its name has to serve.
function wantedOf({ known, credential }: PlanInput) {
  const { url = '', description = '', executor } = known.settings;
  if (credential.kind === 'authentication') return { url, token: credential.token };
  return { url, name: description, executor };
}

function alreadyThere({ present }: PlanInput, at: number, url: string): Trouble {
  const name = String(present.runners[at]!.name ?? '');
  return new Trouble(`The runner "${name}" of ${url} is already in config.toml, at position ${at + 1}.`, {
    hint: 'Use --if-registered update to update it, skip to keep it, or add to add a second entry.',
    code: exitCode.failed,
  });
}

// A default is proposed for a new runner and never changes one that exists.
function given({ settings, sources }: Gathered): Settings {
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([name]) => sources.get(name as keyof Settings) !== 'default' && name !== 'url',
    ),
  ) as Settings;
}

const identityKeys = ['name', 'url', 'id', 'token', 'token_obtained_at', 'token_expires_at'];

function* leavesOf(from: Table, path: readonly string[]): Generator<[string[], Value]> {
  for (const [key, value] of Object.entries(from)) {
    if (path.length === 0 && identityKeys.includes(key)) continue;
    if (isTable(value)) yield* leavesOf(value, [...path, key]);
    else yield [[...path, key], value];
  }
}

function cacheToo(volumes: Value, runner: Table, executor: string): Value {
  return addCacheVolume(volumes as Value[], executor, valueAt(runner, ['docker', 'disable_cache']) === true);
}

// gitlab-runner leaves out what is empty, so an absent key equals its zero value.
function isSame(input: PlanInput, path: readonly string[], present: unknown, wanted: unknown): boolean {
  if (present !== undefined) return input.equal(path, present, wanted);
  return wanted === '' || wanted === 0 || wanted === false || (Array.isArray(wanted) && wanted.length === 0);
}

/** The keys of a runner that a new token changes, which GitLab gave out now: the id stays as it is. */
export function tokenKeys(
  { token, expiresAt }: { token: string; expiresAt: string | null },
  now: Date,
): Table {
  const obtainedAt = `${now.toISOString().slice(0, 19)}Z`;
  const { id: _, ...keys } = identityOf({ token, obtainedAt, expiresAt: expiresAt ?? undefined });
  return keys;
}

/** The changes that put a new token with its dates in place of the old one. */
export const renewalOf = (places: readonly RunnerEntry[], keys: Table): Change[] =>
  places.flatMap(({ at }) =>
    Object.entries(keys).map(([key, value]): Change => ({ do: 'set', at, path: [key], value })),
  );
