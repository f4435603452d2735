import { structuredPatch } from 'diff';
import { harmless } from './mask.ts';

export interface DiffLine {
  readonly sign: ' ' | '+' | '-' | '@';
  readonly text: string;
}

/** Compares two texts line by line, with three lines around each change; `mask` hides secrets in one line. */
export function diffLines(before: string, after: string, mask: (line: string) => string): DiffLine[] {
  const { head, left, right } = withoutSameEnds(splitLines(before), splitLines(after));
  if (left.length === 0 && right.length === 0) return [];
  const { hunks } = structuredPatch('', '', left.join(''), right.join(''), undefined, undefined, { context });
  return hunks.flatMap((hunk) => [
    {
      sign: '@' as const,
      text: `@@ -${range(hunk.oldStart + head, hunk.oldLines)} +${range(hunk.newStart + head, hunk.newLines)} @@`,
    },
    ...hunk.lines.map((line) => diffLine(line, mask)),
  ]);
}

const context = 3;

function splitLines(text: string): string[] {
  const lines = text.split(/(?<=\n)/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

// The files are large and the changes small: only what differs goes to the package, with its context.
function withoutSameEnds(left: string[], right: string[]) {
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head++;
  if (head === left.length && head === right.length) return { head, left: [], right: [] };
  let tail = 0;
  const most = Math.min(left.length, right.length) - head;
  while (tail < most && left.at(-1 - tail) === right.at(-1 - tail)) tail++;
  const skip = Math.max(head - context, 0);
  const cut = (lines: string[]) => lines.slice(skip, Math.min(lines.length, lines.length - tail + context));
  return { head: skip, left: cut(left), right: cut(right) };
}

function range(start: number, lines: number): string {
  return lines === 1 ? `${start}` : `${start},${lines}`;
}

function diffLine(line: string, mask: (line: string) => string): DiffLine {
  const sign = line[0] as '+' | '-' | ' ' | '\\';
  if (sign === '\\') return { sign: '@', text: line };
  return { sign, text: harmless(mask(line.slice(1).replace(/\r?\n?$/, ''))) };
}
