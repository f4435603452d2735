import { lastBlock } from './blocks.ts';
import { completeRunner, writeBlock } from './canonical.ts';
import { ownedFrom } from './comments.ts';
import { insertLines, lineEnd, splice } from './lines.ts';
import { exactKey, type Table, type Value, withValue } from './model.ts';
import type { Config } from './read.ts';
import { removeNode } from './remove.ts';
import { type Section, scanStatements, sectionsOf } from './scan.ts';
import { styleOf } from './style.ts';
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
}
