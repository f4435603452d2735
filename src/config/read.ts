import { Trouble } from '../errors.ts';
import { visible } from '../text/sanitize.ts';
import { sameName } from './keys.ts';
import { maskLine } from './mask.ts';
import { isTable, makeTable, type Table } from './model.ts';
import { parseValues, SyntaxFault } from './parse.ts';

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
}

/** Reads config.toml; Trouble with file, line, column, the masked line and a caret when it is not TOML 1.0. */
export async function readConfig(text: string, file: string): Promise<Config> {
  const plain = plainText(text, file);
  try {
    return configOf(text, file, parseValues(plain));
  } catch (first) {
    if (!(first instanceof SyntaxFault)) throw first;
    const { placesValues } = await import('./places.ts');
    return configOf(text, file, secondReading(plain, file, placesValues));
  }
}

/**
 * Reads the text of a config.toml with the second parser handed in (`placesValues`), so that nothing is waited for.
 * Throws a `Trouble` for invalid TOML.
 */
export function readConfigWith(placesValues: (text: string) => Table, text: string, file: string): Config {
  const plain = plainText(text, file);
  try {
    return configOf(text, file, parseValues(plain));
  } catch (first) {
    if (!(first instanceof SyntaxFault)) throw first;
    return configOf(text, file, secondReading(plain, file, placesValues));
  }
}

function secondReading(plain: string, file: string, placesValues: (text: string) => Table): Table {
  try {
    return placesValues(plain);
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

function configOf(text: string, file: string, root: Table): Config {
  const names = Object.keys(root);
  const runnersKey = names.includes('runners')
    ? 'runners'
    : (names.find((name) => sameName(name, 'runners')) ?? 'runners');
  const list = root[runnersKey];
  const runners = Array.isArray(list) ? list.filter(isTable) : [];
  const globals = makeTable(Object.entries(root).filter(([name]) => name !== runnersKey));
  return { file, text, root, globals, runners, runnersKey };
}

/** The first carriage return of a text with LF line ends: gitlab-runner's reader takes none (BurntSushi/toml). */
export function strayReturn(plain: string): SyntaxFault | undefined {
  const at = plain.indexOf('\r');
  if (at < 0) return undefined;
  const before = plain.slice(0, at).split('\n');
  return new SyntaxFault('a carriage return without a line feed', before.length, before.at(-1)!.length + 1);
}

/** A place in a file: line and column count from 1; `words` is the line itself. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly words: string;
}

/** Trouble at one place of a file, with the line itself (secrets hidden) and a caret below it. */
export function troubleAt(file: string, at: Place, message: string, hint: string): Trouble {
  return new Trouble(`${file}, line ${at.line}, column ${at.column}: ${message}`, {
    why: excerptAt(at),
    hint,
  });
}

/** The line at a place as it may be shown (secrets hidden), with its number, and a caret below it. */
export function excerptAt({ line, column, words }: Place): string {
  const number = String(line);
  const caret = `${words.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`;
  return `${number} | ${visible(maskLine(words))}\n${' '.repeat(number.length)} | ${caret}`;
}

/** The place of a fault of syntax, with its line. */
export const placeOf = (text: string, { line, column }: SyntaxFault): Place => ({
  line,
  column,
  words: (text.split('\n')[line - 1] ?? '').replace(/\r$/, ''),
});

function unreadable(text: string, file: string, fault: SyntaxFault): Trouble {
  const message = `not valid TOML: ${fault.message.charAt(0).toLowerCase()}${fault.message.slice(1)}`;
  return troubleAt(
    file,
    placeOf(text, fault),
    message,
    'Correct this line and try again; nothing was changed.',
  );
}
