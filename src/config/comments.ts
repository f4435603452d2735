import { indentAt, isBlankLine, lineEnd, lineStart } from './lines.ts';

/**
 * Finds where the comments that belong to a key or header begin: those right above it, down to `floor`, where the
 * thing before it ends. Settings that are commented out belong to nobody, and neither does the head of a file.
 */
export function ownedFrom(text: string, at: number, floor: number, what: 'key' | 'header'): number {
  const target = lineStart(text, at);
  const run = commentsAbove(text, target, floor);
  const first = run[0];
  if (first === undefined) return target;
  const paragraph = first.start === 0 || (first.start > floor && !/\S/.test(lineAt(text, first.start - 1)));
  if (what === 'key' && text.slice(0, first.start).trim() === '') return target;
  if (paragraph && !isCode(first.text) && !run.some((line) => isHeaderCode(line.text))) return first.start;
  return suffixStart(text, run, target, paragraph);
}

/** Finds where the comments end that stand right below a thing without a blank line between. */
export function trailingTo(text: string, end: number, ceiling: number, indent = ''): number {
  let at = end;
  while (at < ceiling && isComment(lineAt(text, at)) && indentAt(text, at).length >= indent.length)
    at = lineEnd(text, at);
  return Math.min(at, ceiling);
}

/** Finds where the comments end that stand deeper than `indent`, blank lines between them or not. */
export function deeperTo(text: string, end: number, ceiling: number, indent: string): number {
  let reached = end;
  for (let at = end; at < ceiling; at = lineEnd(text, at)) {
    const line = lineAt(text, at);
    if (!/\S/.test(line)) continue;
    if (!isComment(line) || indentAt(text, at).length <= indent.length) break;
    reached = lineEnd(text, at);
  }
  return Math.min(reached, ceiling);
}

/**
 * Finds where the comments end that go with a block when it is removed: those that are indented like what is in it.
 * All others belong to what follows. In a block without indentation those right below are its own where a blank line
 * parts them from what follows.
 */
export function innerTo(
  text: string,
  end: number,
  ceiling: number,
  { indent, isFlat }: { indent: string; isFlat: boolean },
): number {
  const below = isFlat ? trailingTo(text, end, ceiling, indent) : end;
  const isParted =
    isBlankLine(text, below) && /\S/.test(text.slice(below)) && !headerCode.test(text.slice(end, below));
  return deeperTo(text, isParted ? below : end, ceiling, indent);
}

/** Says whether a line holds a comment and nothing else. */
export function isComment(line: string): boolean {
  return /^[ \t]*#/.test(line);
}

interface Line {
  readonly start: number;
  readonly text: string;
}

function commentsAbove(text: string, target: number, floor: number): Line[] {
  const run: Line[] = [];
  let at = target;
  while (at > floor) {
    const start = lineStart(text, at - 1);
    const line = lineAt(text, start);
    if (start < floor || !isComment(line)) break;
    run.unshift({ start, text: line });
    at = start;
  }
  return run;
}

function suffixStart(text: string, run: Line[], target: number, paragraph: boolean): number {
  const deepest = indentAt(text, target).length;
  let start = target;
  for (const line of run.toReversed()) {
    if (isCode(line.text) || (!paragraph && indentAt(text, line.start).length > deepest)) break;
    start = line.start;
  }
  return start;
}

function isCode(line: string): boolean {
  return isHeaderCode(line) || settingCode.test(line) || itemCode.test(line);
}

function isHeaderCode(line: string): boolean {
  return headerCode.test(line);
}

const headerCode = /^\s*#[#\s]*\[{1,2}[\w.\s"'-]+\]{1,2}\s*(?:#.*)?$/m;

const itemCode = /^\s*#[#\s]*(?:"[^"]*"|'[^']*')\s*,?\s*$/;

const settingCode =
  /^\s*#[#\s]*[\w."'-]+\s*=\s*(?:"[^"]*"|'[^']*'|\[.*|\{.*|"""|true|false|[+-]?[\d._:TZ+-]+)\s*,?\s*(?:#.*)?$/;

function lineAt(text: string, start: number): string {
  return text.slice(lineStart(text, start), lineEnd(text, start)).replace(/\r?\n$/, '');
}
