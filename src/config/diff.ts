import { visible } from '../text/sanitize.ts';
import { type ComparedLine, compareLines } from './compare-lines.ts';
import { secretLines } from './mask.ts';

interface DiffLine {
  readonly sign: ' ' | '+' | '-' | '@';
  readonly text: string;
}

/** Hides the secrets of one line; `isInside` when the line is the inside of a secret that spans several. */
type Mask = (line: string, isInside: boolean) => string;

/** Compares two texts line by line, with three lines around each change; `mask` hides secrets in one line. */
export function diffLines(before: string, after: string, mask: Mask): DiffLine[] {
  if (before === after) return [];
  const { head, left, right } = withoutSameEnds(before, after);
  const inside = { before: secretLines(before), after: secretLines(after) };
  return hunksOf(compareLines(linesOf(left), linesOf(right))).flatMap((hunk) => {
    const at = { before: hunk.before + head, after: hunk.after + head };
    const count = (sign: '+' | '-') => hunk.lines.filter((one) => one.sign !== sign).length;
    const title = `@@ -${range(at.before, count('+'))} +${range(at.after, count('-'))} @@`;
    const lines = hunk.lines.flatMap(({ sign, line }) => {
      const isInside = sign === '-' ? inside.before.has(at.before) : inside.after.has(at.after);
      if (sign !== '+') at.before++;
      if (sign !== '-') at.after++;
      return shownLines(sign, line, (text) => mask(text, isInside));
    });
    return [{ sign: '@' as const, text: title }, ...lines];
  });
}

/** Neighbouring changes with the lines around them, and the numbers (from 1) of the first line in both texts. */
interface Hunk {
  readonly before: number;
  readonly after: number;
  readonly lines: ComparedLine[];
}

function hunksOf(lines: readonly ComparedLine[]): Hunk[] {
  const hunks: Hunk[] = [];
  const at = { before: 1, after: 1 };
  let unchanged: ComparedLine[] = [];
  for (const line of lines) {
    if (line.sign === ' ') unchanged.push(line);
    else {
      open(hunks, unchanged, at).lines.push(line);
      unchanged = [];
    }
    if (line.sign !== '+') at.before++;
    if (line.sign !== '-') at.after++;
  }
  hunks.at(-1)?.lines.push(...unchanged.slice(0, context));
  return hunks;
}

/** The hunk that a change belongs to behind so many unchanged lines: the last one, or one that begins here. */
function open(hunks: Hunk[], unchanged: readonly ComparedLine[], at: Pick<Hunk, 'before' | 'after'>): Hunk {
  const last = hunks.at(-1);
  if (last !== undefined && unchanged.length <= 2 * context) {
    last.lines.push(...unchanged);
    return last;
  }
  last?.lines.push(...unchanged.slice(0, context));
  const lines = unchanged.slice(-context);
  const hunk = { before: at.before - lines.length, after: at.after - lines.length, lines };
  hunks.push(hunk);
  return hunk;
}

// Each with its end, so that a last line without one differs from a line with it.
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

const context = 3;

// The files are large and most changes small: only what differs is compared, with its context.
function withoutSameEnds(before: string, after: string): { head: number; left: string; right: string } {
  const most = Math.min(before.length, after.length);
  let same = 0;
  while (same < most && before.charCodeAt(same) === after.charCodeAt(same)) same++;
  let tail = 0;
  while (tail < most - same && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const from = linesBack(before, same);
  const to = before.length - linesOn(before, before.length - tail);
  const head = before.slice(0, from).split('\n').length - 1;
  return { head, left: before.slice(from, before.length - to), right: after.slice(from, after.length - to) };
}

function linesBack(text: string, at: number): number {
  let start = at;
  for (let lines = 0; lines <= context + 1 && start > 0; lines++)
    start = text.lastIndexOf('\n', start - 2) + 1;
  return start;
}

function linesOn(text: string, at: number): number {
  let end = at;
  for (let lines = 0; lines <= context + 1 && end < text.length; lines++) {
    const found = text.indexOf('\n', end);
    end = found < 0 ? text.length : found + 1;
  }
  return end;
}

function range(start: number, lines: number): string {
  if (lines === 0) return `${start - 1},0`;
  return lines === 1 ? `${start}` : `${start},${lines}`;
}

function shownLines(sign: ComparedLine['sign'], line: string, mask: (line: string) => string): DiffLine[] {
  const shown = { sign, text: visible(mask(line.replace(/\r?\n?$/, ''))) };
  return line.endsWith('\n') ? [shown] : [shown, { sign: '@', text: '\\ No newline at end of file' }];
}
