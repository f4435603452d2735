import { type AST, parseTOML } from 'toml-eslint-parser';
import { isTable, makeTable, type Table, type Value } from './model.ts';
import { SyntaxFault } from './parse.ts';
import { keysOf, placesValues, placeValue } from './places.ts';
import { scanStatements, sectionsOf } from './scan.ts';

/** The values of a text, and the place where it defines a table a second time, which TOML forbids and gitlab-runner reads. */
export interface Reading {
  readonly root: Table;
  readonly redefined?: SyntaxFault;
}

/**
 * Reads the values of a text with LF line ends by the second parser; where TOML 1.0 forbids what gitlab-runner reads all
 * the same, as gitlab-runner does. SyntaxFault when neither can read it.
 */
export function readAgain(text: string): Reading {
  try {
    return { root: placesValues(text) };
  } catch (fault) {
    const root = fault instanceof SyntaxFault ? valuesInGo(text, '1.0') : undefined;
    if (root === undefined) throw fault;
    return { root, redefined: fault as SyntaxFault };
  }
}

/**
 * The values of a text as BurntSushi/toml reads it, which lets dotted keys and inline tables be extended later; nothing
 * when it refuses the text.
 */
export function valuesInGo(text: string, tomlVersion: '1.0' | '1.1'): Table | undefined {
  try {
    const mapping = new Mapping();
    for (const piece of piecesOf(text))
      for (const node of parseTOML(piece, { tomlVersion }).body[0].body) mapping.take(node);
    return mapping.root;
  } catch {
    return undefined;
  }
}

/** The headers and statements of a text, each with the lines up to the next; throws where two share a line. */
function* piecesOf(text: string): Generator<string> {
  let from = 0;
  for (const section of sectionsOf(text)) {
    const starts = scanStatements(text, section).map(({ start }) => start);
    for (const start of section.header ? [section.header.start, ...starts] : starts) {
      const at = text.lastIndexOf('\n', start - 1) + 1;
      if (text.slice(at, start).trim() !== '') throw new Error('two on one line');
      yield text.slice(from, at);
      from = at;
    }
  }
  yield text.slice(from);
}

/** What has been read so far: a translation of the parser of BurntSushi/toml 1.6.0 (parse.go), with its leniency. */
class Mapping {
  readonly root = makeTable();
  /** Tables that another definition may still claim, by their paths without numbers. */
  readonly #implicit = new Set<string>();
  /** Where a list stands as a value. */
  readonly #lists = new Set<string>();
  /** Lists made of `[[...]]` headers, or of inline tables as long as they are read. */
  readonly #ofTables = new WeakSet<Value[]>();
  #context: string[] = [];

  take(node: AST.TOMLKeyValue | AST.TOMLTable): void {
    const keys = keysOf(node.key);
    if (node.type === 'TOMLKeyValue') {
      this.#assign(keys, node.value);
      return;
    }
    this.#open(keys, node.kind === 'array');
    this.#lists.delete(nameOf(this.#context));
  }

  #assign(keys: string[], node: AST.TOMLContentNode): Value {
    const outer = this.#context;
    const last = keys.pop()!;
    for (const key of keys) this.#openImplicitly([...this.#context, key]);
    const value = this.#valueOf(last, node, false);
    this.#set(last, value);
    const name = nameOf([...this.#context, last]);
    if (node.type === 'TOMLArray') this.#lists.add(name);
    else this.#lists.delete(name);
    this.#context = outer;
    return value;
  }

  #valueOf(key: string, node: AST.TOMLContentNode, isItem: boolean): Value {
    if (node.type === 'TOMLInlineTable') return this.#inline(key, node, isItem);
    if (node.type !== 'TOMLArray') return placeValue(node);
    this.#lists.add(nameOf([...this.#context, key]));
    return node.elements.map((item) => this.#valueOf(key, item, true));
  }

  #inline(key: string, node: AST.TOMLInlineTable, isItem: boolean): Table {
    const outer = this.#context;
    const here = [...outer, key];
    const own = makeTable();
    this.#implicit.add(nameOf(here));
    this.#open(here, isItem);
    for (const pair of node.body) {
      const keys = keysOf(pair.key);
      const table = keys.slice(0, -1).reduce(stepInto, own);
      table[keys.at(-1)!] = this.#assign([...keys], pair.value);
      this.#context = here;
    }
    this.#context = outer;
    return own;
  }

  #openImplicitly(path: string[]): void {
    this.#implicit.add(nameOf(path));
    this.#open(path, false);
  }

  #open(path: string[], isList: boolean): void {
    const above = path.slice(0, -1);
    const last = path.at(-1)!;
    const table = above.reduce((here, key, at) => {
      if (!Object.hasOwn(here, key)) {
        this.#implicit.add(nameOf(above.slice(0, at + 1)));
        here[key] = makeTable();
      }
      return this.#tableOf(here[key]!);
    }, this.root);
    this.#context = above;
    if (isList) this.#listIn(table, last).push(makeTable());
    else this.#set(last, makeTable());
    this.#context = path;
  }

  #listIn(table: Table, key: string): Value[] {
    if (!Object.hasOwn(table, key)) {
      const list: Value[] = [];
      this.#ofTables.add(list);
      table[key] = list;
    }
    const list = table[key]!;
    if (Array.isArray(list) && this.#ofTables.has(list)) return list;
    throw new Error('no list of tables');
  }

  #tableOf(value: Value): Table {
    const table = Array.isArray(value) && this.#ofTables.has(value) ? value.at(-1)! : value;
    if (isTable(table)) return table;
    throw new Error('no table');
  }

  #set(key: string, value: Value): void {
    const table = this.#context.reduce((here, name) => this.#tableOf(here[name]!), this.root);
    const name = nameOf([...this.#context, key]);
    const isThere = Object.hasOwn(table, key);
    if (isThere && !this.#implicit.delete(name)) throw new Error('defined before');
    if (!isThere || this.#lists.has(name)) table[key] = value;
  }
}

const nameOf = (path: readonly string[]): string => JSON.stringify(path);

function stepInto(table: Table, key: string): Table {
  table[key] ??= makeTable();
  const next = table[key];
  if (isTable(next)) return next;
  throw new Error('no table');
}
