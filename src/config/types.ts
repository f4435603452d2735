import { Trouble } from '../errors.ts';
import { parseDuration } from '../text/duration.ts';
import { quote } from '../text/shell-quote.ts';
import { globalKeys, type Keys, knownKey, runnerKeys, sameName, type ValueType } from './keys.ts';
import { locate } from './locate.ts';
import { maskValue } from './mask.ts';
import {
  DateTime,
  dottedPath,
  Float,
  isTable,
  isTables,
  type PathChange,
  readDate,
  type Table,
  type Value,
} from './model.ts';
import { type Config, troubleAt } from './read.ts';
import { repaired } from './repair.ts';
import { writeKey, writeValue } from './write.ts';

/** Something in a file that gitlab-runner refuses when it loads it. */
class Fault extends Trouble {
  readonly path: string[];
  readonly line: number;
  readonly column: number;
  /** What is wrong, without the place. */
  readonly wrong: string;
  /** What to do about it, with a command where one can do it. */
  readonly next: string;
  /** The change that puts it right, where it is plain what is meant. */
  readonly remedy: Extract<PathChange, { do: 'set' }> | undefined;
  constructor(
    from: Trouble,
    at: { line: number; column: number },
    about: Pick<Fault, 'path' | 'wrong' | 'next' | 'remedy'>,
  ) {
    super(from.message, { why: from.why!, hint: from.hint! });
    this.line = at.line;
    this.column = at.column;
    this.path = about.path;
    this.wrong = about.wrong;
    this.next = about.next;
    this.remedy = about.remedy;
  }
}

/**
 * Lists what gitlab-runner refuses on load: values of the wrong type and labels that break its rules; of many only
 * the first `most`, since finding the place of each costs a look through the file.
 */
export function typeFaults(config: Config, most = Number.POSITIVE_INFINITY): Fault[] {
  const found: Finding[] = [];
  const inherited = labelsOf(config.globals) ?? {};
  checkTable(config.globals, globalKeys, undefined, found);
  checkLabels(config.globals, undefined, {}, found);
  for (const [key, value] of Object.entries(config.root))
    if (sameName(key, 'runners')) checkRunners(value, key, inherited, found);
  return found.slice(0, most).map((finding) => faultOf(config, finding));
}

/** What is wrong in a table by itself, each with its path in it: values of a type that gitlab-runner refuses for its keys. */
export function tableFaults(table: Table, keys: Keys): { readonly path: string[]; readonly wrong: string }[] {
  const found: Finding[] = [];
  checkTable(table, keys, undefined, found);
  checkLabels(table, undefined, {}, found);
  return found.map(({ path, wrong }) => ({ path: namesOf(path), wrong }));
}

function checkRunners(list: Value, key: string, inherited: Table, found: Finding[]): void {
  const here = below(undefined, key);
  if (!Array.isArray(list) || !list.every(isTable)) {
    found.push({
      path: here,
      wrong: `must be [[${key}]] tables, not ${nameOf(list)}`,
      next: `Add the header [[${key}]] above the keys of each runner.`,
    });
    return;
  }
  for (const [at, runner] of list.entries()) {
    const path = below(here, String(at));
    checkTable(runner, runnerKeys, path, found);
    checkLabels(runner, path, inherited, found);
  }
}

interface Finding {
  readonly path: Path;
  readonly wrong: string;
  /** The value that must be meant. */
  readonly meant?: Value | undefined;
  /** What to do where no command can do it. */
  readonly next?: string;
}

// Nearly every path is made for nothing, so it is only written out for a fault.
type Path = { readonly above: Path; readonly key: string } | undefined;

const below = (above: Path, key: string): Path => ({ above, key });

const namesOf = (path: Path): string[] => (path === undefined ? [] : [...namesOf(path.above), path.key]);

function faultOf(config: Config, finding: Finding): Fault {
  const path = namesOf(finding.path);
  const at = locate(config, path);
  const hint = 'gitlab-runner cannot load this file. Correct the line, then run the command again.';
  const wrong = `${dottedPath(path)} ${finding.wrong}`;
  const [first, second, ...inRunner] = path;
  const isInRunner = first === config.runnersKey && second !== undefined;
  const place = isInRunner ? Number(second) : 'global';
  const keys = isInRunner ? inRunner : path;
  const { meant } = finding;
  const remedy =
    meant === undefined ? undefined : ({ do: 'set', at: place, path: keys, value: meant } as const);
  const next = finding.next ?? (remedy ? wayTo(remedy) : wayOut(place, keys));
  return new Fault(troubleAt(config.file, at, wrong, hint), at, { path, wrong, next, remedy });
}

function wayTo({ path, value }: { path: readonly string[]; value: Value }): string {
  const [key, right] = [path.at(-1)!, writeValue(value)];
  const isShown = maskValue(path, right) === right;
  const words = isShown ? `Use ${writeKey(key)} = ${right}` : `Change the value of ${key} to this type`;
  return `${words}, or run: runner-setup doctor --fix`;
}

function wayOut(at: 'global' | number, path: readonly string[]): string {
  const target = at === 'global' ? '--global' : quote(`#${at + 1}`);
  const key = path.map((part) => (/^[\w-]+$/.test(part) ? part : `"${part}"`)).join('.');
  return `Correct it, or remove it: runner-setup edit ${target} --unset ${quote(key)}`;
}

function checkTable(table: Table, keys: Keys, path: Path, found: Finding[]): void {
  for (const key in table) {
    const what = knownKey(keys, key);
    const value = table[key]!;
    if (what === undefined || (what.kind === 'value' && fits(value, what.type))) continue;
    const here = below(path, key);
    if (what.kind === 'value') checkValue(value, what.type, here, found);
    else if (what.kind === 'table') checkOne(value, what.keys, here, found);
    else checkList(value, what.keys, here, found);
  }
}

function checkOne(value: Value, keys: Keys, path: Path, found: Finding[]): void {
  if (isTable(value)) checkTable(value, keys, path, found);
  else
    found.push({
      path,
      wrong: `must be a table, not ${nameOf(value)}`,
      ...headerInstead(value, path, 'one'),
    });
}

function checkList(value: Value, keys: Keys, path: Path, found: Finding[]): void {
  if (!Array.isArray(value))
    found.push({
      path,
      wrong: `must be a list of tables, not ${nameOf(value)}`,
      ...headerInstead(value, path, 'two'),
    });
  else for (const [at, item] of value.entries()) checkOne(item, keys, below(path, String(at)), found);
}

function checkValue(value: Value, type: ValueType, path: Path, found: Finding[]): void {
  const inner = type.startsWith('map<string,') ? type.slice('map<string,'.length, -1) : undefined;
  // gitlab-runner's reader passes over a map that is no table without a word.
  if (inner !== undefined && !isTable(value)) return;
  if (inner !== undefined) {
    for (const key of Object.keys(value))
      checkValue((value as Table)[key]!, inner as ValueType, below(path, key), found);
  } else if (type.endsWith('[]') && Array.isArray(value)) {
    const items = type.slice(0, -2) as ValueType;
    const wrong = value.find((item) => !fits(item, items));
    if (wrong !== undefined)
      found.push({
        path,
        wrong: `must be a list of ${plural[items]}, but contains ${nameOf(wrong)}`,
        meant: repaired(value, type),
      });
  } else if (!fits(value, type)) {
    const isUnfit = typeof value === 'string' && (type === 'duration' || type === 'datetime');
    const instead = isUnfit ? 'not other text' : `not ${nameOf(value)}`;
    const isLarge = type === 'float' && (typeof value === 'number' || typeof value === 'bigint');
    found.push({
      path,
      wrong: isLarge
        ? `must be a number up to ${Number.MAX_SAFE_INTEGER}, or a number with decimals`
        : `must be ${needs[type] ?? 'another type'}, ${instead}`,
      meant: repaired(value, type),
    });
  }
}

// The number of brackets is easily mistaken; the keys themselves are right.
function headerInstead(value: Value, path: Path, brackets: 'one' | 'two'): Pick<Finding, 'next'> {
  if (!isTable(value) && !isTables(value)) return {};
  const name = namesOf(path)
    .filter((key) => !/^\d+$/.test(key))
    .map(writeKey)
    .join('.');
  return { next: `Use the header ${brackets === 'one' ? `[${name}]` : `[[${name}]]`}.` };
}

const plural: Partial<Record<ValueType, string>> = {
  string: 'strings',
  int: 'whole numbers',
  float: 'numbers',
};

const needs: Partial<Record<ValueType, string>> = {
  string: 'a string',
  int: 'a whole number',
  float: 'a number',
  bool: 'true or false',
  datetime: 'a date with time and zone',
  duration: 'a duration such as "1h30m"',
  policies: 'a string or a list of strings',
  'string[]': 'a list of strings',
  'int[]': 'a list of whole numbers',
  'float[]': 'a list of numbers',
};

function fits(value: Value, type: ValueType): boolean {
  const isInteger = typeof value === 'number' || typeof value === 'bigint';
  if (type === 'string') return typeof value === 'string';
  if (type === 'int') return isInteger;
  if (type === 'float') return isSafe(value) || value instanceof Float;
  if (type === 'bool') return typeof value === 'boolean';
  if (type === 'datetime')
    return value instanceof DateTime || (typeof value === 'string' && readDate(value) !== undefined);
  if (type === 'duration') return isInteger || (typeof value === 'string' && isDuration(value));
  if (type === 'policies') {
    return (
      typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    );
  }
  return (type as string) === 'any';
}

// gitlab-runner's reader refuses a whole number that a float cannot hold to the last digit.
const isSafe = (value: Value): boolean => typeof value === 'number' && Number.isSafeInteger(value);

function isDuration(words: string): boolean {
  try {
    parseDuration(words);
    return true;
  } catch {
    return false;
  }
}

function nameOf(value: Value): string {
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'number' || typeof value === 'bigint') return 'a whole number';
  if (typeof value === 'boolean') return `${value}`;
  if (value instanceof Float)
    return Math.abs(value.value) > Number.MAX_SAFE_INTEGER ? 'one so large' : 'a number with decimals';
  if (value instanceof DateTime) return 'a date';
  return Array.isArray(value) ? 'a list' : 'a table';
}

function labelsOf(table: Table): Table | undefined {
  // Comparing names letter by letter is slow, and no letter of this one changes its length with its case.
  const key = Object.keys(table).find((name) => name.length === 'labels'.length && sameName(name, 'labels'));
  const labels = key === undefined ? undefined : table[key];
  return isTable(labels) ? labels : undefined;
}

// The rules for labels are gitlab-runner's own, checked when it loads a file (config.go).
function checkLabels(table: Table, path: Path, inherited: Table, found: Finding[]): void {
  const labels = labelsOf(table);
  if (labels === undefined) return;
  for (const [name, value] of Object.entries(labels)) {
    const here = below(below(path, 'labels'), name);
    if (!/^[a-zA-Z0-9_][a-zA-Z0-9._-]{2,64}$/.test(name)) {
      found.push({
        path: here,
        wrong: 'is not a valid label name. Use 3 to 65 letters, digits, dots, dashes, and underscores',
      });
    } else if (typeof value === 'string' && !/^[a-zA-Z0-9._-]{1,256}$/.test(value)) {
      found.push({
        path: here,
        wrong: 'is not a valid label value. Use 1 to 256 letters, digits, dots, dashes, and underscores',
      });
    }
  }
  const count = new Set([...Object.keys(inherited), ...Object.keys(labels)]).size;
  if (count > 32)
    found.push({
      path: below(path, 'labels'),
      wrong: `has ${count} labels, but the limit is 32`,
      next: 'Remove some labels.',
    });
}
