import TomlParser from '@iarna/toml/lib/toml-parser.js';
import { isCalendarDate } from '../text/rfc3339.ts';
import { parseBlocks } from './blocks.ts';
import { DateTime, Float, inherited, isTable, type Table, type Value } from './model.ts';
import { parseLines } from './parse-lines.ts';

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

const parseQuickly = (text: string): Table => parseLines(text, parseWhole) ?? parseWhole(text);

/**
 * Parses the text of a config.toml one character after the other: slow, but it knows where a fault is. Throws a
 * `SyntaxFault`.
 */
export function parseStepwise(text: string): Table {
  try {
    return parseWhole(text);
  } catch (error) {
    throw asFault(error as ParserError, text);
  }
}

function parseWhole(text: string): Table {
  const parser = new ValueParser();
  parser.source = text;
  parser.parse(text);
  return withoutPrototype(parser.finish());
}

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
  private parts = 0;

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

  // The parser takes whatever stands behind a time without a fraction for a part of it.
  override parseOnlyTimeFractionMaybe(): unknown {
    return this.char === 0x2e ? super.parseOnlyTimeFractionMaybe() : this.returnNow(new Date());
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

  private refuse(key: unknown): void {
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
