import { formatDuration, parseDuration } from '../text/duration.ts';
import { type Key, type Keys, keyOf, keysAt, runnerKeys, sameName, type ValueKey } from './keys.ts';
import {
  adopt,
  DateTime,
  Float,
  isTable,
  isTables,
  makeTable,
  readDate,
  sameValue,
  type Table,
  type Value,
} from './model.ts';
import { writeKey, writeValue } from './write.ts';

/** How a file is laid out: a key's indentation under its header, a sub-header's under its parent, line ends. */
export interface Style {
  readonly indent: string;
  readonly nest: string;
  readonly newline: string;
}

/** The layout of gitlab-runner's own writer. */
export const nativeStyle: Style = { indent: '  ', nest: '  ', newline: '\n' };

/** Writes one `[[runners]]` block as gitlab-runner writes it, in the layout of the file it goes to. */
export function writeBlock(runner: Table, style: Style = nativeStyle, key = 'runners'): string {
  return renderItem([key], entriesOf(adopt(runner) as Table, runnerKeys), style, '')
    .map((line) => line + style.newline)
    .join('');
}

/**
 * Writes a whole new config.toml with one runner, as gitlab-runner writes it; `more` are global numbers and texts
 * beside its own.
 */
export const writeFresh = (runner: Table, more: Table = makeTable()): string =>
  `${writeFreshGlobals(more)}\n${writeBlock(runner)}`;

/** Writes a whole new config.toml without runners, as gitlab-runner writes it. */
export function writeFreshGlobals(more: Table = makeTable()): string {
  const own = { concurrent: 1, check_interval: 0, shutdown_timeout: 0 };
  const lines = Object.entries({ ...own, ...more }).map(
    ([key, value]) => `${writeKey(key)} = ${writeValue(value)}\n`,
  );
  return `${lines.join('')}\n[session_server]\n  session_timeout = 1800\n`;
}

/** A copy of a runner with the keys, zero values and notation of gitlab-runner: what `writeBlock` writes. */
export function completeRunner(runner: Table): Table {
  return tableOf(entriesOf(adopt(runner) as Table, runnerKeys));
}

/** Brings one value into the notation that gitlab-runner writes for its type; anything else stays as it is. */
function normalise(value: Value, { type }: ValueKey): Value {
  if (type === 'duration') return normaliseDuration(value);
  if (type === 'policies' && typeof value === 'string') return value === '' ? [] : [value];
  if (type === 'datetime' && typeof value === 'string') return readDate(value) ?? value;
  if (type === 'float') return asFloat(value);
  if (type === 'float[]' && Array.isArray(value)) return value.map(asFloat);
  return value;
}

interface Entry {
  readonly key: string;
  readonly value?: Value;
  readonly table?: Entry[];
  readonly tables?: Entry[][];
}

function entriesOf(table: Table, keys: Keys): Entry[] {
  const left = new Set(Object.keys(table));
  const known = Object.keys(keys).flatMap((name) => {
    const found = left.has(name) ? name : [...left].find((key) => sameName(key, name));
    if (found !== undefined) left.delete(found);
    return knownEntry(name, found === undefined ? undefined : table[found], keyOf(keys, name)!);
  });
  const entries = [...known, ...[...left].map((key) => unknownEntry(key, table[key]!))];
  return [...entries.filter((entry) => 'value' in entry), ...entries.filter((entry) => !('value' in entry))];
}

function knownEntry(key: string, value: Value | undefined, what: Key): Entry[] {
  if (what.kind === 'value') return valueEntry(key, value, what);
  if (what.kind === 'tables') {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
    return isTables(value)
      ? [{ key, tables: value.map((item) => entriesOf(item, what.keys)) }]
      : [{ key, value }];
  }
  if (value === undefined)
    return what.written === 'always' ? [{ key, table: entriesOf(makeTable(), what.keys) }] : [];
  if (!isTable(value)) return [{ key, value }];
  if (what.written === 'filled' && !isFilled(value, what.keys)) return [];
  return [{ key, table: entriesOf(value, what.keys) }];
}

function valueEntry(key: string, given: Value | undefined, what: ValueKey): Entry[] {
  const value = given === undefined ? undefined : normalise(given, what);
  if (value === undefined) return what.written === 'always' ? [{ key, value: zeroOf(what) }] : [];
  if (what.written !== 'always' && what.written !== 'set' && what.written !== 'not-nil' && isZero(value))
    return [];
  return isTable(value) ? [{ key, table: mapEntries(value) }] : [{ key, value }];
}

// Go writes a map with its keys sorted, at any depth.
function mapEntries(table: Table): Entry[] {
  const keys = Object.keys(table).sort((left, right) =>
    Buffer.compare(Buffer.from(left), Buffer.from(right)),
  );
  return keys.map((key) => {
    const value = table[key]!;
    if (isTable(value)) return { key, table: mapEntries(value) };
    return isTables(value) ? { key, tables: value.map(mapEntries) } : { key, value };
  });
}

function unknownEntry(key: string, value: Value): Entry {
  const all = (table: Table) => Object.keys(table).map((inner) => unknownEntry(inner, table[inner]!));
  if (isTable(value)) return { key, table: all(value) };
  return isTables(value) ? { key, tables: value.map(all) } : { key, value };
}

/** A struct that is not behind a pointer is left out when all of it is empty (Go's `omitempty`). */
function isFilled(table: Table, keys: Keys): boolean {
  return Object.keys(table).some((key) => {
    const name = Object.keys(keys).find((known) => known === key || sameName(known, key));
    const what = name === undefined ? undefined : keyOf(keys, name)!;
    const value = table[key]!;
    if (what === undefined || what.written === 'set') return true;
    if (what.kind === 'table' && isTable(value)) return isFilled(value, what.keys);
    return !isZero(what.kind === 'value' ? normalise(value, what) : value);
  });
}

const zeroTime = new DateTime('0001-01-01T00:00:00Z');

function isZero(value: Value): boolean {
  if (value instanceof Float) return value.value === 0;
  if (value instanceof DateTime) return value.canonical === zeroTime.text;
  if (Array.isArray(value)) return value.length === 0;
  if (isTable(value)) return Object.keys(value).length === 0;
  return value === '' || value === '0s' || value === false || value === 0 || value === 0n;
}

function zeroOf({ type }: ValueKey): Value {
  if (type === 'string') return '';
  if (type === 'int') return 0;
  if (type === 'float') return new Float(0);
  if (type === 'bool') return false;
  if (type === 'datetime') return zeroTime;
  return type === 'duration' ? '0s' : [];
}

function normaliseDuration(value: Value): Value {
  if (typeof value === 'string') return formatDuration(parseDuration(value));
  return typeof value === 'number' || typeof value === 'bigint' ? formatDuration(BigInt(value)) : value;
}

function asFloat(value: Value): Value {
  return typeof value === 'number' || typeof value === 'bigint' ? new Float(Number(value)) : value;
}

function tableOf(entries: Entry[]): Table {
  return makeTable(
    entries.map(({ key, value, table, tables }) => [
      key,
      table ? tableOf(table) : (tables?.map(tableOf) ?? value!),
    ]),
  );
}

/** Writes a table below its header, `[path]` or `[[path]]`, as lines; `pad` stands before the header. */
export function writeTable(
  path: string[],
  table: Table,
  how: { style: Style; pad: string; brackets: 'one' | 'two' },
): string[] {
  const { table: entries } = unknownEntry('', table);
  return how.brackets === 'two'
    ? renderItem(path, entries!, how.style, how.pad)
    : renderTable(path, entries!, how.style, how.pad);
}

function renderItem(path: string[], entries: Entry[], style: Style, pad: string): string[] {
  return [`${pad}[[${path.map(writeKey).join('.')}]]`, ...renderBody(path, entries, style, pad)];
}

function renderTable(path: string[], entries: Entry[], style: Style, pad: string): string[] {
  return [`${pad}[${path.map(writeKey).join('.')}]`, ...renderBody(path, entries, style, pad)];
}

function renderBody(path: string[], entries: Entry[], style: Style, pad: string): string[] {
  const direct = entries.filter((entry) => 'value' in entry);
  const lines = direct.map(
    ({ key, value }) => `${pad}${style.indent}${writeKey(key)} = ${writeValue(value!)}`,
  );
  for (const { key, table, tables } of entries) {
    if (table) lines.push(...renderTable([...path, key], table, style, pad + style.nest));
    for (const item of tables ?? [])
      lines.push('', ...renderItem([...path, key], item, style, pad + style.nest));
  }
  return lines;
}

/**
 * Whether two values of the key at a path below `[[runners]]` (or, with `global` first, at the top) mean the same to
 * gitlab-runner: `90s` and `1m30s`, one pull policy and a list of one.
 */
export function sameSetting(path: readonly string[], present: unknown, wanted: unknown): boolean {
  const [at, rest] = path[0] === 'global' ? (['global', path.slice(1)] as const) : ([0, path] as const);
  return sameValue(typedValue(at, rest, present), typedValue(at, rest, wanted));
}

/** A value in the type and notation of the key at a path: a date from text, a duration as Go writes it. */
export function typedValue(at: 'global' | number, path: readonly string[], value: unknown): Value {
  const above = at === 'global' ? path.slice(0, -1) : ['runners', String(at), ...path.slice(0, -1)];
  const keys = keysAt(above);
  const key = keys === undefined || keys === 'map' ? undefined : keyOf(keys, path.at(-1) ?? '');
  return key?.kind === 'value' ? normalise(value as Value, key) : (value as Value);
}
