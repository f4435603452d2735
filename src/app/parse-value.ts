import { typedValue } from '../config/canonical.ts';
import { DateTime, readDate, type Value as TomlValue } from '../config/model.ts';
import { parseValues } from '../config/parse.ts';
import { readAgain } from '../config/redefined.ts';
import { exitCode, Trouble } from '../errors.ts';
import { type Kind, parseJson, Unfit, type Value } from '../settings/kinds.ts';
import { kindOfKey, kindOfType } from '../settings/toml-keys.ts';
import { checkNames, type FoundKey } from './config-keys.ts';

/**
 * Reads the words of a person as the value of a key; lists, maps and tables are taken as JSON or TOML, too. Throws a
 * `Trouble` that says what would be right. `forced` passes over what a newer gitlab-runner may know.
 */
export function readWords(key: FoundKey, words: string, from: string, forced = false): TomlValue {
  try {
    const value = readFit(key, words, forced);
    if (!forced) checkNames(value, key, from);
    return typedValue(key.level === 'global' ? 'global' : 0, key.path, value);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new Trouble(`${from}: ${key.path.join('.')} must be ${error.message}.`, { code: exitCode.usage });
  }
}

/**
 * Reads an answer of a person as the value of a key; throws an `Unfit` for what does not fit, so that it can be asked
 * again.
 */
export function readAnswer(key: FoundKey, words: string): TomlValue {
  const value = readFit(key, words, false);
  try {
    checkNames(value, key, 'it');
  } catch (error) {
    throw error instanceof Trouble ? new Unfit(`right: ${error.message}`) : error;
  }
  return typedValue(key.level === 'global' ? 'global' : 0, key.path, value);
}

/** The elements that words add to a list or take from it: one, or several as a JSON or TOML list. */
export function readItems(key: FoundKey, words: string, from: string, forced = false): TomlValue[] {
  const literal = literalOf(words);
  if (key.type === 'tables' && isPlainTable(literal)) return readItems(key, `[${words}]`, from, forced);
  const value = readWords(key, words, from, forced);
  return Array.isArray(value) ? value : [value];
}

/** The elements to be taken from a list: texts as they stand there, which may be there because they were wrong. */
export function readGone(key: FoundKey, words: string, from: string, forced = false): TomlValue[] {
  if (!/^(string\[\]|policies)$/.test(key.type)) return readItems(key, words, from, forced);
  const literal = /^\s*\[/.test(words) ? literalOf(words) : undefined;
  return isListOf(literal, key.type) ? literal : [textOf(words)];
}

/** What words say in TOML or in JSON; nothing when they are neither. */
export function literalOf(words: string): unknown {
  const json = /^\s*[[{]/.test(words) ? parseJson(words) : undefined;
  if (json !== undefined) return json;
  const text = `v = ${words.replace(/\r\n?/g, '\n')}\n`;
  for (const parse of [parseValues, (again: string) => readAgain(again).root]) {
    try {
      return parse(text).v;
    } catch {
      // Keys such as __proto__ are left to the second parser, as in a file.
    }
  }
  return undefined;
}

function readFit(key: FoundKey, words: string, forced: boolean): Value {
  const { type } = key;
  if (type === 'unknown') return (literalOf(words) ?? words) as Value;
  if (type === 'table') return tableOf(words, isPlainTable, 'a table, such as {name = "value"}');
  if (type === 'tables') return tableOf(words, isTableList, 'a list of tables, such as [{name = "value"}]');
  const kind = forced ? kindOfType(type) : kindOfKey(key.level, key.path, type);
  if (type === 'datetime') return dateOf(words);
  if (type.endsWith('[]') || type === 'policies') return listOf(words, type, kind);
  if (type.startsWith('map<')) return mapOf(words, type, kind);
  if (type === 'string' || type === 'duration') return kind.read([textOf(words)]);
  if (type === 'float' || type === 'int') return kindOfType(type).read([String(kind.read([words]))]);
  return kind.read([words === '' ? 'an empty value' : words]);
}

function tableOf(words: string, fits: (value: unknown) => boolean, right: string): Value {
  const value = literalOf(words);
  if (!fits(value)) throw new Unfit(right);
  return value as Value;
}

const isPlainTable = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof DateTime);

const isTableList = (value: unknown): boolean => Array.isArray(value) && value.every(isPlainTable);

function dateOf(words: string): Value {
  const date = readDate(words);
  if (date === undefined) throw new Unfit('a date with time and zone, such as 2027-01-31T12:00:00Z');
  return date as unknown as Value;
}

// A word in TOML's quotes is what stands in them: it was copied from a file.
function textOf(words: string): string {
  if (!/^("[\s\S]*"|'[\s\S]*')$/.test(words)) return words;
  const literal = literalOf(words);
  return typeof literal === 'string' ? literal : words;
}

function listOf(words: string, type: string, kind: Kind): Value {
  const isList = /^\s*\[/.test(words);
  const literal = isList ? literalOf(words) : undefined;
  if (isList && !isListOf(literal, type)) throw new Unfit(rightList[type] ?? 'a list of strings: ["a", "b"]');
  if (type === 'float[]') return (literal ?? [kindOfType('float').read([words])]) as Value;
  return kind.read([JSON.stringify(isList ? literal : [type === 'int[]' ? Number(words) : textOf(words)])]);
}

const rightList: Readonly<Record<string, string>> = {
  'int[]': 'a list of whole numbers: [1, 2]',
  'float[]': 'a list of numbers: [0.5, 1]',
};

const isListOf = (value: unknown, type: string): value is TomlValue[] =>
  Array.isArray(value) &&
  value.every((one) => (/^(string|policies)/.test(type) ? typeof one === 'string' : !isText(one)));

const isText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'boolean';

function mapOf(words: string, type: string, kind: Kind): Value {
  if (!/^\s*\{/.test(words)) return kind.read([words]);
  const value = literalOf(words);
  if (!isPlainTable(value)) throw new Unfit(`a table, such as {name = ${sample[type] ?? '"value"'}}`);
  return value as Value;
}

const sample: Readonly<Record<string, string>> = {
  'map<string,bool>': 'true',
  'map<string,int>': '1',
  'map<string,string[]>': '["a"]',
};
