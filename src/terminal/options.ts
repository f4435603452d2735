import { Command, CommanderError, Option } from 'commander';
import { exitCode, Trouble } from '../errors.ts';
import { type CallName, callTable } from '../settings/call-table.ts';
import { logFormats, logLevels } from '../settings/executors.ts';
import type { Rows, Words } from '../settings/gather.ts';
import { isYesNoWord } from '../settings/kinds.ts';
import type { Offer, Row } from '../settings/row.ts';
import type { SettingName } from '../settings/table.ts';
import { nearest } from '../text/closest.ts';

/** The options of the program itself, which every command understands. */
export const programOptions = {
  json: { flag: '--json', isSwitch: true, doc: 'Output JSON' },
  dryRun: {
    flag: '--dry-run',
    isSwitch: true,
    doc: 'Show the changes without making them',
  },
  exitCode: {
    flag: '--exit-code',
    isSwitch: true,
    doc: `With --dry-run: exit with ${exitCode.changes} if there are changes`,
  },
  yes: { flag: '--yes', short: '-y', isSwitch: true, doc: 'Skip the confirmation prompt' },
  quiet: { flag: '--quiet', short: '-q', isSwitch: true, doc: 'Print errors only' },
  verbose: {
    flag: '--verbose',
    isSwitch: true,
    doc: 'Show where values come from, and each request to GitLab',
  },
  debug: {
    flag: '--debug',
    isSwitch: true,
    env: 'RUNNER_DEBUG',
    doc: 'Show all details, with the stack trace of an error',
  },
  color: {
    flag: '--color',
    shown: '--no-color',
    isSwitch: true,
    doc: 'Disable colors',
    offers: ['true', 'false'],
  },
  help: { flag: '--help', short: '-h', isSwitch: true, doc: 'Show help' },
  helpAll: { flag: '--help-all', isSwitch: true, doc: 'Show help with all flags' },
  // gitlab-runner takes these three before the command.
  logLevel: {
    flag: '--log-level',
    short: '-l',
    isSwitch: false,
    hint: 'LEVEL',
    doc: 'debug for --debug; error, fatal, or panic for --quiet',
    offers: logLevels,
  },
  logFormat: {
    flag: '--log-format',
    isSwitch: false,
    hasNoEffect: true,
    hint: 'FORMAT',
    doc: 'Accepted for compatibility; has no effect',
    offers: logFormats,
  },
  cpuprofile: {
    flag: '--cpuprofile',
    isSwitch: false,
    hasNoEffect: true,
    hint: 'FILE',
    doc: 'Accepted for compatibility; has no effect',
    offers: 'files',
  },
} as const satisfies Record<string, VerbOption & { readonly env?: string }>;

type ProgramOption = keyof typeof programOptions;

/** A flag of one command that is no setting. */
export interface VerbOption {
  readonly flag: `--${string}`;
  readonly short?: `-${string}`;
  /** The form that help shows where it is another one. */
  readonly shown?: `--${string}`;
  readonly isSwitch: boolean;
  /** The flag may stand alone; a word that follows and is no flag is its value. */
  readonly optional?: true;
  /** Taken because gitlab-runner takes it: only the help with all flags shows it. */
  readonly hasNoEffect?: true;
  /** What help shows behind a flag that takes a value. */
  readonly hint?: string;
  readonly doc: string;
  /** What completion offers for its value. */
  readonly offers?: Offers;
}

/** What completion offers: something to look up, a few words, or words with a line on each. */
export type Offers = Offer | readonly string[] | Readonly<Record<string, string>>;

/** What one command understands: settings by name, and flags of its own by the name they are kept under. */
export type Grammar = OwnGrammar & (Names<CallName> | (Names<SettingName> & { readonly table: Rows }));

/** The settings that a command understands: those of a call, or those of the table that it gives. */
interface Names<Name extends SettingName> {
  readonly names?: readonly Name[];
  /** The settings whose environment variables count; those of `names` unless told. */
  readonly variables?: readonly Name[];
  readonly table?: Rows;
}

interface OwnGrammar {
  /** The command whose help lists the values of the settings; `register` unless told. */
  readonly command?: string;
  readonly verbFlags?: Readonly<Record<string, VerbOption>>;
  /** What completion offers for the next word that is no flag, by those before it. */
  readonly next?: (before: readonly string[]) => Offers | undefined;
  /** What `--help` takes behind it, with a line on each. */
  readonly topics?: Readonly<Record<string, string>>;
}

export interface Reading {
  /** The words of each setting's flag, one for each occurrence. */
  readonly words: Words;
  readonly options: Partial<Record<ProgramOption, string>>;
  /** The words of the command's own flags, one for each occurrence; a bare switch has the empty word. */
  readonly verbFlags: Readonly<Record<string, readonly string[]>>;
  /** Words that are no flags, in order. */
  readonly positionals: readonly string[];
}

/** Reads the words of one command by its grammar; throws a `Trouble` that names what is wrong and the nearest right flag. */
export function readCommandLine(verb: string, argv: readonly string[], grammar: Grammar): Reading {
  const { verbFlags: own = {}, next } = grammar;
  // Of 380 settings only those that were given: each costs as much as reading one.
  const settings = rowsOf(grammar).filter(isAmong(formsIn(argv)));
  // Where words that are no flags are meant, the one behind a switch is such a word.
  const known = flagsOf(settings, own, next === undefined);
  const { flags, positionals } = straighten(argv, known);
  const command = commandOf(verb, settings, own, new Set(flags.map((word) => word.split('=')[0]!)));
  parse(command, flags, () => flagsOf(rowsOf(grammar), own, true));
  const words = Object.entries(command.opts() as Record<string, string[]>);
  refuseTwoForms(settings, argv);
  const isOption = (key: string): key is ProgramOption => Object.hasOwn(programOptions, key);
  const isOwn = (key: string): boolean => Object.hasOwn(own, key);
  return {
    words: Object.fromEntries(words.filter(([key]) => !isOption(key) && !isOwn(key))) as Words,
    options: Object.fromEntries(
      words.flatMap(([key, value]) => (isOption(key) ? [[key, value.at(-1)]] : [])),
    ),
    verbFlags: Object.fromEntries(words.filter(([key]) => isOwn(key))),
    positionals,
  };
}

type NamedRow = readonly [name: SettingName, row: Row];

// Names and tables are given together, so each name has its row.
const rowsOf = ({ names = [], table = callTable }: Grammar): NamedRow[] =>
  names.map((name) => [name, (table as Rows)[name]!]);

/** What may be flags among words, in the forms in which a flag can be named: `-url` is `--url`, `--no-x` is `--x`. */
function formsIn(argv: readonly string[]): ReadonlySet<string> {
  const forms = new Set<string>();
  for (const word of argv) {
    if (!word.startsWith('-')) continue;
    const form = word.split('=')[0]!;
    const long = form.startsWith('--') ? form : `-${form}`;
    forms.add(form).add(long);
    if (long.startsWith('--no-')) forms.add(`--${long.slice('--no-'.length)}`);
  }
  return forms;
}

const isAmong =
  (forms: ReadonlySet<string>) =>
  ([, { flag, short, alias }]: NamedRow): boolean =>
    forms.has(flag) || (short !== undefined && forms.has(short)) || (alias !== undefined && forms.has(alias));

function commandOf(
  verb: string,
  settings: readonly NamedRow[],
  own: NonNullable<Grammar['verbFlags']>,
  given: ReadonlySet<string>,
): Command {
  const command = new Command(verb)
    .helpOption(false)
    .allowExcessArguments()
    .showSuggestionAfterError(false)
    .exitOverride();
  command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  const add = (flag: string, key: string) => {
    if (given.has(flag)) command.addOption(optionOf(flag, key));
  };
  for (const [name, row] of settings) add(row.flag, name);
  for (const [key, option] of Object.entries({ ...programOptions, ...own })) add(option.flag, key);
  return command;
}

function optionOf(flag: string, key: string): Option {
  const option = new Option(`${flag} <value>`).argParser((word: string, before?: string[]) => [
    ...(before ?? []),
    word,
  ]);
  // The name of the setting is the name everywhere; commander's own would differ where a flag has an underscore.
  option.attributeName = () => key;
  // A flag that begins with `--no-` is one like any other: straighten has taken care of negations.
  option.negate = false;
  return option;
}

function parse(command: Command, words: readonly string[], known: () => Flags): void {
  try {
    command.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw asTrouble(error, command, known());
  }
}

function asTrouble(error: CommanderError, command: Command, known: Flags): Trouble {
  const flag = /'(-[^'=]*)/.exec(error.message)?.[1];
  if (error.code !== 'commander.unknownOption' || flag === undefined) {
    return new Trouble(error.message.replace(/^error: /, ''), { code: exitCode.usage });
  }
  const all = [...new Set([...known.values()].map(({ name }) => name.slice(2)))];
  const name = flag.replace(/^-*/, '');
  // `--privileged` is far from `--docker-privileged` by letters, but that is what is meant.
  const parts = all.filter((one) => one !== 'help-all' && `-${one}-`.includes(`-${name}-`));
  const guess = nearest(name, all) ?? parts[0];
  return new Trouble(`Unknown flag ${flag}${guess ? `. Did you mean --${guess}?` : '.'}`, {
    code: exitCode.usage,
    hint: `To see every flag: runner-setup ${command.name()} --help-all`,
  });
}

function flagsOf(
  settings: readonly NamedRow[],
  own: NonNullable<Grammar['verbFlags']>,
  isSetting: boolean,
): Map<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const [, row] of settings) {
    const isSwitch = row.kind.name === 'yes-no';
    const flag = { name: row.flag, isSwitch, isSetting, isOptional: row.optional === true };
    for (const form of [row.flag, row.short, row.alias]) if (form !== undefined) flags.set(form, flag);
  }
  for (const option of Object.values<Omit<VerbOption, 'hint' | 'offers'>>({ ...programOptions, ...own })) {
    const flag = { name: option.flag, isSwitch: option.isSwitch, isOptional: option.optional === true };
    flags.set(option.flag, flag);
    if (option.short !== undefined) flags.set(option.short, flag);
  }
  return flags;
}

// As gitlab-runner's own parser does: which of the two is meant cannot be known.
function refuseTwoForms(settings: readonly NamedRow[], argv: readonly string[]): void {
  const given = new Set(argv.map((word) => word.split('=')[0]!.replace(/^--?/, '--')));
  for (const [, { flag, alias, short }] of settings) {
    const forms = [flag, alias, short].filter(
      (form) => form !== undefined && given.has(form.replace(/^--?/, '--')),
    );
    if (forms.length > 1)
      throw new Trouble(`${forms.join(' and ')} set the same setting. Use one of them.`, {
        code: exitCode.usage,
      });
  }
}

/** A flag as the command line knows it: the name it is kept under and whether it is a switch. */
interface Flag {
  readonly name: string;
  readonly isSwitch: boolean;
  /** Whether it sets a value where no other words are meant; behind other switches a word may be something else. */
  readonly isSetting?: boolean;
  /** It may stand alone; a word that follows and is no flag is its value. */
  readonly isOptional?: boolean;
}

type Flags = ReadonlyMap<string, Flag>;

/**
 * Rewrites the words of a command line so that each flag stands as `--flag=value` in its long form: `-url x`,
 * `--url=x`, `--switch`, `--switch false` and `--no-switch` are all understood. Words that are no flags come last,
 * as gitlab-runner moves them. Throws when a flag lacks its value.
 */
function straighten(words: readonly string[], flags: Flags): { flags: string[]; positionals: string[] } {
  const straight: string[] = [];
  const positionals: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '--') {
      positionals.push(...words.slice(at + 1));
      break;
    }
    const split = /^(--?[A-Za-z][^=]*)(?:=(.*))?$/s.exec(word);
    if (split === null) {
      positionals.push(word);
      continue;
    }
    const read = readFlag(split[1]!, split[2], words[at + 1], flags);
    straight.push(read.word);
    if (read.tookNext) at++;
  }
  return { flags: straight, positionals };
}

interface ReadFlag {
  readonly word: string;
  readonly tookNext: boolean;
}

function readFlag(
  given: string,
  value: string | undefined,
  next: string | undefined,
  flags: Flags,
): ReadFlag {
  const long = given.startsWith('--') || flags.has(given) ? given : `-${given}`;
  const flag = flags.get(long);
  if (flag === undefined) return readNegated(long, given, value, flags);
  const name = flag.name;
  if (value !== undefined) return { word: `${name}=${value}`, tookNext: false };
  if (flag.isOptional && (next === undefined || next.startsWith('-')))
    return { word: `${name}=`, tookNext: false };
  if (flag.isSwitch) {
    const says = next !== undefined && isYesNoWord(next);
    if (flag.isSetting && !says && next !== undefined && !next.startsWith('-')) throw oddWord(name, next);
    return { word: `${name}=${says ? next : ''}`, tookNext: says };
  }
  if (next === undefined || flags.has(next.split('=')[0]!)) {
    throw new Trouble(
      `${given} requires a value${next === undefined ? '' : `, but ${next.split('=')[0]} is a flag`}.`,
      {
        code: exitCode.usage,
        hint: `Use ${name}=VALUE.`,
      },
    );
  }
  return { word: `${name}=${next}`, tookNext: true };
}

// gitlab-runner would take the switch as true and drop all flags behind the word, without a word.
function oddWord(name: string, next: string): Trouble {
  return new Trouble(`${name}: "${next}" is not true or false.`, {
    code: exitCode.usage,
    hint: `Use ${name}=true or ${name}=false. Other arguments come before the flag.`,
  });
}

function readNegated(long: string, given: string, value: string | undefined, flags: Flags): ReadFlag {
  const flag = long.startsWith('--no-') ? flags.get(`--${long.slice('--no-'.length)}`) : undefined;
  if (flag?.isSwitch && value === undefined) return { word: `${flag.name}=false`, tookNext: false };
  return { word: value === undefined ? given : `${given}=${value}`, tookNext: false };
}
