import { Trouble } from '../errors.ts';
import { keyOf, keysAt, knownName, spelled } from './keys.ts';
import { splice } from './lines.ts';
import {
  adopt,
  type Change,
  dottedPath,
  exactKey,
  hasItem,
  isTable,
  isTables,
  type PathChange,
  readDate,
  sameValue,
  type Table,
  type Value,
  valueAt,
  withAdded,
  withoutValues,
  withValue,
} from './model.ts';
import type { Config } from './read.ts';
import { cutInList } from './runner-list.ts';
import { appendRunner, cutAtRunners, removeRunner, runnerWindow, type State } from './runners.ts';
import { styleOf } from './style.ts';
import { find, outline } from './tree.ts';
import { put, type Scope } from './upsert.ts';
import { judge, keepsComments } from './verify.ts';

/**
 * Gives the text of config.toml after the changes, in their order; the same text when they change nothing.
 * Trouble when a change makes no sense for this file, or when the result is not exactly what was asked for.
 */
export function editConfig(config: Config, changes: Change[]): string {
  const mark = config.text.startsWith('\ufeff') ? '\ufeff' : '';
  let state: State = { config, text: config.text.slice(mark.length), root: config.root };
  for (const some of runsOf(changes))
    state = some.length === 1 ? apply(state, some[0]!) : applyAll(state, some);
  const text = mark + state.text;
  if (text !== config.text) judge(config, text, state.root, changes);
  return text;
}

// Changes of runners that follow each other are one run, everything else stands alone.
function runsOf(changes: readonly Change[]): Change[][] {
  const runs: Change[][] = [];
  let isOpen = false;
  for (const change of changes) {
    if (isOpen && isOfRunner(change)) runs.at(-1)!.push(change);
    else runs.push([change]);
    isOpen = isOfRunner(change);
  }
  return runs;
}

type RunnerChange = Exclude<Change, { do: 'append' }> & { readonly at: number };

const isOfRunner = (change: Change): change is RunnerChange =>
  change.do !== 'append' && change.at !== 'global';

// For one change the text is looked at up to its runner; for many it is cut at the runners once, and each change is
// made in the lines around its own.
function applyAll(state: State, changes: readonly Change[]): State {
  const key = state.config.runnersKey;
  const cut = cutAtRunners(state) ?? cutInList(state);
  if (cut === undefined) return changes.reduce(apply, state);
  for (const change of changes.filter(isOfRunner)) {
    const at = indexIn(state.config.file, cut.runners, change.at);
    if (change.do === 'remove-runner') cut.remove(at);
    else cut.change(at, (part) => applyAt(part, change, 0));
  }
  return { ...state, text: cut.text(), root: withValue(state.root, [key], cut.left(), exactKey) };
}

function apply(state: State, change: Change): State {
  if (change.do === 'append') return appendRunner(state, change.block);
  if (change.do === 'remove-runner') return removeRunner(state, runnerIndex(state, change.at));
  return applyAt(state, change, change.at);
}

/** Makes a change at a runner of the state, or at its top; the change itself may count runners otherwise. */
function applyAt(state: State, change: PathChange, at: 'global' | number): State {
  const path = pathOf(state, change.path, at);
  const old = valueAt(state.root, path, exactKey);
  const part = partOf(state, path);
  const value = emptied(part, change, old, valueAfter(state.root, path, change));
  if (sameValue(value, old)) return state;
  const changed = put(part.scope, part.path, value, old);
  keepsComments(state.config, change, value, part.scope.text, changed);
  const root = withValue(state.root, path, value, exactKey);
  return { ...state, root, text: splice(state.text, part.from, part.to, changed) };
}

function pathOf(state: State, below: readonly string[], at: 'global' | number): string[] {
  if (below.length === 0) throw new Trouble('No key was given');
  const { config, root } = state;
  const top = at === 'global' ? [] : [config.runnersKey, String(runnerIndex(state, at))];
  const path = spelled(root, [...top, ...below]);
  checkPath(config.file, root, path);
  return path;
}

function runnerIndex({ config, root }: State, at: number): number {
  const runners = root[config.runnersKey];
  return indexIn(config.file, Array.isArray(runners) ? runners : [], at);
}

function indexIn(file: string, { length }: readonly Value[], at: number): number {
  if (at >= 0 && at < length) return at;
  throw new Trouble(`${file} has no runner number ${at + 1}`, { why: `It has ${length}.` });
}

/** The part of the text that a path lies in, and the path within it. */
interface Part {
  readonly scope: Scope;
  readonly path: string[];
  readonly from: number;
  readonly to: number;
}

// Of thousands of runners only the lines of the one that changes are looked at closely.
function partOf({ config, text, layout = () => styleOf(text) }: State, path: string[]): Part {
  const key = config.runnersKey;
  const window = path[0] === key ? runnerWindow(text, key, Number(path[1])) : undefined;
  if (window === undefined) {
    const scope = { text, style: layout(), skip: path[0] === key ? undefined : key };
    return { scope, path, from: 0, to: text.length };
  }
  const part = text.slice(window.from, window.to);
  const scope = { text: part, style: styleOf(part, layout), skip: undefined };
  return { ...window, scope, path: [key, '0', ...path.slice(2)] };
}

// Tables in a list have a header each: without any of them nothing is left that could say "empty".
function emptied(
  { scope, path }: Part,
  change: PathChange,
  old: Value | undefined,
  value: Value | undefined,
) {
  const isEmptied = change.do === 'remove' && isTables(old) && Array.isArray(value) && value.length === 0;
  return isEmptied && find(outline(scope.text, scope.skip).root, path).node.kind === 'list'
    ? undefined
    : value;
}

/** The value that a path, spelled as in the file, is to have after a change; undefined when the key is to go. */
function valueAfter(root: Table, path: string[], change: PathChange): Value | undefined {
  if (change.do === 'set') return fitting(adopt(change.value), path);
  if (change.do === 'unset') return undefined;
  const old = valueAt(root, path, exactKey);
  const values = change.values.map(adopt);
  const list = listOf(old, path);
  if (change.do === 'add') return values.length === 0 ? old : withAdded(list, values);
  if (old === undefined) return undefined;
  const left = withoutValues(list, values);
  return left.length === list.length ? old : left;
}

/** Trouble when a path cannot be gone, because something on the way is no table. */
function checkPath(file: string, root: Table, path: string[]): void {
  for (let length = 1; length < path.length; length++) {
    const value = valueAt(root, path.slice(0, length), exactKey);
    if (value === undefined) return;
    if (!isTable(value) && !(Array.isArray(value) && hasItem(value, path[length]!)))
      throw noWay(file, path, length, value);
  }
}

function noWay(file: string, path: string[], length: number, value: Value): Trouble {
  const why = Array.isArray(value) ? `It is a list of ${value.length}.` : 'It is a value, not a table.';
  return new Trouble(`${file}: ${dottedPath(path.slice(0, length))} cannot contain "${path[length]}"`, {
    why,
  });
}

// A date given as a word is still a date where gitlab-runner keeps one.
function fitting(value: Value, path: string[]): Value {
  const isDate = typeof value === 'string' && typeAt(path) === 'datetime';
  return isDate ? (readDate(value) ?? value) : value;
}

function typeAt(path: string[]): string | undefined {
  const keys = keysAt(path.slice(0, -1));
  const name = typeof keys === 'object' ? knownName(keys, path.at(-1)!) : undefined;
  const what = name === undefined || typeof keys !== 'object' ? undefined : keyOf(keys, name);
  return what?.kind === 'value' ? what.type : undefined;
}

// A single word where gitlab-runner takes a list too counts as a list of one.
function listOf(old: Value | undefined, path: string[]): Value[] {
  if (old === undefined) return [];
  if (Array.isArray(old)) return old;
  if (typeof old === 'string' && typeAt(path) === 'policies') return old === '' ? [] : [old];
  throw new Trouble(`${dottedPath(path)} is not a list, so nothing can be added or removed`);
}
