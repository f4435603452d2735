import { exitCode, Trouble } from '../errors.ts';
import { executorLines, executors } from '../settings/executors.ts';
import { type Group, groups, type Row } from '../settings/row.ts';
import { groupOf, type SettingName, table } from '../settings/table.ts';
import { nearest } from '../text/closest.ts';
import { rewritten } from '../text/shell-quote.ts';
import { fold, foldCommand } from '../text/wrap.ts';
import { type Grammar, programOptions, type VerbOption } from './options.ts';

/** What the help of one command says. */
export interface Help {
  /** What follows `runner-setup`, one line for each form. */
  readonly usage: readonly string[];
  /** What the command does, in one paragraph that begins with a verb. */
  readonly about: string;
  /** Paragraphs that `--help-all` adds. */
  readonly more?: readonly string[];
  /** The commands of the command, with a line on each. */
  readonly commands?: Readonly<Record<string, string>>;
  /** The flags that the short help shows, by the title of their group: names of settings, of own flags, of program options. */
  readonly flags?: Readonly<Record<string, readonly string[]>>;
  /** Up to three command lines, each by the sentence that says what it does. */
  readonly examples: Readonly<Record<string, string>>;
}

/** The page that a help screen is laid out for. */
export interface Page {
  /** Columns. */
  readonly width: number;
  /** Where the documentation is. */
  readonly documentation: string;
  /** Where problems are reported, when that is known. */
  readonly issues: string | undefined;
  /** The default of `--config` on this system. */
  readonly defaultConfigWords: string;
  /** Whether every flag is shown. */
  readonly isAll: boolean;
}

/** A command in the help of the program. */
interface ListedCommand {
  readonly name: string;
  readonly line: string;
  /** The title of the group that it is listed in. */
  readonly group: string;
}

/** The help of the program: its commands by group, and the flags that all of them have. */
export function programHelp(commands: readonly ListedCommand[], page: Page): string {
  const titles = [...new Set(commands.map(({ group }) => group))];
  const sections = titles.map((title): Section => {
    const listed = commands.filter(({ group }) => group === title);
    return { title, entries: listed.map(({ name, line }) => ({ name, text: line })) };
  });
  const flags = [...Object.keys(programOptions).filter((key) => page.isAll || !isIgnored(key)), 'version'];
  const shared = { title: 'Flags for all commands', entries: flags.map((key) => entryOf(key, programFlags)) };
  const more = [
    { name: 'One command', command: 'runner-setup COMMAND --help' },
    { name: 'All its flags', command: 'runner-setup COMMAND --help-all' },
    ...links(page),
  ];
  return screen([
    usage(['COMMAND [flags]'], page.width),
    paragraph('Register GitLab runners and manage their config.toml.', page.width),
    ...tables(sections, page.width),
    ...tables([shared], page.width),
    examples(programExamples, page.width),
    ...tables([{ title: 'Learn more', entries: more }], page.width),
  ]);
}

const programExamples = {
  'Register a runner; asks for what is needed': 'runner-setup register',
  'Show the runners of this machine': 'runner-setup list',
  'Find problems and show how to fix them': 'runner-setup doctor',
};

/** The help of a command (`verb`, as it is typed): the flags that people need; all of them when the page is for all. */
export function commandHelp(verb: string, help: Help, grammar: Grammar, page: Page): string {
  const { width, isAll } = page;
  const commands = Object.entries(help.commands ?? {}).map(([name, text]) => ({ name, text }));
  const sections = [
    ...(commands.length === 0 ? [] : [{ title: 'Commands', entries: commands }]),
    ...(isAll ? allSections(help, grammar) : shortSections(help, grammar)),
  ];
  return screen([
    usage(help.usage, width),
    ...[help.about, ...(isAll ? (help.more ?? []) : [])].map((text) => paragraph(text, width)),
    ...tables(onThisSystem(sections, page), width),
    examples(help.examples, width),
    ...tables([{ title: 'Learn more', entries: learnMore(verb, grammar, page) }], width),
  ]);
}

// Where config.toml is by default differs between systems.
function onThisSystem(sections: readonly Section[], { defaultConfigWords: text }: Page): Section[] {
  const { name } = entryOfRow(table.config);
  return sections.map(({ title, entries }) => ({
    title,
    entries: entries.map((entry) => (entry.name === name ? { ...entry, text } : entry)),
  }));
}

/** The flags of one group of settings that a command has; throws, with the list, when there is no such group. */
export function groupHelp(verb: string, word: string, { names = [] }: Grammar, page: Page): string {
  if (!Object.hasOwn(groups, word)) throw unknownGroup(verb, word);
  const group = word as Group;
  const shown = names.filter((name) => groupOf(name) === group);
  const listed =
    group === 'register'
      ? [{ title: 'Executors', entries: executors.map((name) => ({ name, text: executorLines[name] })) }]
      : [];
  return screen([
    usage([`${verb} [flags]`], page.width),
    ...tables(onThisSystem([settingsOf(group, shown)], page), page.width),
    ...tables(listed, page.width),
    ...tables(
      [{ title: 'Learn more', entries: learnMore(verb, { names, topics: groups }, page) }],
      page.width,
    ),
  ]);
}

function unknownGroup(verb: string, word: string): Trouble {
  const guess = nearest(word, Object.keys(groups));
  return new Trouble(`Unknown help group "${word}".${guess ? ` Did you mean ${guess}?` : ''}`, {
    hint: `Groups: ${Object.keys(groups).join(', ')}.\nTo see one: runner-setup ${verb} --help GROUP`,
    code: exitCode.usage,
  });
}

function learnMore(
  verb: string,
  { topics, names = [] }: Pick<Grammar, 'topics' | 'names'>,
  page: Page,
): Entry[] {
  const all = topics === undefined ? 'All flags' : `All ${names.length} settings`;
  const ofGroups = [
    { name: 'One group', command: `runner-setup ${verb} --help GROUP` },
    { name: 'GROUP', text: Object.keys(topics ?? {}).join(', ') },
  ];
  const isOfCommands = verb.endsWith(' COMMAND');
  return [
    ...(isOfCommands ? [{ name: 'One command', command: `runner-setup ${verb} --help` }] : []),
    ...(page.isAll ? [] : [{ name: all, command: `runner-setup ${verb} --help-all` }]),
    ...(topics === undefined ? [] : ofGroups),
    { name: 'All commands', command: 'runner-setup --help' },
    ...links(page),
  ];
}

const links = ({ documentation, issues }: Page): Entry[] => [
  { name: 'Documentation', text: documentation },
  ...(issues === undefined ? [] : [{ name: 'Issues', text: issues }]),
];

/** A flag, command or place, and what is said of it. */
interface Entry {
  readonly name: string;
  readonly text?: string;
  /** What to type, in place of a text. */
  readonly command?: string;
  /** Its environment variable and key. */
  readonly origins?: string;
}

interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

type Flags = Readonly<Record<string, VerbOption>>;

const programFlags: Flags = {
  ...programOptions,
  version: { flag: '--version', short: '-v', isSwitch: true, doc: 'Print the version' },
};

const isIgnored = (key: string): boolean =>
  'hasNoEffect' in (Object.entries(programOptions).find(([name]) => name === key)?.[1] ?? {});

function shortSections({ flags = {} }: Help, { verbFlags = {} }: Grammar): Section[] {
  const known: Flags = { ...programFlags, ...verbFlags };
  return Object.entries(flags).map(([title, keys]) => ({
    title,
    entries: keys.map((key) => entryOf(key, known)),
  }));
}

// Where there are topics, a setting stands in the one that `--help TOPIC` shows it in.
function allSections(help: Help, grammar: Grammar): Section[] {
  const { names = [], verbFlags = {}, topics } = grammar;
  const ignored = Object.keys(programOptions).filter(isIgnored);
  const shared = Object.keys(programFlags).filter((key) => !ignored.includes(key) && key !== 'version');
  const own = topics === undefined ? [...Object.keys(verbFlags), ...names] : Object.keys(verbFlags);
  const shown = topics === undefined ? Object.values(help.flags ?? {}).flat() : [];
  const known: Flags = { ...programFlags, ...verbFlags };
  const section = (title: string, keys: readonly string[]): Section => ({
    title,
    entries: keys.map((key) => entryOf(key, known, true)),
  });
  const others = {
    title: topics === undefined ? 'More flags' : 'Flags',
    keys: own.filter((key) => !shown.includes(key)),
  };
  return [
    ...(topics === undefined ? Object.entries(help.flags ?? {}) : []).map(([title, keys]) =>
      section(title, keys),
    ),
    section(others.title, others.keys),
    ...(topics === undefined ? [] : groupNames).map((group) =>
      settingsOf(
        group,
        names.filter((name) => groupOf(name) === group),
      ),
    ),
    section(
      'Flags for all commands',
      shared.filter((key) => !shown.includes(key)),
    ),
    section('Compatibility with gitlab-runner', ignored),
  ].filter(({ entries }) => entries.length > 0);
}

const groupNames = Object.keys(groups) as Group[];

const settingsOf = (group: Group, names: readonly SettingName[]): Section => ({
  title: groups[group],
  entries: names.map((name) => ({ ...entryOfRow(table[name]), origins: origins(table[name]) })),
});

// A flag of the command itself goes before a setting of the same name, as it does on the command line.
function entryOf(key: string, flags: Flags, isAll = false): Entry {
  const option = flags[key];
  if (option !== undefined) return { name: nameOf(option), text: plain(option.doc) };
  const row = table[key as SettingName];
  return isAll ? { ...entryOfRow(row), origins: origins(row) } : entryOfRow(row);
}

function nameOf({ flag, short, shown = flag, hint, isSwitch }: VerbOption): string {
  const forms = [short, shown].filter(Boolean).join(', ');
  return isSwitch ? forms : `${forms} ${hint ?? 'VALUE'}`;
}

function entryOfRow({ flag, short, alias, kind, doc }: Row): Entry {
  const forms = [short, flag, alias].filter((form) => form !== undefined).join(', ');
  const choices = kind.hint.includes('|') ? kind.choices : undefined;
  const hint = choices === undefined ? kind.hint : 'VALUE';
  return {
    name: hint === '' ? forms : `${forms} ${hint}`,
    text: plain(choices === undefined ? doc : doc.replace(/(?= \(default|$)/, `: ${alternatives(choices)}`)),
  };
}

const alternatives = (choices: readonly string[]): string =>
  choices.length < 3 ? choices.join(' or ') : `${choices.slice(0, -1).join(', ')}, or ${choices.at(-1)}`;

// Backticks are for the pages.
const plain = (doc: string): string => doc.replaceAll('`', '');

function origins({ env, toml, global, kind }: Row): string {
  const told = [
    kind.choices && !kind.hint.includes('|') ? kind.choices.join(', ') : undefined,
    env && `$${env}`,
    toml && `runners.${toml}`,
    global,
  ];
  return told.filter(Boolean).join(' · ');
}

const screen = (parts: readonly string[]): string => `${parts.filter((part) => part !== '').join('\n\n')}\n`;

// A form is to be read, not to be pasted: it is broken like words, but not between a flag and its value.
function usage(forms: readonly string[], width: number): string {
  const margin = 'Usage: runner-setup '.length;
  const folded = forms.map((form) =>
    fold(form.replace(/(?<=--[a-z-]+) (?=[A-Z])/g, '\u00a0'), width, margin).replaceAll('\u00a0', ' '),
  );
  return folded.map((form, at) => `${at === 0 ? 'Usage:' : '      '} runner-setup ${form}`).join('\n');
}

const paragraph = (text: string, width: number): string => fold(text, width, 0);

function examples(shown: Help['examples'], width: number): string {
  const each = Object.entries(shown).map(
    ([sentence, command]) =>
      `  # ${fold(sentence, width, 4).replaceAll('\n    ', '\n  # ')}\n  ${foldCommand(rewritten(command), width, 4)}`,
  );
  return each.length === 0 ? '' : `Examples:\n${each.join('\n\n')}`;
}

// The texts stand beside the names where that leaves room for them, else below.
const beside = { longest: 28, share: 0.4, room: 30 };

function tables(sections: readonly Section[], width: number): string[] {
  const entries = sections.flatMap((section) => section.entries);
  const longest = Math.min(beside.longest, Math.floor(width * beside.share));
  const column = Math.max(0, ...entries.map(({ name }) => name.length).filter((length) => length <= longest));
  const isBeside = width - column - 4 >= beside.room && entries.every(({ origins: told }) => !told);
  const show = (entry: Entry) => row(entry, isBeside ? column : undefined, width);
  return sections.map(
    ({ title, entries: rows }) => `${fold(`${title}:`, width, 0)}\n${rows.map(show).join('\n')}`,
  );
}

function row(entry: Entry, column: number | undefined, width: number): string {
  const { name, origins: told } = entry;
  if (column === undefined) {
    const below = told ? `\n      ${fold(told, width, 6)}` : '';
    return `  ${fold(name, width, 6)}\n      ${wordsOf(entry, width, 6)}${below}`;
  }
  const start = name.length <= column ? `  ${name.padEnd(column)}  ` : `  ${name}\n${' '.repeat(column + 4)}`;
  return start + wordsOf(entry, width, column + 4);
}

const wordsOf = ({ text = '', command }: Entry, width: number, indent: number): string =>
  command === undefined ? fold(text, width, indent) : foldCommand(command, width, indent);
