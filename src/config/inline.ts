import type { AST } from 'toml-eslint-parser';
import { splice } from './lines.ts';
import { firstDifference, isTable, sameValue, type Table, type Value } from './model.ts';
import { insertPiece, type Range, removePiece } from './pieces.ts';
import { keysOf, parsePlaces, placeValue } from './places.ts';
import { writeByHand, writeKey, writeValue } from './write.ts';

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
function rangeOf(node: AST.TOMLNode): Range {
  return { from: node.range[0] - lead.length, to: node.range[1] - lead.length };
}

const piecesOf = (node: AST.TOMLArray | AST.TOMLInlineTable): Range[] =>
  (node.type === 'TOMLArray' ? node.elements : node.body).map(rangeOf);

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
function inStyleOf(before: string, value: Value): string {
  if (typeof value !== 'string') return writeValue(value);
  if (/^'(?!'')/.test(before) && !/['\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) return `'${value}'`;
  const [quotes, newline] = /^(?:"""|''')(\n?)/.exec(before) ?? [];
  const isAlike = value.includes('\n') === before.includes('\n') && !before.includes('\r');
  if (quotes === undefined || !isAlike || /[\u0000-\u0008\u000b-\u001f\u007f]/.test(value))
    return writeByHand(value);
  // The line end right behind the quotes is no part of the text.
  const lead = newline === '\n' || value.startsWith('\n') ? '\n' : '';
  if (quotes.startsWith("'''") && !/'''|'$/.test(value)) return `'''${lead}${value}'''`;
  return `"""${lead}${value.replaceAll('\\', '\\\\').replace(/"(?=""|$)/g, '\\"')}"""`;
}

const isPlain = (node: AST.TOMLInlineTable) => node.body.every((pair) => pair.key.keys.length === 1);

function changeTable(text: string, node: AST.TOMLInlineTable, value: Table): string {
  for (const [at, pair] of node.body.entries()) {
    const name = keysOf(pair.key)[0]!;
    if (!Object.hasOwn(value, name)) return removePiece(text, rangeOf(node), piecesOf(node), at);
    const next = changeOnce(text, pair.value, value[name]!);
    if (next !== text) return next;
  }
  const names = new Set(node.body.map((pair) => keysOf(pair.key)[0]!));
  const missing = Object.keys(value).find((name) => !names.has(name))!;
  return insertPiece(
    text,
    rangeOf(node),
    piecesOf(node),
    node.body.length,
    `${writeKey(missing)} = ${writeValue(value[missing]!)}`,
  );
}

function changeList(text: string, node: AST.TOMLArray, old: Value[], value: Value[]): string {
  const { at, what } = firstDifference(old, value);
  if (what === 'remove') return removePiece(text, rangeOf(node), piecesOf(node), at);
  if (what === 'change') return changeOnce(text, node.elements[at]!, value[at]!);
  const model = node.elements[Math.max(at - 1, 0)] ?? node.elements[0];
  const style = model ? text.slice(rangeOf(model).from, rangeOf(model).to) : '';
  return insertPiece(
    text,
    rangeOf(node),
    piecesOf(node),
    at,
    style.startsWith('"""') ? writeValue(value[at]!) : inStyleOf(style, value[at]!),
  );
}
