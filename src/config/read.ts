import { Trouble } from '../errors.ts';
import { visible } from '../text/sanitize.ts';
import { sameName } from './keys.ts';
import { starredLine } from './mask.ts';
import { isTable, makeTable, type Table } from './model.ts';
import { faultAt, isTooDeep, tooDeepIn } from './nesting.ts';
import { parseValues, SyntaxFault } from './parse.ts';
import type { Reading } from './redefined.ts';

/** A config.toml that was read: its exact text and its values. */
export interface Config {
  readonly file: string;
  readonly text: string;
  readonly root: Table;
  /** Everything that is not a runner. */
  readonly globals: Table;
  readonly runners: Table[];
  /** How the file spells `runners`. */
  readonly runnersKey: string;
  /** Where a table is defined a second time, which TOML forbids and gitlab-runner reads all the same. */
  readonly redefined?: SyntaxFault;
}

/** Reads config.toml; Trouble with file, line, column, the masked line and a caret when gitlab-runner's reader would not take it as TOML 1.0. */
export async function readConfig(text: string, file: string): Promise<Config> {
  const plain = plainText(text, file);
  const first = firstReading(plain);
  if (first !== undefined) return configOf(text, plain, file, first);
  const { readAgain } = await import('./redefined.ts');
  return configOf(text, plain, file, secondReading(plain, file, readAgain));
}

/**
 * Reads the text of a config.toml with the second parser handed in (`readAgain`), so that nothing is waited for.
 * Throws a `Trouble` for invalid TOML.
 */
export function readConfigWith(readAgain: (text: string) => Reading, text: string, file: string): Config {
  const plain = plainText(text, file);
  return configOf(text, plain, file, firstReading(plain) ?? secondReading(plain, file, readAgain));
}

// The first parser lets a table be defined a second time after keys of three parts; gitlab-runner's does not always.
function isExtended(plain: string): boolean {
  const firsts = new Set([...plain.matchAll(longKey)].map(([, first]) => bare(first!)));
  return firsts.size > 0 && [...plain.matchAll(lastOfHeader)].some(([, last]) => firsts.has(bare(last!)));
}

const bare = (key: string): string => key.replace(/^["']|["']$/g, '');

const longKey =
  /^[ \t]*([\w-]+|"[^"\n]*"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[\w-]+|"[^"\n]*"|'[^'\n]*')){2,100}[ \t]*=/gm;

const lastOfHeader = /^[ \t]*\[[^\n]*?(?<![\w-])([\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\](?=[ \t]*(?:#|$))/gm;

function firstReading(plain: string): Reading | undefined {
  if (isExtended(plain)) return undefined;
  try {
    return { root: parseValues(plain) };
  } catch (fault) {
    if (fault instanceof SyntaxFault) return undefined;
    throw fault;
  }
}

function secondReading(plain: string, file: string, readAgain: (text: string) => Reading): Reading {
  const deep = tooDeepIn(plain);
  if (deep !== undefined) throw unreadable(plain, file, deep);
  try {
    return readAgain(plain);
  } catch (second) {
    if (second instanceof SyntaxFault) throw unreadable(plain, file, second);
    throw second;
  }
}

/** The text without byte order mark and with LF line ends; Trouble for a carriage return that is no part of one. */
function plainText(text: string, file: string): string {
  const body = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (!body.includes('\r')) return body;
  const plain = body.replaceAll('\r\n', '\n');
  const stray = strayReturn(plain);
  if (stray !== undefined) throw unreadable(plain, file, stray);
  return plain;
}

function configOf(text: string, plain: string, file: string, { root, redefined }: Reading): Config {
  if (isTooDeep(root)) throw unreadable(plain, file, tooDeepIn(plain) ?? faultAt(plain, 0));
  const names = Object.keys(root);
  const runnersKey = names.includes('runners')
    ? 'runners'
    : (names.find((name) => sameName(name, 'runners')) ?? 'runners');
  const list = root[runnersKey];
  const runners = Array.isArray(list) ? list.filter(isTable) : [];
  if (runners.length > mostRunners) throw new TooManyRunners(file, runners.length);
  const globals = makeTable(Object.entries(root).filter(([name]) => name !== runnersKey));
  return { file, text, root, globals, runners, runnersKey, ...(redefined && { redefined }) };
}

/** More than any machine has: what is found in each of them has to find room in memory. */
const mostRunners = 100_000;

/** What is thrown for a file of more than 100,000 runners, whether or not it is TOML otherwise. */
export class TooManyRunners extends Trouble {
  constructor(file: string, count: number) {
    super(`${file} has ${count} runners, but the limit is ${mostRunners}.`, {
      hint: 'Split them into several files, and run gitlab-runner with --config for each file.',
    });
  }
}

/** The first carriage return of a text with LF line ends: gitlab-runner's reader takes none (BurntSushi/toml). */
export function strayReturn(plain: string): SyntaxFault | undefined {
  const at = plain.indexOf('\r');
  if (at < 0) return undefined;
  const before = plain.slice(0, at).split('\n');
  return new SyntaxFault('a carriage return without a line feed', before.length, before.at(-1)!.length + 1);
}

/** A place in the text of a file: line and column count from 1; `words` is the line itself. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly words: string;
  readonly text: string;
}

/** Trouble at one place of a file, with the line itself (secrets hidden) and a caret below it. */
export function troubleAt(file: string, at: Place, message: string, hint: string): Trouble {
  return new Trouble(`${file}, line ${at.line}, column ${at.column}: ${message}`, {
    why: excerptAt(at),
    hint,
  });
}

/** The line at a place as it may be shown (secrets hidden), with its number, and a caret below it. */
export function excerptAt({ line, column, words, text }: Place): string {
  const number = String(line);
  if (words.length > longest) return `${number} | (a line of ${words.length} characters)`;
  const caret = `${words.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`;
  return `${number} | ${visible(starredLine(text, line).replace(/\r$/, ''))}\n${' '.repeat(number.length)} | ${caret}`;
}

/** Longer lines help nobody on a screen. */
const longest = 2000;

/** The place of a fault of syntax, with its line. */
export const placeOf = (text: string, { line, column }: SyntaxFault): Place => ({
  line,
  column,
  words: (text.split('\n')[line - 1] ?? '').replace(/\r$/, ''),
  text,
});

function unreadable(text: string, file: string, fault: SyntaxFault): Trouble {
  const message = `not valid TOML: ${fault.message.charAt(0).toLowerCase()}${fault.message.slice(1)}`;
  return troubleAt(
    file,
    placeOf(text, fault),
    message,
    'Correct this line, then run the command again. Nothing was changed.',
  );
}
