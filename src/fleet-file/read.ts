import { adopt, Float, makeTable, type Table, type Value } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';

/** A fleet file as it was read, before it is checked. */
export interface FleetText {
  /** What people call it: its path, or what stands for standard input. */
  readonly file: string;
  readonly root: Table;
  /** Where the key at a path stands, or the nearest thing above it; lines and columns count from 1. */
  placeOf(path: readonly string[]): { readonly line: number; readonly column: number };
}

/** Reads a text that is TOML, YAML, or JSON, by the end of its name, else by its look; throws a `Trouble` with the place for what is none. */
export async function readFleetText(text: string, file: string): Promise<FleetText> {
  return isToml(text, file) ? readToml(text, file) : readYaml(text, file);
}

function isToml(text: string, file: string): boolean {
  const ending = endingOf(file);
  if (ending !== undefined) return ending === 'toml';
  return /^[ \t]*(?:\[|[\w."'-]+[ \t]*=)/m.exec(withoutComments(text))?.index === 0;
}

const endingOf = (file: string): string | undefined => /\.(toml|ya?ml|json)$/i.exec(file)?.[1]?.toLowerCase();

const withoutComments = (text: string): string => text.replace(/^(?:\ufeff|[ \t]*(?:#.*)?\r?\n)+/, '');

async function readToml(text: string, file: string): Promise<FleetText> {
  const [{ readConfig }, { locate }] = await Promise.all([
    import('../config/read.ts'),
    import('../config/locate.ts'),
  ]);
  const config = await readConfig(text, file).catch((error: unknown) => {
    throw error instanceof Trouble ? asMisuse(error) : error;
  });
  return { file, root: config.root, placeOf: (path) => locate(config, path) };
}

// A config.toml is not what was typed; a fleet file is.
const asMisuse = ({ message, why, hint }: Trouble): Trouble =>
  new Trouble(message, {
    ...(why !== undefined && { why }),
    ...(hint !== undefined && { hint }),
    code: exitCode.usage,
  });

// JSON is YAML.
async function readYaml(given: string, file: string): Promise<FleetText> {
  const { parseEvents, constructFromEvents, YAMLException } = await import('js-yaml');
  const text = given.replace(/^\ufeff/, '');
  try {
    const events = parseEvents(text, {});
    const [root, ...more] = constructFromEvents(events, { source: text, maxAliases: 100 });
    if (more.length > 0) throw notValid(file, 'several documents in one file', oneDocument);
    const { placesIn } = await import('./yaml-places.ts');
    const place = placesIn(events, text);
    const tooLarge = () => notValid(file, 'aliases make it too large, or contain themselves', noAliases);
    const budget = { left: Math.max(text.length, mostValues), tooLarge };
    return { file, root: tableOf(root, budget), placeOf: (path) => placeAt(text, place(path)) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    if (mark === undefined) throw notValid(file, reason, 'Correct the file');
    const { line, column, words } = (await unclosed(text, reason, mark.position)) ?? {
      ...{ line: mark.line + 1, column: mark.column + 1, words: reason },
    };
    throw notValid(file, words, 'Correct this line', `, line ${line}, column ${column}`);
  }
}

// The parser complains of a line far behind what is not closed. It says the same of a line that is indented too little.
async function unclosed(text: string, reason: string, position: number) {
  const isEnd = reason.startsWith('unexpected end of the stream within a');
  if (!isEnd && reason !== 'deficient indentation') return undefined;
  const { openerBefore } = await import('./yaml-unclosed.ts');
  const opener = openerBefore(text, position);
  if (opener === undefined) return undefined;
  const words = `this ${opener.character} is not closed`;
  return {
    ...placeAt(text, opener.offset),
    words: isEnd ? words : `${words}, or a line in it is not indented`,
  };
}

const oneDocument = 'Write all runners in one document, or each document in a file of its own';
const noAliases = 'Write the values themselves in place of aliases';

function notValid(file: string, reason: string, remedy: string, place = ''): Trouble {
  const ending = endingOf(file);
  const format = ending === 'json' ? 'JSON' : 'YAML';
  return new Trouble(`${file}${place}: not valid ${format}: ${reason}.`, {
    ...(ending === undefined && {
      why: 'The name does not end in .toml, .yaml, or .json, and the text does not begin like TOML, so it was read as YAML.',
    }),
    hint: `${remedy}, then run the command again. Nothing was changed.`,
    code: exitCode.usage,
  });
}

const tableOf = (root: unknown, budget: Budget): Table => {
  const value = valueIn(root, budget, 0);
  return typeof value === 'object' && !Array.isArray(value) ? (value as Table) : makeTable();
};

// Without aliases, a text has fewer values than characters.
const mostValues = 1_000_000;
// Deeper than any text without aliases may be.
const mostDeep = 200;

/** How many values may still come, and what to throw for more. */
interface Budget {
  left: number;
  tooLarge(): Error;
}

// A key without a value is a key that is not there. Aliases can hold each other many times, or themselves.
function valueIn(value: unknown, budget: Budget, depth: number): Value | undefined {
  if (value === null || value === undefined) return undefined;
  if (budget.left-- <= 0 || depth > mostDeep) throw budget.tooLarge();
  const within = (item: unknown) => valueIn(item, budget, depth + 1);
  if (Array.isArray(value)) return value.flatMap((item) => within(item) ?? []);
  // As TOML has it: no whole number that is not held to the last digit.
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return new Float(value);
  if (typeof value !== 'object') return adopt(value as Value);
  const entries = Object.entries(value).flatMap(([key, item]): [string, Value][] => {
    const inner = within(item);
    return inner === undefined ? [] : [[key, inner]];
  });
  return makeTable(entries);
}

function placeAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
