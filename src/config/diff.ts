import { structuredPatch } from 'diff';
import { harmless } from './mask.ts';

export interface DiffLine {
  readonly sign: ' ' | '+' | '-' | '@';
  readonly text: string;
}

/** Compares two texts line by line, with three lines around each change; `mask` hides secrets in one line. */
export function diffLines(before: string, after: string, mask: (line: string) => string): DiffLine[] {
  if (before === after) return [];
  const { head, left, right } = withoutSameEnds(before, after);
  const { hunks } = structuredPatch('', '', left, right, undefined, undefined, { context });
  return hunks.flatMap((hunk) => [
    {
      sign: '@' as const,
      text: `@@ -${range(hunk.oldStart + head, hunk.oldLines)} +${range(hunk.newStart + head, hunk.newLines)} @@`,
    },
    ...hunk.lines.map((line) => diffLine(line, mask)),
  ]);
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
  return { sign, text: harmless(mask(line.slice(1).replace(/\r?\n?$/, ''))) };
}
