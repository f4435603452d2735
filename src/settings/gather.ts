import { exitCode, Trouble } from '../errors.ts';
import { callTable } from './call-table.ts';
import { Unfit, type Value } from './kinds.ts';
import { shownWord } from './mask.ts';
import type { Row } from './row.ts';
import type { SettingName, Settings } from './table.ts';

/** Where a value came from, the nearest first. */
export type Source = 'flag' | 'file' | 'environment' | 'template' | 'preset' | 'block' | 'answer' | 'default';

/** What is known so far, and where each value came from. */
export interface Gathered {
  readonly settings: Settings;
  readonly sources: Map<SettingName, Source>;
}

export type Words = Partial<Record<SettingName, readonly string[]>>;

/** Some rows of the table of settings, or all. */
export type Rows = Readonly<Partial<Record<SettingName, Row>>>;

/** What is understood of a call. */
interface Understood {
  /** The settings that may be given; those of the call unless told. */
  readonly table?: Rows;
  /** Those whose variables count. */
  readonly fromEnv: readonly SettingName[];
  /** The command whose help lists the values; `register` unless told. */
  readonly command?: string | undefined;
}

/** Values that do not fit, each with what would be right. */
export class WrongValues extends Trouble {
  /** The settings that they were given for. */
  readonly names: readonly SettingName[];

  constructor(wrong: ReadonlyMap<SettingName, string>, hint: string | undefined) {
    super([...wrong.values()].join('\n'), { code: exitCode.usage, ...(hint !== undefined && { hint }) });
    this.names = [...wrong.keys()];
  }
}

/**
 * Reads the words of the flags and the variables of the environment; the flag wins, an empty variable counts as
 * unset. Throws `WrongValues` that names every flag or variable whose value does not fit, and what would be right.
 */
export function gather(
  words: Words,
  env: Readonly<Record<string, string | undefined>>,
  { table = callTable, fromEnv, command = 'register' }: Understood,
): Gathered {
  const known: Gathered = { settings: {}, sources: new Map() };
  const taken = new Set(fromEnv);
  const wrong = new Map<SettingName, string>();
  let isList = false;
  let isOpen = false;
  for (const [name, row] of Object.entries(table) as [SettingName, Row][]) {
    const found = wordsOf(row, words[name], taken.has(name) ? env : {});
    if (found === undefined) continue;
    try {
      learn(known, name, row.kind.read(found.words), found.source);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      isList ||= found.source === 'environment' && /list|map/.test(row.kind.name);
      isOpen ||= row.kind.choices === undefined && row.kind.name !== 'yes-no';
      wrong.set(name, `${found.from}: ${shown(row, found.words)} is not ${error.message}${severalOf(row)}`);
    }
  }
  if (wrong.size > 0) throw new WrongValues(wrong, hintFor({ isList, isOpen }, command));
  return known;
}

// Both a comma and a blank may stand in a volume: whoever joins several by one of them is told how they are given.
const severalOf = ({ kind }: Row): string =>
  kind.name === 'list' && kind.syntax === 'volume' ? '; repeat the flag for several values' : '';

/** Sets one setting to a value that its own kind has read. */
export function put(settings: Settings, name: SettingName, value: Value): void {
  (settings as Record<SettingName, Value>)[name] = value;
}

/** Adds one value to what is known. */
export function learn(known: Gathered, name: SettingName, value: Value, source: Source): void {
  put(known.settings, name, value);
  known.sources.set(name, source);
}

function wordsOf(
  row: Row,
  flagged: readonly string[] | undefined,
  env: Readonly<Record<string, string | undefined>>,
) {
  // An empty word of a few is no answer (`--access-level "$UNSET"`).
  const isUnset = row.kind.name === 'choice' && flagged?.at(-1)?.trim() === '';
  if (flagged !== undefined && !isUnset) return { words: flagged, source: 'flag' as const, from: row.flag };
  const value = row.env === undefined ? undefined : env[row.env];
  if (value === undefined || value.trim() === '') return undefined;
  return { words: linesOf(row, value), source: 'environment' as const, from: `the variable ${row.env}` };
}

function linesOf(row: Row, value: string): string[] {
  if (row.kind.name === 'secret') return [value.trim()];
  if (row.kind.name !== 'list' && row.kind.name !== 'map') return [value];
  if (/^\s*[[{]/.test(value)) return [value.trim()];
  return value.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function shown(row: Row, words: readonly string[]): string {
  return row.kind.name === 'secret' ? 'the value' : words.map((word) => `"${unseen(row, word)}"`).join(' ');
}

// In what is no address, nobody can tell where a password ends.
const unseen = ({ kind }: Row, word: string): string => shownWord(kind, word).replace(/\/\/.*@/s, '//…@');

// Where only a few words are right, all of them were named.
function hintFor(
  { isList, isOpen }: { isList: boolean; isOpen: boolean },
  command: string,
): string | undefined {
  const ways = [
    ...(isList ? ['A list variable contains a JSON array, or one item per line.'] : []),
    ...(isOpen ? [`To see the accepted values: runner-setup ${command} --help-all`] : []),
  ];
  return ways.length === 0 ? undefined : ways.join(' ');
}
