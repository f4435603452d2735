import { exitCode, Trouble } from '../errors.ts';
import { Unfit, type Value } from './kinds.ts';
import { shownWord } from './mask.ts';
import type { Row } from './row.ts';
import { put, type SettingName, type Settings, settingNames, table } from './table.ts';

/** Where a value came from, the nearest first. */
export type Source = 'flag' | 'file' | 'environment' | 'template' | 'preset' | 'block' | 'answer' | 'default';

/** What is known so far, and where each value came from. */
export interface Gathered {
  readonly settings: Settings;
  readonly sources: Map<SettingName, Source>;
}

export type Words = Partial<Record<SettingName, readonly string[]>>;

/**
 * Reads the words of the flags and the variables of the environment; the flag wins, an empty variable counts as
 * unset. `fromEnv` are the settings whose variables count, all unless told; `command` is the one whose help lists
 * the values. Throws one `Trouble` that names every flag
 * or variable whose value does not fit, and what would be right.
 */
export function gather(
  words: Words,
  env: Readonly<Record<string, string | undefined>>,
  fromEnv: readonly SettingName[] = settingNames,
  command = 'register',
): Gathered {
  const known: Gathered = { settings: {}, sources: new Map() };
  const wrong: string[] = [];
  let isList = false;
  for (const name of settingNames) {
    const found = wordsOf(name, words, fromEnv.includes(name) ? env : {});
    if (found === undefined) continue;
    try {
      learn(known, name, table[name].kind.read(found.words), found.source);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      isList ||= found.source === 'environment' && /list|map/.test(table[name].kind.name);
      wrong.push(
        `${found.from}: ${shown(table[name], found.words)} is not ${error.message}${severalOf(table[name])}`,
      );
    }
  }
  if (wrong.length > 0)
    throw new Trouble(wrong.join('\n'), { code: exitCode.usage, hint: hintFor(isList, command) });
  return known;
}

// Both a comma and a blank may stand in a volume: whoever joins several by one of them is told how they are given.
const severalOf = ({ kind }: Row): string =>
  kind.name === 'list' && kind.syntax === 'volume' ? '; repeat the flag for several values' : '';

/** Adds one value to what is known. */
export function learn(known: Gathered, name: SettingName, value: Value, source: Source): void {
  put(known.settings, name, value);
  known.sources.set(name, source);
}

/** The variables, set now, from which register takes settings of a runner: its own (`RUNNER_SETUP_…`) and those of the call apart. */
export function registerVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  return settingNames.flatMap((name) => {
    const { env: variable, toml, api, kind } = table[name];
    const isMeant = variable === undefined || variable.startsWith('RUNNER_SETUP_');
    const isSetting = toml !== undefined || api !== undefined || kind.name === 'secret';
    return !isMeant && isSetting && env[variable]?.trim() ? [variable] : [];
  });
}

/** The variables that gitlab-runner would take over from the shell and that are set now: each with the flag to use. */
export function shellVariables(
  env: Readonly<Record<string, string | undefined>>,
): { name: SettingName; variable: string }[] {
  return settingNames.flatMap((name) => {
    const variable = table[name].shellEnv;
    return variable !== undefined && env[variable] ? [{ name, variable }] : [];
  });
}

function wordsOf(name: SettingName, words: Words, env: Readonly<Record<string, string | undefined>>) {
  const row = table[name];
  const flagged = words[name];
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

const hintFor = (isList: boolean, command: string): string =>
  `${isList ? 'A list variable contains a JSON array, or one item per line. ' : ''}To see the accepted values: runner-setup ${command} --help-all`;
