import { structuredPatch } from 'diff';
import { visible } from '../text/sanitize.ts';
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
  const { hunks } = structuredPatch('', '', left, right, undefined, undefined, { context });
  const inside = { before: secretLines(before), after: secretLines(after) };
  return hunks.flatMap((hunk) => {
    const [oldStart, newStart] = [hunk.oldStart + head, hunk.newStart + head];
    const title = `@@ -${range(oldStart, hunk.oldLines)} +${range(newStart, hunk.newLines)} @@`;
    const at = { before: oldStart, after: newStart };
    const lines = hunk.lines.map((line) => {
      const isInside = line[0] === '-' ? inside.before.has(at.before) : inside.after.has(at.after);
      if (line[0] === '-' || line[0] === ' ') at.before++;
      if (line[0] === '+' || line[0] === ' ') at.after++;
      return diffLine(line, (text) => mask(text, isInside));
    });
    return [{ sign: '@' as const, text: title }, ...lines];
  });
}

const context = 3;

// The files are large and the changes small: only what differs goes to the package, with its context.
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

function diffLine(line: string, mask: (line: string) => string): DiffLine {
  const sign = line[0] as '+' | '-' | ' ' | '\\';
  if (sign === '\\') return { sign: '@', text: line };
  return { sign, text: visible(mask(line.slice(1).replace(/\r?\n?$/, ''))) };
}
