import type { Style } from './canonical.ts';
import { readValue, rewriteValue } from './inline.ts';
import { insertItem, insertKey } from './insert.ts';
import { splice } from './lines.ts';
import {
  exactKey,
  firstDifference,
  isTable,
  isTables,
  makeTable,
  sameValue,
  type Table,
  type Value,
  valueAt,
  withValueInside,
  wrapped,
} from './model.ts';
import { removeNode } from './remove.ts';
import { find, type ListNode, type Outline, outline, type TableNode, type ValueNode } from './tree.ts';

/** A text in which paths are looked up; sections below `skip` are left out of sight. */
export interface Scope {
  readonly text: string;
  readonly style: Style;
  readonly skip: string | undefined;
}

/** Gives the text in which the value at a path is another one than `old`; `undefined` takes the key away. */
export function put(scope: Scope, path: string[], value: Value | undefined, old?: Value): string {
  const whole = outline(scope.text, scope.skip);
  const { node, rest } = find(whole.root, path);
  if (node.kind === 'value') return putInside(whole, node, rest, value, scope, path);
  if (rest.length > 0) {
    const inline = node.kind === 'table' ? inlineFor(whole, node, rest[0]!) : undefined;
    if (inline) return putInside(whole, inline.node, [...inline.path, ...rest], value, scope, path);
    if (value === undefined || node.kind === 'list') return scope.text;
    return insertKey(whole, node, rest[0]!, wrapped(rest.slice(1), value), scope.style);
  }
  if (value === undefined) return takeAway(scope, whole, node, path);
  if (node.kind === 'table' && isTable(value)) {
    const inline = node.inline ? Object.keys(inlineTable(whole, node.inline)) : [];
    return putTable(scope, [...node.children.keys(), ...inline], path, value, old);
  }
  if (node.kind === 'list' && isTables(value))
    return putItems(scope, path, value, Array.isArray(old) ? old : node.items.map(() => Object.create(null)));
  return put({ ...scope, text: removeNode(whole, node) }, path, value);
}

function putInside(
  whole: Outline,
  node: ValueNode,
  rest: string[],
  value: Value | undefined,
  scope: Scope,
  path: string[],
): string {
  if (rest.length === 0 && value === undefined) return takeAway(scope, whole, node, path);
  const { valueStart, end } = node.statement;
  const old = whole.text.slice(valueStart, end);
  const next = rest.length === 0 ? value! : withValueInside(readValue(old), rest, value, exactKey)!;
  return splice(whole.text, valueStart, end, rewriteValue(old, next));
}

/** The inline table where a key of a table stands or belongs, when it has one. */
function inlineFor(whole: Outline, { inline, section, dotted }: TableNode, key: string): TableNode['inline'] {
  if (inline === undefined || (section === undefined && dotted === undefined)) return inline;
  return Object.hasOwn(inlineTable(whole, inline), key) ? inline : undefined;
}

function inlineTable({ text }: Outline, { node, path }: NonNullable<TableNode['inline']>): Table {
  const { valueStart, end } = node.statement;
  const value = valueAt(readValue(text.slice(valueStart, end)), path, exactKey);
  return isTable(value) ? value : makeTable();
}

function takeAway(
  scope: Scope,
  whole: Outline,
  node: TableNode | ListNode | ValueNode,
  path: string[],
): string {
  const text = removeNode(whole, node);
  const parent = path.slice(0, -1);
  // A table that lived only through this key stays as an empty one.
  const { node: holder, rest } = find(outline(text, scope.skip).root, parent);
  const isGone = rest.length > 0 && holder.kind === 'table';
  const wasItem =
    isGone &&
    rest.length === 1 &&
    /^\d+$/.test(path.at(-1)!) &&
    find(whole.root, parent).node.kind === 'list';
  if (wasItem) return keepParent({ ...scope, text }, parent.slice(0, -1));
  return isGone ? put({ ...scope, text }, parent, Object.create(null)) : text;
}

function keepParent(scope: Scope, path: string[]): string {
  const { rest } = find(outline(scope.text, scope.skip).root, path);
  return rest.length > 0 ? put(scope, path, Object.create(null)) : scope.text;
}

function putTable(
  scope: Scope,
  present: readonly string[],
  path: string[],
  value: Table,
  old: Value | undefined,
): string {
  let text = scope.text;
  const before = isTable(old) ? old : makeTable();
  for (const key of present) {
    if (!Object.hasOwn(value, key)) text = put({ ...scope, text }, [...path, key], undefined);
  }
  for (const key of Object.keys(value))
    text = put({ ...scope, text }, [...path, key], value[key]!, before[key]);
  return text;
}

function putItems(scope: Scope, path: string[], value: Table[], old: Value[]): string {
  const now = [...old];
  let text = scope.text;
  for (let rounds = 0; !sameValue(now, value) && rounds <= old.length + value.length; rounds++) {
    const { at, what } = firstDifference(now, value);
    const item = [...path, String(at)];
    if (what === 'remove') {
      text = put({ ...scope, text }, item, undefined);
      now.splice(at, 1);
    } else {
      text =
        at < now.length
          ? put({ ...scope, text }, item, value[at], now[at])
          : addItem({ ...scope, text }, path, value[at]!);
      now[at] = value[at]!;
    }
  }
  return text;
}

/** Puts one more table behind a list of `[[...]]` tables. */
function addItem(scope: Scope, path: string[], item: Table): string {
  const whole = outline(scope.text, scope.skip);
  const { node } = find(whole.root, path);
  return insertItem(whole, (node as ListNode).items, item, scope.style);
}
