import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';
import { isCalendarDate } from '../text/rfc3339.ts';
import { DateTime, Float, isTable, makeTable, type Table, type Value } from './model.ts';
import { SyntaxFault } from './parse.ts';

/** The tree of a TOML 1.0 text with the place of every piece; SyntaxFault when it is none. */
export function parsePlaces(text: string): AST.TOMLTopLevelTable {
  try {
    return parseTOML(text, { tomlVersion: '1.0' }).body[0];
  } catch (error) {
    if (error instanceof ParseError) throw faultOf(text, error);
    if (error instanceof RangeError) throw new SyntaxFault('tables or lists are nested too deeply', 1, 1);
    throw error;
  }
}

// What breaks off is noticed at the beginning of a later line; a person looks for it where it breaks off.
function faultOf(text: string, { message, lineNumber, column }: ParseError): SyntaxFault {
  const lines = text.split('\n');
  const at = lines.slice(0, lineNumber - 1).findLastIndex((line) => line.trim() !== '');
  const line = lines[at]?.replace(/\s+$/, '') ?? '';
  const isFirst = (lines[lineNumber - 1] ?? '').slice(0, column).trim() === '';
  const words = isFirst && at >= 0 ? brokenOff(line, message) : undefined;
  return words === undefined
    ? new SyntaxFault(plainWords(message, lines[lineNumber - 1] ?? '', column), lineNumber, column + 1)
    : new SyntaxFault(words, at + 1, line.length + 1);
}

// The parser's messages are written for those who know TOML's grammar.
const plain: Readonly<Record<string, string>> = {
  'Unterminated string constant': 'the closing quote is missing',
  'Unterminated table-key': 'the closing bracket of the header is missing',
  'Unterminated array': 'the closing ] is missing',
  'Unterminated inline table': 'the closing } is missing',
  'Empty bare keys are not allowed': 'the header has no name',
  'Must be a newline': 'unexpected text at the end of the line',
  'Expected equal (=) token': 'there is no = after the key',
  'Unspecified values are invalid': 'there is no value',
  'Expected comma (,) token': 'a comma is missing',
  'Defining a key multiple times is invalid': 'this key or table is already defined',
  'Control characters (codes < 0x1f and 0x7f) are not allowed': 'a control character is not allowed',
  'No newlines are allowed between the curly braces unless they are valid within a value':
    'an inline table {…} must be on one line',
  'Underscores are allowed between digits': 'an underscore must be between two digits',
  'Unexpected spaces': 'unexpected space',
  'Unexpected invalid date': 'not a valid date',
  'Unexpected invalid time': 'not a valid time',
  'Leading zeros are not allowed': 'a number cannot begin with 0',
  'Trailing comma is not permitted in an inline table': 'an inline table {…} cannot end with a comma',
  'Invalid character in escape sequence': 'not a valid escape sequence',
  'Consecutive dots are not permitted in keys': 'a key cannot contain two dots in a row',
  'Unexpected token': 'unexpected character',
};

function plainWords(message: string, line: string, column: number): string {
  const words = plain[message] ?? message;
  const isBareText = /[=[,]\s*$/.test(line.slice(0, column)) && /^[a-z]/i.test(line.slice(column));
  return isBareText && message === 'Unexpected character' ? 'text must be in quotes' : words;
}

function brokenOff(line: string, message: string): string | undefined {
  const code = line.replace(/\s#.*/, '');
  if (/unterminated|same line/i.test(message) && /^\s*\[\[?[^\]]*\]?$/.test(code))
    return `the header ends without ${/^\s*\[\[/.test(code) ? ']]' : ']'}`;
  if (/=\s*$/.test(code)) return 'there is no value after =';
  return /same line|expected equal/i.test(message) && !code.includes('=')
    ? 'there is no = and no value'
    : undefined;
}

/** The values of such a text: the stand-in for what the first parser wrongly refuses. */
export function placesValues(text: string): Table {
  const root = makeTable();
  for (const node of parsePlaces(text).body) {
    if (node.type === 'TOMLKeyValue') assign(root, node);
    else fill(openTable(root, node), node.body);
  }
  return root;
}

/** The value of one piece of such a tree. */
export function placeValue(node: AST.TOMLContentNode): Value {
  if (node.type === 'TOMLArray') return node.elements.map(placeValue);
  if (node.type === 'TOMLInlineTable') return fill(makeTable(), node.body);
  if (node.kind === 'integer') return integer(node);
  if (node.kind === 'float') return float(node);
  if (node.kind === 'string' || node.kind === 'boolean') return node.value;
  if (!isCalendarDate(node.datetime)) throw fault(`"${node.datetime}" is not a date`, node);
  return new DateTime(node.datetime);
}

function openTable(root: Table, node: AST.TOMLTable): Table {
  const keys = keysOf(node.key);
  const last = keys.pop()!;
  const parent = keys.reduce(step, root);
  if (node.kind === 'standard') return step(parent, last);
  parent[last] ??= [];
  const list = parent[last] as Value[];
  list.push(makeTable());
  return list.at(-1) as Table;
}

function step(table: Table, key: string): Table {
  table[key] ??= makeTable();
  const next = table[key];
  return Array.isArray(next) ? (next.at(-1) as Table) : (next as Table);
}

function fill(table: Table, body: AST.TOMLKeyValue[]): Table {
  for (const node of body) assign(table, node);
  return table;
}

function assign(table: Table, node: AST.TOMLKeyValue): void {
  const keys = keysOf(node.key);
  const last = keys.pop()!;
  const target = keys.reduce(step, table);
  if (isTable(target)) target[last] = placeValue(node.value);
}

/** Takes a key; gives its names, decoded. */
export function keysOf(key: AST.TOMLKey): string[] {
  return key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value));
}

function integer(node: AST.TOMLIntegerValue): Value {
  if (BigInt.asIntN(64, node.bigint) !== node.bigint)
    throw fault(`${node.number} is too large for a 64-bit integer`, node);
  const value = Number(node.bigint);
  return Number.isSafeInteger(value) ? value : node.bigint;
}

function float(node: AST.TOMLFloatValue): Value {
  if (Number.isFinite(node.value) || /inf|nan/.test(node.number)) return new Float(node.value);
  throw fault(`${node.number} is too large for a 64-bit float`, node);
}

function fault(message: string, { loc }: AST.HasLocs): SyntaxFault {
  return new SyntaxFault(message, loc.start.line, loc.start.column + 1);
}
