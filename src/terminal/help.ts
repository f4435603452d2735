import { exitCode, Trouble } from '../errors.ts';
import { defaultImage, executorLines, executors } from '../settings/executors.ts';
import { type Group, groups, type Row } from '../settings/row.ts';
import { groupOf, settingNames, table } from '../settings/table.ts';
import { nearest } from '../text/closest.ts';
import { fold } from '../text/wrap.ts';
import { type Grammar, programOptions } from './options.ts';

/** The help of the program: its commands. */
export function programHelp(verbs: readonly { name: string; line: string }[]): string {
  return `runner-setup registers GitLab runners and looks after their config.toml.

Usage: runner-setup COMMAND [flags]

${verbs.map(({ name, line }) => row(name, line, 15)).join('\n')}

  runner-setup register            asks for what is needed, shows the lines, then acts
  runner-setup register -n …       asks nothing: for scripts
  runner-setup register --help     the common flags, with examples
  runner-setup --version
`;
}

/** What is thrown for a word that is no command: it names the nearest one. */
export function unknownCommand(word: string, verbs: readonly string[]): Trouble {
  const guess = nearest(word, verbs);
  const what = word.startsWith('-') ? 'flag' : 'command';
  return new Trouble(`Unknown ${what} ${word}.${guess ? ` Did you mean ${guess}?` : ''}`, {
    hint: 'runner-setup --help lists the commands.',
    code: exitCode.usage,
  });
}

/** The help of a command that has commands of its own. */
export function subVerbsHelp(
  verb: string,
  line: string,
  subVerbs: readonly { name: string; line: string }[],
): string {
  return `${line}

Usage: runner-setup ${verb} COMMAND [flags]

${subVerbs.map(({ name, line: words }) => row(name, words, 12)).join('\n')}

  runner-setup ${verb} COMMAND --help    the flags, with examples
`;
}

/** What is thrown for a word that is no command of a command. */
export function unknownSubVerb(verb: string, word: string, subVerbs: readonly string[]): Trouble {
  const guess = nearest(word, subVerbs);
  return new Trouble(`Unknown command ${verb} ${word}.${guess ? ` Did you mean ${verb} ${guess}?` : ''}`, {
    hint: `runner-setup ${verb} --help lists the commands.`,
    code: exitCode.usage,
  });
}

/** What is thrown when flags were given and no word says what to do; with nothing at all such a command shows its help. */
export const noSubVerb = (verb: string): Trouble =>
  new Trouble('No command given.', {
    hint: `runner-setup ${verb} --help lists the commands.`,
    code: exitCode.usage,
  });

/** The short help of register: the common flags and three examples. */
export function registerHelp(): string {
  const common = settingNames.map((name) => table[name]).filter((one) => one.common);
  return `Registers a runner at GitLab and writes it into config.toml.

Usage: runner-setup register [flags]

Without flags it asks. With -n, or without a terminal, it never does.

Flags:
${flagRows(common)}

${programRows()}

Examples:
  # asks for everything, checks each answer, shows the lines before it acts
  runner-setup register

  # a runner that was created in GitLab, by a script; the token stays out of the arguments
  CI_SERVER_TOKEN=glrt-… runner-setup register -n --url https://gitlab.example.com \\
    --executor docker --docker-image ${defaultImage}

  # create the runner, too: a project runner with tags
  runner-setup register -n --url https://gitlab.example.com --access-token-file token.txt \\
    --runner-type project --project 42 --tag-list docker,linux --executor docker --docker-image ${defaultImage}

More: --help-all for all ${settingNames.length} flags, --help GROUP for one group: ${Object.keys(groups).join(', ')}.
`;
}

/** The help of a command with few flags: what it does, its usage, its flags and examples. */
export function verbHelp(
  { line, usage, examples = [] }: { line: string; usage: string; examples?: readonly string[] },
  { names = [], verbFlags: own = {} }: Grammar,
): string {
  const ownRows = Object.values(own).map(({ flag, short, hint, doc }) =>
    row([short, hint === undefined ? flag : `${flag} ${hint}`].filter(Boolean).join(', '), doc, 28),
  );
  const flags = [...ownRows, ...names.map((name) => flagRows([table[name]]))].join('\n');
  const shown = examples.length === 0 ? '' : `\nExamples:\n${examples.map((one) => `  ${one}`).join('\n')}\n`;
  const special = flags === '' ? '' : `Flags:\n${flags}\n\n`;
  return `${line}\n\nUsage: runner-setup ${usage}\n\n${special}${programRows()}\n${shown}`;
}

/** All flags of register, by group. */
export function fullHelp(): string {
  const all = (Object.keys(groups) as Group[]).map(groupHelp).join('\n');
  return `${all}\n${programRows()}\n`;
}

/** The flags of one group; throws when there is no such group. */
export function groupHelp(word: string): string {
  if (!Object.hasOwn(groups, word)) {
    const guess = nearest(word, Object.keys(groups));
    throw new Trouble(`There is no help about ${word}.${guess ? ` Did you mean ${guess}?` : ''}`, {
      hint: `Groups: ${Object.keys(groups).join(', ')}.`,
      code: exitCode.usage,
    });
  }
  const group = word as Group;
  const rows = settingNames.filter((name) => groupOf(name) === group).map((name) => table[name]);
  const extra =
    group === 'register'
      ? `\n  Executors:\n${executors.map((one) => row(one, executorLines[one], 20)).join('\n')}\n`
      : '';
  return `${groups[group]}:\n${flagRows(rows, true)}\n${extra}`;
}

function flagRows(rows: readonly Row[], withVariable = false): string {
  return rows
    .map((one) => row(flagWords(one), one.doc + (withVariable ? origins(one) : ''), withVariable ? 0 : 28))
    .join('\n');
}

function flagWords({ flag, short, alias, kind }: Row): string {
  const forms = [short, flag, alias].filter((form) => form !== undefined).join(', ');
  return kind.hint === '' ? forms : `${forms} ${kind.hint}`;
}

function origins({ env, toml, global, kind }: Row): string {
  const told = [
    kind.choices && kind.choices.length > 4 ? kind.choices.join(', ') : undefined,
    env && `$${env}`,
    toml && `runners.${toml}`,
    global,
  ];
  const words = told.filter(Boolean).join(' · ');
  return words === '' ? '' : `\n${words}`;
}

function programRows(): string {
  const rows = Object.values(programOptions).map((option) => {
    const forms = 'short' in option ? `${option.short}, ${option.flag}` : option.flag;
    return row(option.isSwitch ? forms : `${forms} WORD`, option.doc, 28);
  });
  return `Every command:\n${rows.join('\n')}`;
}

// With no width the words come below the flag: long flags would push them off an 80 column screen.
function row(name: string, line: string, width: number): string {
  if (width === 0) return `  ${name}\n      ${fold(line, 80, 6)}`;
  const start = name.length < width ? `  ${name.padEnd(width)}` : `  ${name}\n  ${' '.repeat(width)}`;
  return start + fold(line, 80, width + 2);
}
