import type { AST } from 'toml-eslint-parser';
import { isComment, ownedFrom } from './comments.ts';
import { lineEnd, lineStart, newlineAt, removeLines, splice } from './lines.ts';
import { firstDifference } from './model.ts';
import { keysOf, parsePlaces, placeValue } from './places.ts';
import { isTable, sameValue, type Table, type Value } from './values.ts';
import { writeKey, writeValue } from './write.ts';

const lead = 'v = ';

/** Rewrites the text of one value so that it holds another one, keeping its style and what did not change. */
export function rewriteValue(text: string, value: Value): string {
  let now = text;
  // Each round makes one change and looks again; a list of n elements needs at most 2n rounds.
  for (let round = 0; round < 20_000; round++) {
    const next = changeOnce(now, open(now), value);
    if (next === now) return now;
    now = next;
  }
  return writeValue(value);
}

/** The value that a text stands for. */
export function readValue(text: string): Value {
  return placeValue(open(text));
}

function open(text: string): AST.TOMLContentNode {
  // Without a line end the parser gives a lone `0` the wrong place.
  return (parsePlaces(`${lead}${text}\n`).body[0] as AST.TOMLKeyValue).value;
}

/** Offsets of a piece inside the value's own text. */
function rangeOf(node: AST.TOMLNode): { from: number; to: number } {
  return { from: node.range[0] - lead.length, to: node.range[1] - lead.length };
}

function changeOnce(text: string, node: AST.TOMLContentNode, value: Value): string {
  const old = placeValue(node);
  if (sameValue(old, value)) return text;
  if (node.type === 'TOMLArray' && Array.isArray(value)) return changeList(text, node, old as Value[], value);
  if (node.type === 'TOMLInlineTable' && isTable(value) && isPlain(node))
    return changeTable(text, node, value);
  const { from, to } = rangeOf(node);
  return splice(text, from, to, inStyleOf(text.slice(from, to), value));
}

/** Writes a string the way its predecessor was quoted, where that can hold it. */
export function inStyleOf(before: string, value: Value): string {
  if (typeof value !== 'string') return writeValue(value);
  if (/^'(?!'')/.test(before) && !/['\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) return `'${value}'`;
  const long =
    /^(?:"""|''')/.test(before) && value.includes('\n') && before.includes('\n') && !before.includes('\r');
  if (!long || /[\u0000-\u0008\u000b-\u001f\u007f]/.test(value)) return writeValue(value);
  if (before.startsWith("'''") && !/'''|'$/.test(value)) return `'''\n${value}'''`;
  return `"""\n${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"""`;
}

const isPlain = (node: AST.TOMLInlineTable) => node.body.every((pair) => pair.key.keys.length === 1);

function changeTable(text: string, node: AST.TOMLInlineTable, value: Table): string {
  for (const [at, pair] of node.body.entries()) {
    const name = keysOf(pair.key)[0]!;
    if (!Object.hasOwn(value, name)) return removePiece(text, node, at);
    const next = changeOnce(text, pair.value, value[name]!);
    if (next !== text) return next;
  }
  const names = new Set(node.body.map((pair) => keysOf(pair.key)[0]!));
  const missing = Object.keys(value).find((name) => !names.has(name))!;
  return insertPiece(text, node, node.body.length, `${writeKey(missing)} = ${writeValue(value[missing]!)}`);
}

function changeList(text: string, node: AST.TOMLArray, old: Value[], value: Value[]): string {
  const { at, what } = firstDifference(old, value);
  if (what === 'remove') return removePiece(text, node, at);
  if (what === 'change') return changeOnce(text, node.elements[at]!, value[at]!);
  const model = node.elements[Math.max(at - 1, 0)] ?? node.elements[0];
  const style = model ? text.slice(rangeOf(model).from, rangeOf(model).to) : '';
  return insertPiece(
    text,
    node,
    at,
    style.startsWith('"""') ? writeValue(value[at]!) : inStyleOf(style, value[at]!),
  );
}

const piecesOf = (node: AST.TOMLArray | AST.TOMLInlineTable): AST.TOMLNode[] =>
  node.type === 'TOMLArray' ? node.elements : node.body;

function insertPiece(
  text: string,
  node: AST.TOMLArray | AST.TOMLInlineTable,
  at: number,
  piece: string,
): string {
  const pieces = piecesOf(node);
  if (pieces.length === 0) return insertFirst(text, rangeOf(node), piece);
  if (at === pieces.length) return insertLast(text, rangeOf(pieces.at(-1)!), piece);
  return insertBefore(text, rangeOf(node), pieces.slice(0, at + 1).map(rangeOf), piece);
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

function removePiece(text: string, node: AST.TOMLArray | AST.TOMLInlineTable, at: number): string {
  const ranges = piecesOf(node).map(rangeOf);
  const { from, to } = ranges[at]!;
  const previous = ranges[at - 1];
  const comma = commaAfter(text, to);
  const end = comma === undefined ? to : comma + 1;
  const alone = standsAlone(text, from, end);
  const shrunk = alone
    ? removeAlone(text, rangeOf(node), previous, from, end)
    : removeFromLine(text, from, end, comma === undefined && previous !== undefined);
  if (comma !== undefined || previous === undefined) return shrunk;
  return dropComma(shrunk, previous.to, alone ? undefined : from);
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
  if (next === after) return splice(text, from, after, '');
  const isFirst = '[{'.includes(text[from - before - 1]!);
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

interface Range {
  readonly from: number;
  readonly to: number;
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
