import { Trouble } from '../errors.ts';
import { type Change, checkPath, type PathChange, valueAfter } from './change.ts';
import { judge, keepsComments } from './judge.ts';
import { splice } from './lines.ts';
import { valueAt, withValue } from './model.ts';
import { spelled } from './order.ts';
import { put, type Scope } from './put.ts';
import type { Config } from './read.ts';
import { appendRunner, removeRunner, runnerWindow } from './runners.ts';
import { styleOf } from './style.ts';
import { sameValue, type Table, type Value } from './values.ts';

export type { Change } from './change.ts';

/**
 * Gives the text of config.toml after the changes, in their order; the same text when they change nothing.
 * Trouble when a change makes no sense for this file, or when the result is not exactly what was asked for.
 */
export function editConfig(config: Config, changes: Change[]): string {
  const mark = config.text.startsWith('\ufeff') ? '\ufeff' : '';
  let state: State = { config, text: config.text.slice(mark.length), root: config.root };
  for (const change of changes) state = apply(state, change);
  const text = mark + state.text;
  if (text !== config.text) judge(config, text, state.root, changes);
  return text;
}

/** How far the edit has come: the text, and the values it is meant to have. */
export interface State {
  readonly config: Config;
  readonly text: string;
  readonly root: Table;
}

function apply(state: State, change: Change): State {
  if (change.do === 'append') return appendRunner(state, change.block);
  if (change.do === 'remove-runner') return removeRunner(state, runnerIndex(state, change.at));
  const wish = wishOf(state, change);
  if (sameValue(wish.value, wish.old)) return state;
  const root = withValue(state.root, wish.path, wish.value) as Table;
  const text = change.at === 'global' ? putGlobal(state, wish) : putRunner(state, change.at, wish);
  return { ...state, text, root };
}

interface Wish {
  readonly path: string[];
  readonly value: Value | undefined;
  readonly old: Value | undefined;
}

function wishOf({ config, root, text }: State, change: PathChange): Wish {
  if (change.path.length === 0) throw new Trouble('No key was named');
  const state = { config, root, text };
  const top = change.at === 'global' ? [] : [config.runnersKey, String(runnerIndex(state, change.at))];
  const path = spelled(root, [...top, ...change.path]);
  checkPath(config.file, root, path);
  return { path, value: valueAfter(root, path, change), old: valueAt(root, path) };
}

function runnerIndex({ config, root }: State, at: number): number {
  const runners = root[config.runnersKey];
  const count = Array.isArray(runners) ? runners.length : 0;
  if (at >= 0 && at < count) return at;
  throw new Trouble(`${config.file} has no runner number ${at + 1}`, { why: `It holds ${count}.` });
}

function putGlobal({ config, text }: State, wish: Wish): string {
  return putChecked(config, { text, style: styleOf(text), skip: config.runnersKey }, wish);
}

// Only the lines of the runner are looked at closely: a file may hold thousands of them.
function putRunner({ config, text }: State, at: number, wish: Wish): string {
  const window = runnerWindow(text, config.runnersKey, at);
  if (window === undefined) return putChecked(config, { text, style: styleOf(text), skip: undefined }, wish);
  const part = text.slice(window.from, window.to);
  const scope = { text: part, style: styleOf(part, styleOf(text)), skip: undefined };
  const path = [config.runnersKey, '0', ...wish.path.slice(2)];
  return splice(text, window.from, window.to, putChecked(config, scope, { ...wish, path }));
}

function putChecked(config: Config, scope: Scope, { path, value, old }: Wish): string {
  const text = put(scope, path, value, old);
  keepsComments(config, scope.text, text, path, value);
  return text;
}
