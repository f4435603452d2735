import type { AST } from 'toml-eslint-parser';
import { makeTable, type Value } from './model.ts';
import { parsePlaces } from './places.ts';
import { type Cut, removeRunner, type State } from './runners.ts';
import { find, outline } from './tree.ts';
import { writeKey } from './write.ts';

/**
 * Cuts a text at its runners where they stand as one list of inline tables, `runners = [{ … }]`; undefined when they do
 * not. Each change then reads the lines of one runner instead of the whole list.
 */
export function cutInList(state: State): Cut | undefined {
  const { config, text, root } = state;
  const key = config.runnersKey;
  const list = root[key];
  const { node, rest } = find(outline(text, key).root, [key]);
  if (!Array.isArray(list) || node.kind !== 'value' || rest.length > 0) return undefined;
  const { valueStart, end } = node.statement;
  const starts = startsIn(text.slice(valueStart, end)).map((start) => valueStart + start);
  if (starts.length !== list.length) return undefined;
  // First what stands behind the bracket, then each runner with all that follows up to the next one.
  const bounds = [valueStart + 1, ...starts, end - 1];
  const pieces = bounds.slice(1).map((to, at) => text.slice(bounds[at], to));
  const runners = [...list];
  return {
    runners,
    change: (at, change) => changeIn(state, pieces, runners, at, change),
    remove: (at) => removeIn(state, pieces, runners, at),
    text: () => `${text.slice(0, valueStart)}[${pieces.join('')}]${text.slice(end)}`,
    left: () => runners,
  };
}

function startsIn(list: string): number[] {
  const lead = 'v = ';
  const { value } = parsePlaces(`${lead}${list}\n`).body[0] as AST.TOMLKeyValue;
  return value.type === 'TOMLArray' ? value.elements.map(({ range }) => range[0] - lead.length) : [];
}

function changeIn(
  state: State,
  pieces: string[],
  runners: Value[],
  at: number,
  change: (part: State) => State,
): void {
  const done = within(state, pieces[at + 1]!, [runners[at]!], change);
  pieces[at + 1] = done.text;
  runners[at] = done.runners[0]!;
}

// Which comma and which comments go is decided by the runners on both sides.
function removeIn(state: State, pieces: string[], runners: Value[], at: number): void {
  const next = pieces[at + 2] ?? '';
  const first = Math.max(at - 1, 0);
  const near = runners.slice(first, at + 2);
  const inner = pieces[at]! + pieces[at + 1]! + next;
  const done = within(state, inner, near, (part) => removeRunner(part, at - first));
  pieces.splice(at, 2, done.text.slice(0, done.text.length - next.length));
  runners.splice(at, 1);
}

// Makes a change in a text that holds some of the runners only.
function within(
  { config }: State,
  inner: string,
  runners: Value[],
  act: (part: State) => State,
): { readonly text: string; readonly runners: Value[] } {
  const key = config.runnersKey;
  const [open, close] = [`${writeKey(key)} = [`, ']\n'];
  const done = act({ config, text: open + inner + close, root: makeTable({ [key]: runners }) });
  return { text: done.text.slice(open.length, -close.length), runners: done.root[key] as Value[] };
}
