import { isCalendarDate } from '../text/rfc3339.ts';
import { DateTime, inherited, isTable, makeTable, type Table, type Value } from './model.ts';
import { skipValue } from './scan.ts';

/**
 * Reads a TOML text line by line, in a fraction of the time that a parser takes that goes through it by character. A value
 * that is more than a plain one on its line is read by `parse`, which is given its statement alone. Undefined for a text
 * with anything else, such as dotted or quoted keys, and for one that may be no TOML; throws what `parse` throws.
 */
export function parseLines(text: string, parse: (statement: string) => Table): Table | undefined {
  const reader = new LineReader();
  for (let at = 0; at < text.length; ) {
    const line = matchAt(plainLine, text, at);
    const next =
      line === undefined ? readOther(reader, text, at, parse) : reader.assign(line) && plainLine.lastIndex;
    if (!next) return undefined;
    at = next;
  }
  return reader.root;
}

const plainText = String.raw`"[ !#-[\]-~\u00a0-\uffff]*"`;
const plainLine = new RegExp(
  String.raw`[ \t\n]*([\w-]+)[ \t]*=[ \t]*(?:(${plainText})|(true|false)|(0|[1-9]\d{0,14})|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)|(\[(?:${plainText}(?:, *${plainText})*)?\]))[ \t]*(?:\n|$|(?=#))`,
  'y',
);
const comment = /[ \t\n]*(?:#[\t -~\u00a0-\uffff]*(?:\n|$)|$)/y;
const header = /[ \t\n]*\[(\[?)([\w-]+(?:\.[\w-]+){0,100})\](\]?)[ \t]*(?:\n|$|(?=#))/y;
const beginning = /[ \t\n]*([\w-]+)[ \t]*=[ \t]*/y;
const lineEnd = /[ \t]*(?:\n|$|(?=#))/y;

function matchAt(form: RegExp, text: string, at: number): RegExpExecArray | undefined {
  form.lastIndex = at;
  return form.exec(text) ?? undefined;
}

// A line that is no plain assignment: where the next one begins; undefined for one that only a parser can judge.
function readOther(
  reader: LineReader,
  text: string,
  at: number,
  parse: (statement: string) => Table,
): number | undefined {
  if (matchAt(comment, text, at)) return comment.lastIndex;
  const found = matchAt(header, text, at);
  if (found !== undefined) return reader.open(found) ? header.lastIndex : undefined;
  const key = matchAt(beginning, text, at)?.[1];
  if (key === undefined) return undefined;
  const end = skipValue(text, beginning.lastIndex);
  if (!matchAt(lineEnd, text, end)) return undefined;
  return reader.put(key, parse(text.slice(at, end))[key]) ? lineEnd.lastIndex : undefined;
}

/** The tables as far as they are read. Whatever TOML may refuse is left to the parser. */
class LineReader {
  readonly root = makeTable();
  private here = this.root;
  /** Tables that only stand in the header of a table below them, which may still get one of their own. */
  private readonly implied = new Set<Value>();
  /** Lists that stand in headers, and tables that do. */
  private readonly opened = new Set<Value>([this.root]);

  assign([, key, text, yes, digits, date, list]: RegExpExecArray): boolean {
    if (text !== undefined) return this.put(key!, text.slice(1, -1));
    if (yes !== undefined) return this.put(key!, yes === 'true');
    if (digits !== undefined) return this.put(key!, Number(digits));
    // A list of such texts is JSON.
    if (list !== undefined) return this.put(key!, JSON.parse(list));
    return isCalendarDate(date!) && this.put(key!, new DateTime(date!));
  }

  put(key: string, value: Value | undefined): boolean {
    if (value === undefined || key in this.here || inherited.has(key)) return false;
    this.here[key] = value;
    return true;
  }

  open([, first, words, last]: RegExpExecArray): boolean {
    if (first !== (last === '' ? '' : '[')) return false;
    const keys = words!.split('.');
    const key = keys.pop()!;
    if (inherited.has(key)) return false;
    const above = this.descend(keys);
    const table = above && (first === '' ? this.tableIn(above, key) : this.itemIn(above, key));
    if (table === undefined) return false;
    this.opened.add(table);
    this.here = table;
    return true;
  }

  private descend(keys: readonly string[]): Table | undefined {
    let table = this.root;
    for (const key of keys) {
      if (inherited.has(key)) return undefined;
      const next = table[key] ?? this.imply(table, key);
      if (!this.opened.has(next) && !this.implied.has(next)) return undefined;
      table = (Array.isArray(next) ? next.at(-1) : next) as Table;
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
    const table = above[key] ?? this.imply(above, key);
    return isTable(table) && this.implied.delete(table) ? table : undefined;
  }

  private itemIn(above: Table, key: string): Table | undefined {
    above[key] ??= this.newList();
    const list = above[key];
    if (!Array.isArray(list) || !this.opened.has(list)) return undefined;
    const table = makeTable();
    list.push(table);
    return table;
  }

  private newList(): Value[] {
    const list: Value[] = [];
    this.opened.add(list);
    return list;
  }
}
