import { isComment, ownedFrom } from './comments.ts';
import { lineEnd, lineStart, newlineAt, removeLines, splice } from './lines.ts';

/** Offsets of a list, an inline table, or one piece of it, in the text of the value. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Puts a piece into a list or inline table, before the piece number `at`, in the style of the others. */
export function insertPiece(text: string, whole: Range, pieces: Range[], at: number, piece: string): string {
  if (pieces.length === 0) return insertFirst(text, whole, piece);
  if (at === pieces.length) return insertLast(text, pieces.at(-1)!, piece);
  return insertBefore(text, whole, pieces.slice(0, at + 1), piece);
}

/** Takes a piece out of a list or inline table, with its comma and, on lines of its own, with its comments. */
export function removePiece(text: string, whole: Range, pieces: Range[], at: number): string {
  const { from, to } = pieces[at]!;
  const previous = pieces[at - 1];
  const comma = commaAfter(text, to);
  const end = comma === undefined ? to : comma + 1;
  const isLast = comma === undefined && previous !== undefined;
  const alone = standsAlone(text, from, end);
  const shrunk = alone
    ? removeAlone(text, whole, previous, from, end)
    : removeFromLine(text, from, end, isLast);
  return isLast ? dropComma(shrunk, previous.to, alone ? undefined : from) : shrunk;
}

function insertFirst(text: string, { from, to }: Range, piece: string): string {
  const inside = text.slice(from + 1, to - 1);
  if (!inside.includes('\n'))
    return splice(text, from + 1, to - 1, inside === '' ? piece : `${inside}${piece} `);
  const below = lineEnd(text, from);
  const next = text.slice(below, lineEnd(text, below));
  const closing = text.slice(lineStart(text, to - 1), to - 1);
  const indent = isComment(next)
    ? /^[ \t]*/.exec(next)![0]
    : `${closing}${closing.includes('\t') ? '\t' : '  '}`;
  return splice(text, below, below, `${indent}${piece},${newlineAt(text, below)}`);
}

function insertLast(text: string, last: Range, piece: string): string {
  const comma = commaAfter(text, last.to);
  const end = comma === undefined ? last.to : comma + 1;
  if (!standsAlone(text, last.from, end)) {
    return comma === undefined
      ? splice(text, last.to, last.to, `, ${piece}`)
      : splice(text, end, end, ` ${piece},`);
  }
  const indent = text.slice(lineStart(text, last.from), last.from);
  const below = lineEnd(text, end);
  const line = `${indent}${piece}${comma === undefined ? '' : ','}${newlineAt(text, below)}`;
  const grown = splice(text, below, below, line);
  return comma === undefined ? splice(grown, last.to, last.to, ',') : grown;
}

function insertBefore(text: string, whole: Range, ranges: Range[], piece: string): string {
  const next = ranges.at(-1)!;
  const previous = ranges.at(-2);
  if (!standsAlone(text, next.from, commaAfter(text, next.to) ?? next.to)) {
    return splice(text, next.from, next.from, `${piece}, `);
  }
  const indent = text.slice(lineStart(text, next.from), next.from);
  const after = previous === undefined ? whole.from + 1 : (commaAfter(text, previous.to) ?? previous.to);
  const below = lineEnd(text, after);
  return splice(text, below, below, `${indent}${piece},${newlineAt(text, below)}`);
}

function removeAlone(
  text: string,
  whole: Range,
  previous: Range | undefined,
  from: number,
  end: number,
): string {
  const before = previous === undefined ? whole.from + 1 : (commaAfter(text, previous.to) ?? previous.to);
  return removeLines(text, ownedFrom(text, from, lineEnd(text, before), 'key'), lineEnd(text, end));
}

function removeFromLine(text: string, from: number, end: number, isLast: boolean): string {
  if (isLast) return splice(text, from, end, '');
  const before = /[ \t]*$/.exec(text.slice(0, from))![0].length;
  const after = end + /^[ \t]*/.exec(text.slice(end))![0].length;
  const next = after + (/^\r?\n[ \t]*/.exec(text.slice(after))?.[0].length ?? 0);
  const isFirst = '[{'.includes(text[from - before - 1]!);
  // Behind the bracket a piece may have the rest of the line for itself, with its comment.
  const own = isFirst ? (/^#[^\r\n]*/.exec(text.slice(after))?.[0].length ?? 0) : 0;
  if (own > 0) return splice(text, from - before, after + own, '');
  if (next === after) return splice(text, from, after, '');
  if (!isFirst) return splice(text, from - before, end, '');
  return splice(text, from, text[next] === '#' ? after : next, '');
}

/** Takes away the comma behind the piece that is the last one now, and the blank space up to `upTo`. */
function dropComma(text: string, after: number, upTo: number | undefined): string {
  const comma = commaAfter(text, after);
  if (comma === undefined) return text;
  const isBlank = (from: number, to: number) => /^\s*$/.test(text.slice(from, to));
  if (upTo === undefined || !isBlank(comma + 1, upTo)) return splice(text, comma, comma + 1, '');
  return splice(text, isBlank(after, comma) ? after : comma, upTo, '');
}

function commaAfter(text: string, at: number): number | undefined {
  const gap = /^(?:\s|#[^\n]*\n)*/.exec(text.slice(at))![0];
  return text[at + gap.length] === ',' ? at + gap.length : undefined;
}

/** Says whether a piece has its lines for itself, apart from its comma and a comment. */
function standsAlone(text: string, from: number, end: number): boolean {
  const start = lineStart(text, from);
  const rest = text.slice(end, lineEnd(text, end));
  return (
    start > 0 &&
    /^[ \t]*$/.test(text.slice(start, from)) &&
    rest.endsWith('\n') &&
    /^[ \t]*(?:#.*)?\r?\n$/.test(rest)
  );
}
