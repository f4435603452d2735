import { inOneLine, refuseValue } from './one-line.ts';
import { visible } from './sanitize.ts';

const format = 'a systemd unit';

/**
 * One word of a command line in a unit (ExecStart=, PodmanArgs=), as systemd reads it back. `name` is the flag or variable
 * that the word is of; throws the `Trouble` of wrong use, with that name, for what no unit can hold.
 */
export const unitWord = (word: string, name: string): string => quoted(doubleDollars(word), name);

/**
 * A variable for Environment= as systemd reads it back: `$` means nothing there. `source` is the flag that it was given
 * by; throws the `Trouble` of wrong use, which names that, for what no unit can hold.
 */
export const unitVariable = (name: string, value: string, source = name): string =>
  quoted(`${variableName(name, source)}=${value}`, source);

/** The same for Environment= of a Quadlet, which becomes part of a command line. */
export const quadletVariable = (name: string, value: string, source: string): string =>
  quoted(`${variableName(name, source)}=${doubleDollars(value)}`, source);

/**
 * The whole value of a key of a Quadlet that takes the rest of the line without quotes (Image=, Volume=), and that becomes
 * part of a command line. Throws the `Trouble` of wrong use, with the name of its flag, for what the line cannot hold.
 */
export function quadletValue(value: string, name: string): string {
  const what = 'a Quadlet';
  if (/^\s|\s$/.test(value)) refuseValue(name, 'the value begins or ends with a space', what);
  if (value.endsWith('\\')) refuseValue(name, 'the value ends with a backslash', what);
  if (/^["']/.test(value)) refuseValue(name, 'the value begins with a quotation mark', what);
  return doublePercents(doubleDollars(inOneLine(value, name, what)));
}

// systemd takes no control characters but these in variables, and NUL nowhere.
const strange = /[^\P{Cc}\n\t\u0080-\u009f]/u;

function quoted(word: string, name: string): string {
  if (strange.test(word)) refuseValue(name, 'the value has a control character', format);
  const plain = doublePercents(word);
  return /^[\w@%+=:,./[\]-]+$/.test(plain) ? plain : visible(JSON.stringify(plain));
}

function variableName(name: string, source: string): string {
  return /^[A-Za-z_]\w*$/.test(name)
    ? name
    : refuseValue(source, 'the name has characters other than letters, digits, and _', format);
}

// systemd reads names of its own after a percent sign, and variables after a dollar sign.
const doublePercents = (word: string): string => word.replaceAll('%', '%%');
const doubleDollars = (word: string): string => word.replaceAll('$', '$$$$');
