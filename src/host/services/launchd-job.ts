import { type PropertyList, readBinaryPlist } from './binary-plist.ts';

/** A job of launchd, as its property list says. */
interface LaunchdJob {
  readonly arguments: readonly string[];
  /** The text of a key. */
  text(key: string): string | undefined;
  /** What a variable of its environment says. */
  variable(name: string): string | undefined;
  /** Whether a key is true, or has conditions under which it is. */
  isOn(key: string): boolean;
}

/** Reads the property list of a job, in XML or binary; nothing where a binary one is damaged. */
export function readLaunchdJob(bytes: Buffer): LaunchdJob | undefined {
  if (!bytes.subarray(0, 6).equals(Buffer.from('bplist'))) return jobInXml(withoutComments(bytes.toString()));
  const list = readBinaryPlist(bytes);
  return isDictionary(list) ? jobIn(list) : undefined;
}

function jobIn(list: Dictionary): LaunchdJob {
  const { ProgramArguments: words, EnvironmentVariables: variables } = list;
  const textIn = (value: PropertyList | undefined) => (typeof value === 'string' ? value : undefined);
  return {
    arguments: Array.isArray(words) ? words.flatMap((word) => textIn(word) ?? []) : [],
    text: (key) => textIn(list[key]),
    variable: (name) => (isDictionary(variables) ? textIn(variables[name]) : undefined),
    isOn: (key) => list[key] === true || isDictionary(list[key]),
  };
}

type Dictionary = { readonly [key: string]: PropertyList };

const isDictionary = (value: PropertyList | undefined): value is Dictionary =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function jobInXml(text: string): LaunchdJob {
  const variables = textBehind(text, 'EnvironmentVariables');
  return {
    arguments: stringsOf(textBehind(text, 'ProgramArguments')),
    text: (key) => stringOf(text, key),
    variable: (name) => stringOf(variables, name),
    isOn: (key) => /^<(true\s*\/|dict)/.test(textBehind(text, key)),
  };
}

const withoutComments = (text: string): string =>
  text
    .split('<!--')
    .map((part, at) => (at === 0 ? part : part.split('-->').slice(1).join('-->')))
    .join('');

// What follows a key, up to the next one or the end of a list.
function textBehind(text: string, key: string): string {
  const at = text.indexOf(`<key>${key}</key>`);
  if (at < 0) return '';
  const rest = text.slice(at + key.length + 11).trimStart();
  const opened = /^<(array|dict)>/.exec(rest)?.[1];
  if (opened !== undefined) return rest.slice(0, rest.indexOf(`</${opened}>`));
  return rest.slice(0, rest.indexOf('<key>') < 0 ? rest.length : rest.indexOf('<key>'));
}

const stringOf = (text: string, key: string): string | undefined => stringsOf(textBehind(text, key))[0];

const stringsOf = (text: string): string[] =>
  [...text.matchAll(/<string>([^<]*)<\/string>|<string\s*\/>/g)].map(([, one = '']) => plain(one));

const entities = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

const plain = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (all, decimal, hexadecimal, name) => {
    if (name !== undefined) return entities.get(name) ?? all;
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
