import { isCalendarDate } from '../text/rfc3339.ts';
import { DateTime, inherited, isTable, makeTable, type Table, type Value } from './model.ts';
import { skipSpace, skipValue } from './scan.ts';

/**
 * Reads a TOML text line by line, in a fraction of the time that a parser takes that goes through it by character. A value
 * that is more than a plain one on its line is read by `parse`, which is given its statement alone. Undefined for a text
 * with anything else, such as dotted or quoted keys, and for one that may be no TOML; throws what `parse` throws.
 */
export function parseLines(text: string, parse: (statement: string) => Table): Table | undefined {
  const reader = new LineReader();
  for (let at = skipBlank(text, 0); at < text.length; at = skipBlank(text, at)) {
    const next = readAt(reader, text, at, parse);
    if (next === undefined) return undefined;
    at = next;
  }
  return reader.root;
}

// Where what stands at an offset ends; undefined for what only a parser can judge.
function readAt(
  reader: LineReader,
  text: string,
  at: number,
  parse: (statement: string) => Table,
): number | undefined {
  if (text[at] === '#') return endOf(comment, text, at);
  return text[at] === '[' ? readHeader(reader, text, at) : readAssignment(reader, text, at, parse);
}

function readHeader(reader: LineReader, text: string, at: number): number | undefined {
  const isItem = text[at + 1] === '[';
  const start = at + (isItem ? 2 : 1);
  const end = endOf(headerKeys, text, start);
  if (end === undefined || !text.startsWith(isItem ? ']]' : ']', end)) return undefined;
  const next = endOfLine(text, end + (isItem ? 2 : 1));
  if (next === undefined) return undefined;
  return reader.open(partsOf(text.slice(start, end)), isItem) ? next : undefined;
}

function readAssignment(
  reader: LineReader,
  text: string,
  at: number,
  parse: (statement: string) => Table,
): number | undefined {
  const keyEnd = skipBareKey(text, at);
  const equals = skipSpace(text, keyEnd);
  if (keyEnd === at || text[equals] !== '=') return undefined;
  const key = theSame(text.slice(at, keyEnd));
  const start = skipSpace(text, equals + 1);
  const plainEnd = skipPlainValue(text, start);
  const plainNext = endOfLine(text, plainEnd);
  const plain = plainNext === undefined ? undefined : plainValue(text, start, plainEnd);
  if (plain !== undefined) return reader.put(key, plain) ? plainNext : undefined;
  const end = skipValue(text, start);
  const next = endOfLine(text, end);
  if (next === undefined) return undefined;
  return reader.put(key, parse(text.slice(at, end))[key]) ? next : undefined;
}

function skipBlank(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t') at++;
  return at;
}

function skipBareKey(text: string, start: number): number {
  let at = start;
  while (isBare(text.charCodeAt(at))) at++;
  return at;
}

const isBare = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) ||
  code === 0x5f ||
  (code >= 0x41 && code <= 0x5a) ||
  (code >= 0x30 && code <= 0x39) ||
  code === 0x2d;

// Behind a text on one line, a list of such texts, or a word; where it stands for what is none of them.
function skipPlainValue(text: string, start: number): number {
  if (text[start] === '[') return endOf(plainList, text, start) ?? start;
  if (text[start] === '"') return skipPlainText(text, start);
  let at = start;
  while (isBare(text.charCodeAt(at)) || text[at] === ':') at++;
  return at;
}

function skipPlainText(text: string, start: number): number {
  let at = start + 1;
  while (isPlain(text.charCodeAt(at))) at++;
  return text[at] === '"' ? at + 1 : start;
}

// Neither a quotation mark nor a backslash nor what TOML forbids.
const isPlain = (code: number): boolean =>
  (code >= 0x20 && code <= 0x7e && code !== 0x22 && code !== 0x5c) || code >= 0xa0;

function plainValue(text: string, start: number, end: number): Value | undefined {
  if (text[start] === '"') return start === end ? undefined : text.slice(start + 1, end - 1);
  const word = text.slice(start, end);
  if (word === 'true' || word === 'false') return word === 'true';
  if (wholeNumber.test(word)) return Number(word);
  // A list of such texts is JSON.
  if (text[start] === '[') return word === '' ? undefined : JSON.parse(word);
  return date.test(word) && isCalendarDate(word) ? new DateTime(word) : undefined;
}

// Behind a line that has nothing more than blanks or a comment, or at the comment.
function endOfLine(text: string, start: number): number | undefined {
  const at = skipSpace(text, start);
  if (text[at] === '\n') return at + 1;
  return at === text.length || text[at] === '#' ? at : undefined;
}

function endOf(form: RegExp, text: string, at: number): number | undefined {
  form.lastIndex = at;
  return form.test(text) ? form.lastIndex : undefined;
}

const comment = /#[\t -~\u00a0-\uffff]*(?:\n|$)/y;
const headerKeys = /[\w-]+(?:\.[\w-]+){0,100}/y;
const plainText = String.raw`"[ !#-[\]-~\u00a0-\uffff]*"`;
const plainList = new RegExp(String.raw`\[(?:${plainText}(?:, *${plainText})*)?\]`, 'y');
const wholeNumber = /^(?:0|[1-9]\d{0,14})$/;
const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

// Thousands of runners have the same keys and headers; V8 finds a key faster by a text that it has seen as one.
const seenKeys = new Map<string, string>();
const seenHeaders = new Map<string, readonly string[]>();

function theSame(key: string): string {
  const seen = seenKeys.get(key);
  if (seen === undefined) seenKeys.set(key, key);
  return seen ?? key;
}

function partsOf(header: string): readonly string[] {
  const seen = seenHeaders.get(header);
  if (seen !== undefined) return seen;
  const parts = header.split('.');
  seenHeaders.set(header, parts);
  return parts;
}

/** The tables as far as they are read. Whatever TOML may refuse is left to the parser. */
class LineReader {
  readonly root = makeTable();
  private here = this.root;
  /** Tables that only stand in the header of a table below them, which may still get one of their own. */
  private readonly implied = new Set<Value>();
  /** Lists and tables that are the values of keys, to which no header may add. */
  private readonly given = new Set<Value>();

  put(key: string, value: Value | undefined): boolean {
    if (value === undefined || this.here[key] !== undefined || inherited.has(key)) return false;
    if (Array.isArray(value) || isTable(value)) this.given.add(value);
    this.here[key] = value;
    return true;
  }

  open(keys: readonly string[], isItem: boolean): boolean {
    const key = keys.at(-1)!;
    if (inherited.has(key)) return false;
    const above = this.descend(keys);
    const table = above && (isItem ? this.itemIn(above, key) : this.tableIn(above, key));
    if (table === undefined) return false;
    this.here = table;
    return true;
  }

  // To the table above the one that is meant.
  private descend(keys: readonly string[]): Table | undefined {
    let table = this.root;
    for (let at = 0; at < keys.length - 1; at++) {
      const key = keys[at]!;
      if (inherited.has(key)) return undefined;
      const next = table[key] ?? this.imply(table, key);
      const last = Array.isArray(next) ? next.at(-1) : next;
      if (!isTable(last) || this.given.has(next)) return undefined;
      table = last;
    }
    return table;
  }

  private imply(above: Table, key: string): Table {
    const table = makeTable();
    this.implied.add(table);
    above[key] = table;
    return table;
  }

  private tableIn(above: Table, key: string): Table | undefined {
    const known = above[key];
    if (known === undefined) {
      const table = makeTable();
      above[key] = table;
      return table;
    }
    return isTable(known) && this.implied.delete(known) ? known : undefined;
  }

  private itemIn(above: Table, key: string): Table | undefined {
    above[key] ??= [];
    const list = above[key];
    if (!Array.isArray(list) || this.given.has(list)) return undefined;
    const table = makeTable();
    list.push(table);
    return table;
  }
}
