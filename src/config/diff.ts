import { visible } from '../text/sanitize.ts';
import { type ComparedLine, compareLines } from './compare-lines.ts';

export interface DiffLine {
  readonly sign: ' ' | '+' | '-' | '@';
  readonly text: string;
}

/** Gives some lines of a text, counted from 1, with their secrets hidden. */
type Mask = (text: string, lines: { first: number; last: number }) => string[];

/** Compares two texts line by line, with three lines around each change; `mask` hides the secrets in them. */
export function diffLines(before: string, after: string, mask: Mask): DiffLine[] {
  if (before === after) return [];
  const { head, left, right } = withoutSameEnds(before, after);
  const hunks = hunksOf(compareLines(linesOf(left), linesOf(right)));
  const [first, last] = [hunks[0], hunks.at(-1)];
  if (first === undefined || last === undefined) return [];
  // One look at each text: the hunks are near each other, or few.
  const shownOf = (text: string, side: 'before' | 'after') =>
    mask(text, { first: first[side] + head, last: last[side] + head + last.lines.length });
  const shown = { before: shownOf(before, 'before'), after: shownOf(after, 'after') };
  return hunks.flatMap((hunk) => {
    const count = (sign: '+' | '-') => hunk.lines.filter((one) => one.sign !== sign).length;
    const title = `@@ -${range(hunk.before + head, count('+'))} +${range(hunk.after + head, count('-'))} @@`;
    const at = { before: hunk.before - first.before, after: hunk.after - first.after };
    const lines = hunk.lines.flatMap((compared) => {
      const pair = { before: shown.before[at.before] ?? '', after: shown.after[at.after] ?? '' };
      if (compared.sign !== '+') at.before++;
      if (compared.sign !== '-') at.after++;
      return shownLines(compared, pair);
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

function shownLines(
  { sign, line }: ComparedLine,
  { before, after }: Record<'before' | 'after', string>,
): DiffLine[] {
  // Of what both texts have, that is hidden which one of them hides.
  const masked = sign === '-' || (sign === ' ' && before !== line) ? before : after;
  const shown = { sign, text: visible(masked.replace(/\r?\n?$/, '')) };
  return line.endsWith('\n') ? [shown] : [shown, { sign: '@', text: '\\ No newline at end of file' }];
}
