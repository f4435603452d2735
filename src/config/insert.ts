import { type Style, writeTable } from './canonical.ts';
import { deeperTo, isComment, ownedFrom, trailingTo } from './comments.ts';
import { keysAt, rankIn } from './keys.ts';
import { indentAt, insertLines, isBlankLine, lineEnd, lineStart } from './lines.ts';
import { isTable, isTables, type Table, type Value } from './model.ts';
import type { Outline, Placed, TableNode } from './tree.ts';
import { sectionsBelow } from './tree.ts';
import { writeByHand, writeKey } from './write.ts';

/** Puts a new key into a table at its canonical place, as a line, as dotted keys or as a table of its own. */
export function insertKey(whole: Outline, table: TableNode, key: string, value: Value, style: Style): string {
  if (table.dotted && !table.section) return insertDotted(whole, table, key, value);
  if (isTable(value)) return insertTable(whole, table, key, [value], 'one', style);
  if (isTables(value)) return insertTable(whole, table, key, value, 'two', style);
  if (table.section === undefined && table.parent) return insertHeader(whole, table, key, value, style);
  return insertStatement(whole, table, key, value, style);
}

/** Puts one more table behind the last one of a list of tables. */
export function insertItem(whole: Outline, items: TableNode[], item: Table, style: Style): string {
  const model = items.at(-1)!;
  const pad = indentAt(whole.text, model.section!.start);
  const at = endOf(whole, sectionsBelow(model).at(-1)!, pad);
  const header = writeTable(model.headerKeys, item, { style, pad, brackets: 'two' });
  const spaced = isSpaced(whole.text, model.section!) || endsInComment(whole.text, at);
  return insertLines(whole.text, at, spaced ? ['', ...header] : header);
}

/** Whether a blank line stands above a section and the comments that belong to it. */
function isSpaced(text: string, section: Placed): boolean {
  const top = ownedFrom(text, section.start, 0, 'header');
  return top > 0 && isBlankLine(text, lineStart(text, top - 1));
}

/** Where a section ends with its comments: all that a header at `pad` put there would otherwise draw to itself. */
function endOf({ text }: Outline, section: Placed, pad: string): number {
  const end = contentEnd(text, section);
  const ceiling = section.end < text.length ? ownedFrom(text, section.end, end, 'header') : section.end;
  const own = section.header ? indentAt(text, section.start) : pad;
  const below = trailingTo(text, end, ceiling);
  return deeperTo(text, below, ceiling, own.length < pad.length ? own : pad);
}

/** Where the last statement of a section ends, or its header; line break included. */
export function contentEnd(text: string, section: Placed): number {
  const last = section.statements.at(-1);
  if (last) return lineEnd(text, last.end);
  return section.header ? lineEnd(text, section.header.end) : section.start;
}

function insertStatement(whole: Outline, table: TableNode, key: string, value: Value, style: Style): string {
  const { text } = whole;
  const section = table.section;
  const line = (model: number | undefined) =>
    `${writeKey(key)}${equalsLike(text, model)}${writeByHand(value)}`;
  const previous = section && predecessor(section, table, key);
  if (previous) {
    return insertLines(text, lineEnd(text, previous.end), [
      indentAt(text, previous.start) + line(previous.start),
    ]);
  }
  const first = section?.statements[0];
  if (section?.header) {
    const indent = first ? indentAt(text, first.start) : indentAt(text, section.start) + style.indent;
    return insertLines(text, lineEnd(text, section.header.end), [indent + line(first?.start)]);
  }
  if (first) return insertAtTop(text, first, line(first.start));
  return insertOnTop(text, [line(undefined)]);
}

// Above the first key there may be the head of the file, which must not become the new key's comment.
function insertAtTop(text: string, first: { start: number; end: number }, line: string): string {
  const above = lineStart(text, first.start);
  const clear = above === 0 || isBlankLine(text, lineStart(text, above - 1));
  return insertLines(text, clear ? above : lineEnd(text, first.end), [line]);
}

function insertOnTop(text: string, lines: string[]): string {
  return text.trim() === '' ? insertLines(text, text.length, lines) : insertLines(text, 0, [...lines, '']);
}

/** Keys of a table that stand as plain statements in its own section, the last one that comes before `key`. */
function predecessor(section: Placed, table: TableNode, key: string) {
  const keys = keysAt(table.path);
  const rank = rankIn(keys, key);
  if (rank === undefined) return keys === 'map' ? sortedPredecessor(section, key) : section.statements.at(-1);
  const ranked = section.statements.map((statement) => ({
    statement,
    rank: rankIn(keys, statement.keys[0]!),
  }));
  const before = ranked.filter((other) => other.rank !== undefined && other.rank < rank);
  const highest = Math.max(...before.map((other) => other.rank!));
  return before.findLast((other) => other.rank === highest)?.statement;
}

function sortedPredecessor(section: Placed, key: string) {
  const names = section.statements.map((statement) => statement.keys.join('.'));
  const sorted = names.every((name, at) => at === 0 || names[at - 1]! < name);
  const at = sorted ? names.findLastIndex((name) => name < key) : names.length - 1;
  return section.statements[at];
}

/** The equals sign with as much space around it as in the statement at `model`. */
function equalsLike(text: string, model: number | undefined): string {
  if (model === undefined) return ' = ';
  return /^[\w-]+=\S/.test(text.slice(model, lineEnd(text, model))) ? '=' : ' = ';
}

function insertDotted(whole: Outline, table: TableNode, key: string, value: Value): string {
  const { section, prefix } = table.dotted!;
  const same = (keys: string[]) =>
    prefix.every((part, at) => keys[at] === part) && keys.length > prefix.length;
  const keys = keysAt(table.path);
  const rank = rankIn(keys, key) ?? Number.POSITIVE_INFINITY;
  const family = section.statements.filter((statement) => same(statement.keys));
  const before = family.filter(({ keys: names }) => (rankIn(keys, names[prefix.length]!) ?? 0) < rank);
  const indent = indentAt(whole.text, family[0]!.start);
  const line = `${indent}${[...prefix, key].map(writeKey).join('.')} = ${writeByHand(value)}`;
  return insertLines(whole.text, lineEnd(whole.text, (before.at(-1) ?? family.at(-1)!).end), [line]);
}

/** A table that only its sub-tables announce gets its own header in front of them. */
function insertHeader(whole: Outline, table: TableNode, key: string, value: Value, style: Style): string {
  const { text } = whole;
  const first = sectionsBelow(table)[0]!;
  const floor = previousEnd(whole, first);
  const at = ownedFrom(text, first.start, floor, 'header');
  const pad = padOf(text, table, style);
  const lines = writeTable(table.headerKeys, { [key]: value } as Table, { style, pad, brackets: 'one' });
  const isSpaced = first.header?.kind === 'array' && at > floor && isBlankLine(text, lineStart(text, at - 1));
  return insertLines(text, isSpaced ? lineStart(text, at - 1) : at, lines);
}

/** The indentation that a header of a table would have below the next header above it. */
function padOf(text: string, table: TableNode, style: Style): string {
  if (table.section) return indentAt(text, table.section.start);
  return table.parent?.parent ? padOf(text, table.parent, style) + style.nest : '';
}

function previousEnd({ text, sections }: Outline, section: Placed): number {
  const previous = sections[sections.indexOf(section) - 1];
  return previous ? contentEnd(text, previous) : 0;
}

function insertTable(
  whole: Outline,
  parent: TableNode,
  key: string,
  items: Table[],
  brackets: 'one' | 'two',
  style: Style,
): string {
  const pad = padBelow(whole, parent, style);
  const blocks = items.map((item) => writeTable([...parent.headerKeys, key], item, { style, pad, brackets }));
  const lines = blocks.flatMap((block, at) => (brackets === 'two' && at > 0 ? ['', ...block] : block));
  const after = sectionBefore(whole, parent, key);
  if (after === undefined || (after.header === undefined && after.statements.length === 0)) {
    return insertOnTop(whole.text, lines);
  }
  const at = endOf(whole, after, pad);
  const wanted = brackets === 'two' || wantsBlank(whole, parent) || endsInComment(whole.text, at);
  // A comment right below would have to be parted, too.
  const spaced = wanted && (endsInComment(whole.text, at) || !startsWithComment(whole.text, at));
  return insertLines(whole.text, at, spaced ? ['', ...lines] : lines);
}

function padBelow({ text, sections }: Outline, parent: TableNode, style: Style): string {
  const sibling = sections.find(({ node }) => node.parent === parent && node !== parent);
  if (sibling) return indentAt(text, sibling.start);
  return parent.parent === undefined ? '' : padOf(text, parent, style) + style.nest;
}

/** The section behind which a new sub-table goes: that of the sub-table before it, else the parent's own. */
function sectionBefore(whole: Outline, parent: TableNode, key: string): Placed | undefined {
  const keys = keysAt(parent.path);
  const rank = rankIn(keys, key);
  const siblings = [...parent.children].flatMap(([name, node]) => {
    const below = sectionsBelow(node);
    return below.length === 0 ? [] : [{ rank: rankIn(keys, name), last: below.at(-1)! }];
  });
  const isBefore = (other: { rank: number | undefined }) =>
    rank === undefined || (other.rank !== undefined && other.rank < rank);
  const before = siblings.filter(isBefore).sort((left, right) => left.last.start - right.last.start);
  if (rank === undefined) return before.at(-1)?.last ?? parent.section ?? siblings.at(-1)?.last;
  const nearest = before.sort((left, right) => (left.rank ?? 0) - (right.rank ?? 0)).at(-1);
  return nearest?.last ?? parent.section ?? siblings.at(-1)?.last ?? whole.sections[0];
}

function wantsBlank({ text, sections }: Outline, parent: TableNode): boolean {
  if (parent.parent === undefined) return true;
  const model = sections.find(
    ({ header, node }) => header?.kind === 'table' && node.path.length > parent.path.length,
  );
  return model !== undefined && isSpaced(text, model);
}

const startsWithComment = (text: string, at: number): boolean => isComment(text.slice(at, lineEnd(text, at)));

function endsInComment(text: string, at: number): boolean {
  return at > 0 && isComment(text.slice(lineStart(text, at - 1), at));
}
