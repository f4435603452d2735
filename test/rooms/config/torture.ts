import { diffLines } from '../../../src/config/diff.ts';
import { editConfig } from '../../../src/config/edit.ts';
import {
  type Change,
  isTable,
  isTables,
  sameValue,
  type Table,
  type Value,
} from '../../../src/config/model.ts';
import { type Config, readConfig } from '../../../src/config/read.ts';
import { writeValue } from '../../../src/config/write.ts';
import type { Chance } from './random.ts';

/** One edit to try: the change, the value that is to stand at the path after it, and the change that undoes it. */
export interface Trial {
  readonly change: Change;
  readonly inverse?: Change | undefined;
  readonly kind: string;
  /** What an `unset` takes away is no table. */
  readonly wasValue?: boolean;
}

/** Tries one edit and says what is wrong with its outcome; undefined when all is well. */
export async function tryEdit(text: string, trial: Trial): Promise<string | undefined> {
  let after: string;
  try {
    after = editConfig(await readConfig(text, 'config.toml'), [trial.change]);
  } catch (error) {
    return `threw ${(error as Error).stack} ${(error as { why?: string }).why}`;
  }
  const fault = await wrongOutcome(text, after, trial);
  if (fault !== undefined || text === after || trial.inverse === undefined) return fault;
  return wrongInverse(text, await readConfig(after, 'config.toml'), trial.inverse);
}

/** Says what is wrong with a text that is said to be the outcome of an edit. */
export async function wrongOutcome(text: string, after: string, trial: Trial): Promise<string | undefined> {
  const before = await readConfig(text, 'config.toml');
  const result = await readConfig(after, 'config.toml').catch(() => undefined);
  if (result === undefined) return 'the outcome is not TOML';
  return (
    wrongValues(before, result, trial.change) ??
    wrongLines(text, after, trial, before) ??
    wrongFrame(text, after)
  );
}

async function wrongInverse(text: string, result: Config, inverse: Change): Promise<string | undefined> {
  try {
    const back = editConfig(result, [inverse]);
    return back === text || isSameButHeaders(text, back)
      ? undefined
      : `the inverse gives other bytes:\n${shown(text, back)}`;
  } catch (error) {
    return `the inverse threw ${(error as Error).message}`;
  }
}

const shown = (before: string, after: string) =>
  diffLines(before, after, asTheyAre)
    .map(({ sign, text }) => sign + text)
    .join('\n');

/** The named lines of a text, as diffLines wants them. */
export const asTheyAre = (text: string, { first, last }: { first: number; last: number }): string[] =>
  text.split(/(?<=\n)/).slice(first - 1, last);

/** A table that only its sub-tables announced keeps the header it was given. */
function isSameButHeaders(text: string, back: string): boolean {
  return (
    lostLines(text, back).length === 0 &&
    lostLines(back, text).every((line) => /^\s*\[[^[\]]+\]\s*$/.test(line))
  );
}

/** Compares with an own, simple model of what the change means. */
function wrongValues(before: Config, after: Config, change: Change): string | undefined {
  const expected = copy(before.root) as Table;
  applyToModel(expected, before, change);
  return sameValue(expected, after.root) ? undefined : 'the values are not the intended ones';
}

function copy(value: Value): Value {
  if (Array.isArray(value)) return value.map(copy);
  if (!isTable(value)) return value;
  return Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)])),
  );
}

function applyToModel(root: Table, { text, runnersKey: key }: Config, change: Change): void {
  root[key] ??= [];
  const runners = root[key] as Table[];
  if (change.do === 'remove-runner') runners.splice(change.at, 1);
  else if (change.do === 'append') runners.push(change.block);
  else applyToTable(change.at === 'global' ? root : runners[change.at]!, change, text);
  if ((root[key] as Table[]).length === 0) delete root[key];
}

function applyToTable(top: Table, change: Exclude<Change, { do: 'append' | 'remove-runner' }>, text: string) {
  let table: Value = top;
  for (const step of change.path.slice(0, -1)) {
    if (Array.isArray(table)) table = table[Number(step)]!;
    else table = (table as Table)[step] ??= Object.create(null);
  }
  const holder = table as Table;
  const last = change.path.at(-1)!;
  if (change.do === 'unset') delete holder[last];
  else if (change.do === 'set') holder[last] = change.value;
  else holder[last] = changedList(holder[last], change);
  if (
    change.do === 'remove' &&
    isHeaded(text, last) &&
    change.values.some(isTable) &&
    (holder[last] as Value[]).length === 0
  )
    delete holder[last];
}

// Tables with headers of their own leave nothing behind, an inline list stays as `[]`.
const isHeaded = (text: string, name: string) =>
  new RegExp(`\\[\\[[^\\]\\n]*\\b${name}["'\\s]*\\]\\]`).test(text);

function changedList(
  old: Value | undefined,
  change: { do: 'add' | 'remove'; values: readonly Value[] },
): Value[] {
  const list = typeof old === 'string' ? [old] : ((old ?? []) as Value[]);
  const has = (value: Value) => list.some((other) => sameValue(other, value));
  if (change.do === 'add') return [...list, ...change.values.filter((value) => !has(value))];
  return list.filter((value) => !change.values.some((other) => sameValue(other, value)));
}

/** Checks that no line is lost, altered or new that the change has no business with, nor any comment. */
function wrongLines(text: string, after: string, trial: Trial, config: Config): string | undefined {
  return strangeLines(text, after, trial) ?? strangeComments(text, after, trial.change, config);
}

const isHeader = (line: string) => /^\s*\[[^\]]+\]$/.test(line);
const isElement = (line: string) => /^\s*(?:["'#\],\d]|$)/.test(line);

/** Checks each kind of change by the lines that it may touch. */
function strangeLines(text: string, after: string, { change, kind, wasValue }: Trial): string | undefined {
  const lost = lostLines(text, after);
  const gained = lostLines(after, text).filter((line) => !(isHeader(line) && change.do !== 'remove-runner'));
  const kept = keptInside(text, after);
  const wrong: Record<string, boolean> = {
    append: lost.length > 0,
    'new key': lost.length > 0,
    'new key inside': lost.length > 1 || !lost.every((line) => line.includes('{')),
    'add table': lost.length > (change.do === 'add' && isHeaded(text, change.path.at(-1)!) ? 0 : 1),
    'set value': kept.length > 0,
    'remove runner': gained.length > 0,
    unset:
      gained.length > 1 ||
      (gained.length > 0 && kept.length > 0) ||
      (wasValue === true && /^\s*\[[^\]"'\d]/.test(lost[0] ?? '')),
    add: middles(text, after).left.length > 1,
    remove: gained.length > 1 || (gained.length > 0 && !kept.every(isElement)),
  };
  return wrong[kind] === false
    ? undefined
    : `lines lost ${JSON.stringify(lost)}, new ${JSON.stringify(gained)}, kept ${JSON.stringify(kept)}`;
}

/** All comments of generated files; strings hold nothing that looks like them. */
const anyComment =
  /# \d+ (?:above|beside): \S+|# \d+ loose|# the (?:head|end) of the file \d+|# {3}name = "old \d+"|# \[\[runners\]\]|# {3}executor = "shell"|#extra_hosts = \["x:1\.2\.3\.4"\]|# above item[^\r\n]*|# beside an item|# "last",/g;

/** Checks that comments go with their owners, and only with them; those of nobody may go with what is around them. */
function strangeComments(text: string, after: string, change: Change, config: Config): string | undefined {
  const paths = goingPaths(config, change);
  const [before, now] = [counted(text), counted(after)];
  const mayGo = change.do === 'remove' || paths.length > 0;
  for (const [comment, count] of before) {
    const owner = /(?:above|beside): (\S+)/.exec(comment)?.[1];
    const goes = owner !== undefined && paths.some((path) => owner === path || owner.startsWith(`${path}.`));
    const left = now.get(comment) ?? 0;
    if (goes && !isHead(text, comment)) {
      if (left > 0) return `a comment was left behind: ${comment}`;
    } else if (
      owner !== undefined || /head|end|old|runners|shell/.test(comment) || !mayGo
        ? left !== count
        : left > count
    ) {
      return `a comment was lost or doubled: ${comment}`;
    }
  }
  return undefined;
}

function counted(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [comment] of text.matchAll(anyComment)) counts.set(comment, (counts.get(comment) ?? 0) + 1);
  return counts;
}

/** The lines between the first and the last difference that are the same in both texts. */
function keptInside(before: string, after: string): string[] {
  const { left, right } = middles(before, after);
  const kept = (line: string) => line.trim() !== '' && right.includes(line);
  return left.filter(kept);
}

/** The paths that a change takes away, as the comments name them. */
function goingPaths(config: Config, change: Change): string[] {
  if (change.do === 'remove-runner') return [`r${change.at}`];
  if (change.do !== 'unset' && change.do !== 'remove') return [];
  const path = change.path.join('.').replaceAll(' ', '_');
  const name = change.at === 'global' ? path : `r${change.at}.${path}`;
  if (change.do === 'unset') return change.at === 'global' ? [name, `global.${name}`] : [name];
  const top = change.at === 'global' ? config.root : config.runners[change.at];
  const list = change.path.reduce<Value | undefined>((value, key) => (value as Table)?.[key], top) as Value[];
  const going = (item: Value) => isTable(item) && change.values.some((other) => sameValue(item, other));
  return list.flatMap((item, at) => (going(item) ? [`${name}.${at}`] : []));
}

const isHead = (text: string, comment: string) =>
  comment.includes(': global.') && /^[\ufeff\s]*$/.test(text.slice(0, text.indexOf(comment)));

/** The lines of the first text that are not found, in order, in the second; line ends and blank lines aside. */
export function lostLines(before: string, after: string): string[] {
  const full = (line: string) => line.trim() !== '';
  const plain = (text: string) =>
    text
      .replace('\ufeff', '')
      .split(/\r?\n/)
      .filter(full)
      .map((line) => `${line}\n`)
      .join('');
  const lines = diffLines(plain(before), plain(after), asTheyAre);
  return lines.flatMap(({ sign, text }) => (sign === '-' ? [text] : []));
}

/** The lines of two texts without those that are the same at both ends. */
function middles(before: string, after: string): { left: string[]; right: string[] } {
  const left = before.replace('\ufeff', '').split(/\r?\n/);
  const right = after.replace('\ufeff', '').split(/\r?\n/);
  let head = 0;
  while (head < left.length && left[head] === right[head]) head++;
  let tail = 0;
  while (tail < Math.min(left.length, right.length) - head && left.at(-1 - tail) === right.at(-1 - tail))
    tail++;
  return { left: left.slice(head, left.length - tail), right: right.slice(head, right.length - tail) };
}

/** Checks byte order mark, line ends and the end of the file. */
function wrongFrame(text: string, after: string): string | undefined {
  if (text.startsWith('\ufeff') !== after.startsWith('\ufeff')) return 'the byte order mark changed';
  const crlf = /\r\n/.test(text);
  if (crlf && !/(?<!\r)\n/.test(text) && /(?<!\r)\n/.test(after))
    return 'a line feed alone in a file with CRLF';
  if (!crlf && after.includes('\r')) return 'a carriage return came in';
  const ends = (all: string) => all.endsWith('\n');
  const bare = (all: string) => all.replace('\ufeff', '').trim() === '';
  if (!bare(text) && !bare(after) && ends(text) !== ends(after)) return 'the end of the file changed';
  return undefined;
}

/** Chooses an edit that makes sense for a file. */
export function chooseTrial(config: Config, chance: Chance): Trial {
  const count = config.runners.length;
  if (count === 0 || chance.happens(0.08)) return appendTrial(config);
  if (chance.happens(0.1))
    return { kind: 'remove runner', change: { do: 'remove-runner', at: chance.below(count) } };
  const at = chance.happens(0.15) ? ('global' as const) : chance.below(count);
  const top = at === 'global' ? config.globals : config.runners[at]!;
  const choose = chance.one([
    setTrial,
    setTrial,
    newKeyTrial,
    newKeyTrial,
    unsetTrial,
    addTrial,
    addTrial,
    removeTrial,
    newItemTrial,
  ]);
  return choose(top, at, chance) ?? newKeyTrial(top, at, chance)!;
}

/** The block that is appended: complete already, so that what is written is what was given. */
export function appendTrial(config: Config): Trial {
  const block: Table = Object.assign(Object.create(null), newBlock);
  return {
    kind: 'append',
    change: { do: 'append', block },
    inverse: { do: 'remove-runner', at: config.runners.length },
  };
}

let newBlock: Table = {};
/** Sets the block that `appendTrial` uses. */
export function useBlock(block: Table): void {
  newBlock = block;
}

type Choose = (top: Table, at: 'global' | number, chance: Chance) => Trial | undefined;

const setTrial: Choose = (top, at, chance) => {
  const leaves = leavesOf(top).filter(({ value }) => !Array.isArray(value));
  if (leaves.length === 0) return undefined;
  const { path, value } = chance.one(leaves);
  const next = chance.one<Value>([
    'new "value"\n\ttwo',
    'plain',
    42,
    100_000,
    true,
    writeValue(value) === '5' ? 6 : 5,
  ]);
  const isBack = typeof value === 'number' && false;
  return {
    kind: 'set value',
    change: { do: 'set', at, path, value: next },
    inverse: isBack ? { do: 'set', at, path, value } : undefined,
  };
};

const newKeyTrial: Choose = (top, at, chance) => {
  const paths = at === 'global' ? newGlobals : newKeys;
  const tables = tablesOf(top).map(({ path }) => [...path, 'brand_new']);
  const free = [...paths, ...tables].filter((path) => firstMissing(top, path) !== undefined);
  const path = chance.one(free);
  const value = chance.one<Value>([
    'x',
    3,
    false,
    ['a', 'b'],
    { k: 'v', 'q q': 1 },
    [{ name: 'n' }, { name: 'm' }],
    [],
  ]);
  return {
    kind: isInside(top, path) ? 'new key inside' : 'new key',
    change: { do: 'set', at, path, value },
    inverse: { do: 'unset', at, path: path.slice(0, firstMissing(top, path)! + 1) },
  };
};

const newGlobals = [
  ['log_format'],
  ['listen_address'],
  ['session_server', 'advertise_address'],
  ['machine', 'shutdown_drain', 'enabled'],
  ['experimental', 'x'],
];

const newKeys = [
  ['output_limit'],
  ['clone_url'],
  ['docker', 'privileged'],
  ['docker', 'tmpfs', '/tmp'],
  ['docker', 'host'],
  ['cache', 's3', 'AccessKey'],
  ['cache', 'gcs', 'BucketName'],
  ['feature_flags', 'FF_Z'],
  ['custom', 'run_exec'],
  ['kubernetes', 'dns_config', 'nameservers'],
  ['kubernetes', 'volumes', 'pvc'],
  ['a', 'b', 'c', 'd'],
];

const unsetTrial: Choose = (top, at, chance) => {
  const all = [...leavesOf(top), ...tablesOf(top)].filter(({ path }) => path.length > 0);
  if (all.length === 0) return undefined;
  const { path, value } = chance.one(all);
  return { kind: 'unset', wasValue: !isTable(value) && !isTables(value), change: { do: 'unset', at, path } };
};

const addTrial: Choose = (top, at, chance) => {
  const lists = leavesOf(top).filter(({ value }) => Array.isArray(value) && !isTables(value));
  if (lists.length === 0) return undefined;
  const { path } = chance.one(lists);
  const values = chance.one([['fresh'], ['fresh', 'and "another"'], [7]]);
  return {
    kind: 'add',
    change: { do: 'add', at, path, values },
    inverse: { do: 'remove', at, path, values },
  };
};

const removeTrial: Choose = (top, at, chance) => {
  const lists = leavesOf(top).filter(({ value }) => Array.isArray(value) && value.length > 0);
  if (lists.length === 0) return undefined;
  const { path, value } = chance.one(lists);
  return { kind: 'remove', change: { do: 'remove', at, path, values: chance.some(value as Value[], 0.5) } };
};

const newItemTrial: Choose = (top, at, chance) => {
  const lists = leavesOf(top).filter(({ value }) => isTables(value));
  if (lists.length === 0) return undefined;
  const values: Value[] = [{ name: 'fresh', command: ['a'] }];
  return {
    kind: 'add table',
    change: { do: 'add', at, path: chance.one(lists).path, values },
    inverse: undefined,
  };
};

interface Leaf {
  readonly path: string[];
  readonly value: Value;
}

/** All values below a table that are no tables; lists of tables count as values and are looked into. */
export function leavesOf(value: Value, path: string[] = []): Leaf[] {
  if (isTable(value)) return Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
  if (isTables(value))
    return [{ path, value }, ...value.flatMap((item, at) => leavesOf(item, [...path, String(at)]))];
  return [{ path, value }];
}

/** All tables below a table, those in lists too. */
export function tablesOf(value: Value, path: string[] = []): Leaf[] {
  if (Array.isArray(value))
    return isTables(value) ? value.flatMap((item, at) => tablesOf(item, [...path, String(at)])) : [];
  if (!isTable(value)) return [];
  const below = Object.entries(value).flatMap(([key, item]) => tablesOf(item, [...path, key]));
  const isItem = /^\d+$/.test(path.at(-1) ?? '');
  return path.length === 0 || isItem ? below : [{ path, value }, ...below];
}

function firstMissing(top: Table, path: string[]): number | undefined {
  let value: Value | undefined = top;
  for (const [at, key] of path.entries()) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isTable(value)) value = value[key];
    else return undefined;
    if (value === undefined) return at;
  }
  return undefined;
}

// In an inline table the new key goes into the line that is there.
function isInside(top: Table, path: string[]): boolean {
  return path.length > 1 && firstMissing(top, path.slice(0, 1)) === undefined;
}
