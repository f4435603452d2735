import { type Section, type Statement, scanSections, scanStatements } from './scan.ts';

/** A text cut into sections, and what they define. */
export interface Outline {
  readonly text: string;
  readonly sections: Placed[];
  readonly root: TableNode;
}

/** A section with its statements. */
export interface Placed extends Section {
  readonly statements: Statement[];
  readonly node: TableNode;
}

export type Node = TableNode | ListNode | ValueNode;

/** A table: by its own header, by dotted keys, or only because something below it exists. */
export interface TableNode {
  readonly kind: 'table';
  readonly path: string[];
  /** The path as a header spells it: without the numbers of list items. */
  readonly headerKeys: string[];
  readonly parent: TableNode | undefined;
  readonly children: Map<string, Node>;
  section: Placed | undefined;
  /** The section and the leading keys of the dotted statements that define this table. */
  dotted: { section: Placed; prefix: string[] } | undefined;
  /** The inline table that headers add to, which gitlab-runner reads though TOML forbids it, and the path within. */
  readonly inline: { readonly node: ValueNode; readonly path: string[] } | undefined;
}

/** A list of tables, each with a `[[...]]` header. */
export interface ListNode {
  readonly kind: 'list';
  readonly items: TableNode[];
}

export interface ValueNode {
  readonly kind: 'value';
  readonly statement: Statement;
  readonly section: Placed;
}

/** Reads the outline of valid TOML; sections whose first key `skip` names are left out. */
export function outline(text: string, skip?: string): Outline {
  const root = newTable([], [], undefined);
  const sections: Placed[] = [];
  for (const section of scanSections(text)) {
    if (section.header && section.header.keys[0] === skip) continue;
    const node = section.header ? openHeader(root, section.header.keys, section.header.kind) : root;
    const placed: Placed = { ...section, statements: scanStatements(text, section), node };
    node.section = placed;
    sections.push(placed);
    for (const statement of placed.statements) define(node, statement, placed);
  }
  return { text, sections, root };
}

function newTable(
  path: string[],
  headerKeys: string[],
  parent: TableNode | undefined,
  inline?: TableNode['inline'],
): TableNode {
  return {
    kind: 'table',
    path,
    headerKeys,
    parent,
    children: new Map(),
    section: undefined,
    dotted: undefined,
    inline,
  };
}

function openHeader(root: TableNode, keys: string[], kind: 'table' | 'array'): TableNode {
  const parent = keys.slice(0, -1).reduce(descend, root);
  const last = keys.at(-1)!;
  if (kind === 'table') return descend(parent, last);
  let list = parent.children.get(last);
  if (list?.kind !== 'list') {
    list = { kind: 'list', items: [] };
    parent.children.set(last, list);
  }
  const item = newTable(
    [...parent.path, last, String(list.items.length)],
    [...parent.headerKeys, last],
    parent,
  );
  list.items.push(item);
  return item;
}

function descend(table: TableNode, key: string): TableNode {
  const child = table.children.get(key);
  if (child?.kind === 'table') return child;
  if (child?.kind === 'list') return child.items.at(-1)!;
  const inline =
    child !== undefined
      ? { node: child, path: [] }
      : table.inline && { node: table.inline.node, path: [...table.inline.path, key] };
  const made = newTable([...table.path, key], [...table.headerKeys, key], table, inline);
  table.children.set(key, made);
  return made;
}

function define(home: TableNode, statement: Statement, section: Placed): void {
  let table = home;
  for (const [at, key] of statement.keys.slice(0, -1).entries()) {
    table = descend(table, key);
    table.dotted ??= { section, prefix: statement.keys.slice(0, at + 1) };
  }
  table.children.set(statement.keys.at(-1)!, { kind: 'value', statement, section });
}

/** Goes down a path as far as it exists; `rest` is what is left of it. */
export function find(root: TableNode, path: string[]): { node: Node; rest: string[] } {
  let node: Node = root;
  for (const [at, key] of path.entries()) {
    const next: Node | undefined =
      node.kind === 'table'
        ? node.children.get(key)
        : node.kind === 'list'
          ? node.items[Number(key)]
          : undefined;
    if (next === undefined) return { node, rest: path.slice(at) };
    node = next;
  }
  return { node, rest: [] };
}

/** All sections that define something at or below a node, in the order of the text. */
export function sectionsBelow(node: Node): Placed[] {
  if (node.kind === 'value') return [];
  const below = node.kind === 'list' ? node.items.flatMap(sectionsBelow) : tableSections(node);
  return below.sort((left, right) => left.start - right.start);
}

function tableSections(node: TableNode): Placed[] {
  const below = [...node.children.values()].flatMap(sectionsBelow);
  return node.section ? [node.section, ...below] : below;
}

/** All statements at or below a node that stand in sections of tables above it (dotted keys). */
export function statementsBelow(node: Node): { statement: Statement; section: Placed }[] {
  if (node.kind === 'value') return [{ statement: node.statement, section: node.section }];
  if (node.kind === 'list') return node.items.flatMap(statementsBelow);
  const own = new Set(sectionsBelow(node));
  const inline = node.inline?.path.length === 0 ? [node.inline.node] : [];
  return [...inline, ...node.children.values()]
    .flatMap(statementsBelow)
    .filter(({ section }) => !own.has(section));
}
