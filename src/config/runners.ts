import { lastBlock } from './blocks.ts';
import { completeRunner, type Style, writeBlock } from './canonical.ts';
import { ownedFrom } from './comments.ts';
import { insertLines, lineEnd, splice } from './lines.ts';
import { exactKey, makeTable, type Table, type Value, withValue } from './model.ts';
import type { Config } from './read.ts';
import { removeNode } from './remove.ts';
import { type Section, scanStatements, sectionsOf } from './scan.ts';
import { sampled, styleOf } from './style.ts';
import { find, outline } from './tree.ts';
import { put } from './upsert.ts';

/** The part of a text that holds one runner: from its `[[runners]]` line up to the next one's comments. */
interface Window {
  readonly from: number;
  readonly to: number;
  /** Where the header line of the next runner ends, or the text. */
  readonly next: number;
  /** Where the section before it begins. */
  readonly before: number;
}

/** Finds the lines of a runner; undefined when the runners do not stand as `[[...]]` tables. */
export function runnerWindow(text: string, runnersKey: string, at: number): Window | undefined {
  const { sections, heads } = upTo(text, runnersKey, at + 1);
  const first = heads[at];
  if (first === undefined) return undefined;
  const next = heads[at + 1];
  const to = next === undefined ? text.length : nextOwned(text, sections, next);
  return {
    from: sections[first]!.start,
    to,
    next: next === undefined ? to : lineEnd(text, sections[next]!.header!.end),
    before: sections[first - 1]?.start ?? 0,
  };
}

// The sections up to the head of a runner, and which of them are heads.
function upTo(text: string, runnersKey: string, last: number): { sections: Section[]; heads: number[] } {
  const sections: Section[] = [];
  const heads: number[] = [];
  for (const section of sectionsOf(text)) {
    if (isRunner(section, runnersKey)) heads.push(sections.length);
    sections.push(section);
    if (heads.length > last) break;
  }
  return { sections, heads };
}

function isRunner({ header }: Section, runnersKey: string): boolean {
  return header?.kind === 'array' && header.keys.length === 1 && header.keys[0] === runnersKey;
}

function nextOwned(text: string, sections: readonly Section[], next: number): number {
  const last = sections[next - 1]!;
  const end = scanStatements(text, last).at(-1)?.end ?? last.header?.end ?? last.start;
  return ownedFrom(text, sections[next]!.start, lineEnd(text, end), 'header');
}

/** Puts a new block behind everything else, as gitlab-runner would write it, in the layout of the file. */
export function appendRunner(state: State, block: Table): State {
  const { config, text } = state;
  const old = state.root[config.runnersKey];
  const list = Array.isArray(old) ? old : [];
  const runners = [...list, completeRunner(block)];
  const root = withValue(state.root, [config.runnersKey], runners, exactKey);
  const isInline =
    old !== undefined && (list.length === 0 || runnerWindow(text, config.runnersKey, 0) === undefined);
  if (!isInline) return { ...state, root, text: appendBlock(text, block, config.runnersKey) };
  const scope = { text, style: styleOf(text), skip: undefined };
  return { ...state, root, text: put(scope, [config.runnersKey], runners, old) };
}

function appendBlock(text: string, block: Table, runnersKey: string): string {
  const near = lastBlock(text);
  const style = near === undefined ? styleOf(text) : styleOf(near, () => styleOf(text));
  const lines = writeBlock(block, { ...style, newline: '\n' }, runnersKey)
    .trimEnd()
    .split('\n');
  const end = text.trimEnd().length;
  return end === 0
    ? insertLines(text, text.length, lines)
    : insertLines(text, lineEnd(text, end), ['', ...lines]);
}

/** Takes a runner out with all its sub-tables and the comments that belong to it. */
export function removeRunner(state: State, at: number): State {
  const { config, text } = state;
  const key = config.runnersKey;
  const left = (state.root[key] as Value[]).toSpliced(at, 1);
  const window = runnerWindow(text, key, at);
  if (window === undefined) {
    const scope = { text, style: styleOf(text), skip: undefined };
    const root = withValue(state.root, [key], left, exactKey);
    return { ...state, root, text: put(scope, [key, String(at)], undefined) };
  }
  // What follows decides which comments stay.
  const part = outline(text.slice(window.before, window.next));
  const list = find(part.root, [key]).node;
  const isLast = at === left.length;
  const node = list.kind === 'list' ? list.items.at(isLast ? -1 : -2)! : part.root;
  const root = withValue(state.root, [key], left.length === 0 ? undefined : left, exactKey);
  return { ...state, root, text: splice(text, window.before, window.next, removeNode(part, node)) };
}

/** How far the edit has come: the text, and the values it is meant to have. */
export interface State {
  readonly config: Config;
  readonly text: string;
  readonly root: Table;
  /** The layout of the file, where the text is only a part of it. */
  layout?(): Style;
}

/** A text that is cut at its runners, so that each change is made in the lines around its own runner. */
export interface Cut {
  readonly runners: readonly Value[];
  /** Changes one runner: `change` gets a text that holds it alone. */
  change(at: number, change: (part: State) => State): void;
  /** Takes one runner out, with what `removeRunner` takes out around it. */
  remove(at: number): void;
  /** The whole text, as far as the edit has come. */
  text(): string;
  /** The value of the runners then; undefined when nothing of them is left. */
  left(): Value[] | undefined;
}

/** A text cut at the headers of its runners: first what stands above them all, then a piece for each. */
interface Headers {
  readonly config: Config;
  readonly pieces: string[];
  /** The values of the runners, as far as the edit has come. */
  readonly runners: Value[];
  /** The layout of the text as it is now, once somebody has asked for it. */
  style: Style | undefined;
}

/** Cuts a text at its runners; undefined when they do not stand as `[[...]]` tables. */
export function cutAtRunners({ text, root, config }: State): Cut | undefined {
  const list = root[config.runnersKey];
  const runners = Array.isArray(list) ? [...list] : [];
  const pieces = runnerPieces(text, config.runnersKey);
  if (pieces.length !== runners.length + 1) return undefined;
  const cut: Headers = { config, pieces, runners, style: undefined };
  return {
    runners,
    change: (at, change) => changeIn(cut, at, change),
    remove: (at) => removeIn(cut, at),
    text: () => pieces.join(''),
    left: () => (runners.length === 0 ? undefined : runners),
  };
}

/** A text cut at the headers of its runners: first what stands above them all, then a piece for each. */
export function runnerPieces(text: string, runnersKey: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const section of sectionsOf(text)) {
    if (!isRunner(section, runnersKey)) continue;
    pieces.push(text.slice(from, section.start));
    from = section.start;
  }
  return [...pieces, text.slice(from)];
}

function changeIn(cut: Headers, at: number, change: (part: State) => State): void {
  const { pieces, runners } = cut;
  const [text, values] = withNext(cut, at, change, pieces[at + 1]!, [runners[at]!]);
  pieces[at + 1] = text;
  runners[at] = values[0]!;
}

function removeIn(cut: Headers, at: number): void {
  const { pieces, runners } = cut;
  const first = Math.max(at - 1, 0);
  const text = pieces[at]! + pieces[at + 1]!;
  const near = runners.slice(first, at + 2);
  const [left] = withNext(cut, at, (part) => removeRunner(part, at - first), text, near);
  pieces.splice(at, 2, left);
  runners.splice(at, 1);
}

// Whose comments stand between two runners is decided by the header that follows.
function withNext(
  cut: Headers,
  at: number,
  act: (part: State) => State,
  text: string,
  runners: Value[],
): [text: string, runners: Value[]] {
  const { config, pieces } = cut;
  const next = pieces[at + 2] ?? '';
  const header = next.slice(0, lineEnd(next, 0));
  const key = config.runnersKey;
  const layout = () => layoutOf(cut);
  const done = act({ config, text: text + header, root: makeTable({ [key]: runners }), layout });
  if (at + 1 >= pieces.length - shown) cut.style = undefined;
  return [done.text.slice(0, done.text.length - header.length), done.root[key] as Value[]];
}

// The layout is read from the last tables of a text, and each piece but the first has one at least.
const shown = sampled + 1;

function layoutOf(cut: Headers): Style {
  cut.style ??= styleOf(cut.pieces.slice(-shown).join(''));
  return cut.style;
}
