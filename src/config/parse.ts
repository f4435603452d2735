import TomlParser from '@iarna/toml/lib/toml-parser.js';
import { isCalendarDate } from '../text/rfc3339.ts';
import { parseBlocks } from './blocks.ts';
import { DateTime, Float, isTable, type Table, type Value } from './model.ts';

/** A place in a text that is not TOML; line and column count from 1. */
export class SyntaxFault extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** Reads the values of a TOML text that has LF line ends and no byte order mark; SyntaxFault when it cannot. */
export function parseValues(text: string): Table {
  try {
    return parseBlocks(text, parseQuickly) ?? parseQuickly(text);
  } catch {
    return parseStepwise(text);
  }
}

const parseQuickly = (text: string): Table => read(new QuickParser(), text);

/**
 * Parses the text of a config.toml one character after the other: slow, but it knows where a fault is. Throws a
 * `SyntaxFault`.
 */
export function parseStepwise(text: string): Table {
  try {
    return read(new ValueParser(), text);
  } catch (error) {
    throw asFault(error as ParserError, text);
  }
}

function read(parser: ValueParser, text: string): Table {
  parser.source = text;
  parser.parse(text);
  return withoutPrototype(parser.finish());
}

// @iarna/toml keeps tables in plain objects, where a key of this name would reach into JavaScript's own: the second
// parser reads such a file.
const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

interface ParserError extends Error {
  line?: number;
  col?: number;
}

const dateShape =
  /\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?|\d\d:\d\d:\d\d(?:\.\d+)?/y;

const numberShape = /[\w.+-]+/y;

/** @iarna/toml's parser, made to keep floats and dates as they stand and to refuse what Go refuses. */
class ValueParser extends TomlParser {
  source = '';
  private start = 0;
  protected parts = 0;

  override parseValue(): unknown {
    this.start = this.ii;
    this.refuseDeep(this.stack.length);
    return super.parseValue();
  }

  override parseTable(): unknown {
    this.parts = 0;
    return super.parseTable();
  }

  override parseList(): unknown {
    this.parts = 0;
    return super.parseList();
  }

  override return(value?: unknown): void {
    super.return(value === undefined ? value : this.keepKind(value));
  }

  override recordAssignKeyword(key: string): unknown {
    this.refuse(key);
    this.refuseDeep(this.state.resultTable?.length ?? 0);
    return super.recordAssignKeyword(key);
  }

  override parseTableMore(key: string): unknown {
    this.refuse(key);
    this.refuseDeep(++this.parts);
    return super.parseTableMore(key);
  }

  override parseListMore(key: string): unknown {
    this.refuse(key);
    this.refuseDeep(++this.parts);
    return super.parseListMore(key);
  }

  protected refuse(key: unknown): void {
    if (typeof key === 'string' && inherited.has(key))
      throw this.error(new Error(`the key "${key}" cannot be read`));
  }

  // Before it takes all memory. Each level is several of the parser's own; how deep is too deep is told elsewhere.
  private refuseDeep(levels: number): void {
    if (levels > 1000) throw this.error(new Error('tables or lists are nested too deeply'));
  }

  private keepKind(value: unknown): unknown {
    if (typeof value === 'number') return this.float(value);
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date) return this.date();
    const kind = boxedKind(value);
    if (kind === 'float') return this.float(Number(value));
    if (kind === 'integer') this.checkEnd();
    if (kind === 'integer' && typeof value.valueOf() === 'bigint') this.checkRange(value.valueOf() as bigint);
    return value;
  }

  // JavaScript knows no number that is too large.
  private float(value: number): Float {
    if (!Number.isFinite(value) && /^[+-]?\d/.test(this.source.slice(this.start, this.start + 2)))
      throw this.error(new Error(`${this.state.buf} is too large for a 64-bit float`));
    this.checkEnd();
    return new Float(value);
  }

  // Before a comma or bracket the parser lets a number break off.
  private checkEnd(): void {
    numberShape.lastIndex = this.start;
    const text = numberShape.exec(this.source)?.[0] ?? '';
    if (/[._]$/.test(text)) throw this.error(new Error(`"${text}" is not a number`));
  }

  private date(): DateTime {
    dateShape.lastIndex = this.start;
    const text = dateShape.exec(this.source)?.[0] ?? '';
    const rest = this.source[this.start + text.length] ?? '\n';
    if (!isCalendarDate(text) || /[\w:.+-]/.test(rest))
      throw this.error(new Error(`"${text}" is not a date`));
    return new DateTime(text);
  }

  // The parser folds integers beyond 64 bits into range without a word.
  private checkRange(value: bigint): void {
    const digits = this.state.buf.replace(/^\+/, '');
    if (BigInt(digits) !== value) throw this.error(new Error(`${digits} is too large for a 64-bit integer`));
  }
}

const plainText = String.raw`"[ !#-[\]-~\u00a0-\uffff]*"`;
const plainLine = new RegExp(
  String.raw`[ \n]*([\w-]+)[ \t]*=[ \t]*(?:(${plainText})|(true|false)|(0|[1-9]\d{0,14})|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)|(\[(?:${plainText}(?:, *${plainText})*)?\]))[ \t]*(?:\n|(?=#))`,
  'y',
);
const plainHeader = /[\w-]+(?:\.[\w-]+)*\](?=[ \t]*[#\n])/y;
const plainListHeader = /[\w-]+(?:\.[\w-]+)*\](?=\][ \t]*[#\n])/y;
const [dot, bracket] = [0x2e, 0x5d];

/** A parser that takes the lines that make up nearly all of a config.toml whole; it loses count of lines. */
class QuickParser extends ValueParser {
  override parseStart(): unknown {
    const from = this.ii;
    plainLine.lastIndex = from;
    for (let line = plainLine.exec(this.source); line; line = plainLine.exec(this.source)) {
      this.ii = plainLine.lastIndex;
      this.assign(line);
    }
    if (this.ii === from) return super.parseStart();
    // The loop around goes on to the next character.
    this.ii--;
    return null;
  }

  private assign([, key, text, yes, digits, date, list]: RegExpExecArray): void {
    this.refuse(key);
    if (Object.hasOwn(this.ctx, key!)) throw new Error('twice');
    (this.ctx as Record<string, unknown>)[key!] = plainValue(text ?? list, yes, digits, date);
  }

  override parseTable(): unknown {
    const header = this.ahead(plainHeader);
    return header === undefined ? super.parseTable() : this.open(header, (key) => this.parseTableMore(key));
  }

  override parseList(): unknown {
    const header = this.ahead(plainListHeader);
    return header === undefined ? super.parseList() : this.open(header, (key) => this.parseListMore(key));
  }

  private ahead(form: RegExp): string | undefined {
    form.lastIndex = this.ii;
    return form.exec(this.source)?.[0];
  }

  private open(header: string, descend: (key: string) => unknown): void {
    this.ctx = this.obj;
    this.parts = 0;
    const keys = header.slice(0, -1).split('.');
    for (const [at, key] of keys.entries()) {
      this.char = at === keys.length - 1 ? bracket : dot;
      descend(key);
    }
    this.ii += header.length - 1;
  }
}

// Strings of this form, and lists of them, are JSON.
function plainValue(json: string | undefined, yes?: string, digits?: string, date?: string): unknown {
  if (json !== undefined) return json[0] === '"' ? json.slice(1, -1) : JSON.parse(json);
  if (yes !== undefined) return yes === 'true';
  return digits === undefined ? dateOf(date!) : Number(digits);
}

function dateOf(text: string): DateTime {
  if (!isCalendarDate(text)) throw new Error(`"${text}" is not a date`);
  return new DateTime(text);
}

function boxedKind(value: object): string | undefined {
  if (!(value instanceof Number) && !('isNaN' in value)) return undefined;
  const mark = Object.getOwnPropertySymbols(value).find((symbol) => symbol.description === 'type');
  const kind = mark && (value as Record<symbol, unknown>)[mark];
  return typeof kind === 'symbol' ? kind.description : undefined;
}

function withoutPrototype(table: object): Table {
  Object.setPrototypeOf(table, null);
  for (const value of Object.values(table as Table)) strip(value);
  return table as Table;
}

function strip(value: Value): void {
  if (Array.isArray(value)) for (const item of value) strip(item);
  else if (isTable(value)) withoutPrototype(value);
}

function asFault(error: ParserError, text: string): Error {
  if (error instanceof RangeError) return new SyntaxFault('tables or lists are nested too deeply', 1, 1);
  if (error.line === undefined) return error;
  // The parser stands one past the character, and behind the last line at the end of the text.
  const lines = text.split('\n');
  const line = Math.min(error.line, lines.length - 1);
  const column = Math.min(error.col ?? 0, (lines[line] ?? '').length);
  return new SyntaxFault(error.message, line + 1, Math.max(column, 1));
}
