import { quoteForBash } from './shell-line.ts';

/** The kind of shell that a person types commands into. */
export type Shell = 'posix' | 'powershell' | 'cmd';

/** How commands are written for the person: for which shell, and whether the system has sudo. */
interface Person {
  readonly shell: Shell;
  readonly hasSudo: boolean;
}

let person: Person = { shell: 'posix', hasSudo: true };

/** Says for whom commands in texts are written from now on; until then, for a POSIX shell. */
export const writeFor = (who: Person): void => {
  person = who;
};

/** One word as the shell of the person reads it back. */
export const quote = (word: string): string => writers[person.shell].quote(word);

/** One word as a POSIX shell reads it back, in a file that one reads. */
export const quotePosix = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** One word for the end of a command that is on one line; a POSIX shell has it without quotation marks. */
export const quoteAtEnd = (word: string): string =>
  person.shell === 'posix' ? quoteForBash(word, '') : quote(word);

/** One word as PowerShell reads it back, where typographic quotes end a text as well. */
export const quotePowerShell = (word: string): string =>
  /^[\w+=:./\\-]+$/.test(word) ? word : `'${word.replace(/['\u2018-\u201b]/g, '$&$&')}'`;

/** The words of a command as the shell of the person reads them. */
export const shellLine = (command: readonly string[]): string => command.map(quote).join(' ');

/** The position of a runner as a word of a command. */
export const position = (at: number): string => quote(`#${at + 1}`);

/** The parts of one command, each on a line of its own behind `margin`. */
export const brokenLine = (parts: readonly string[], margin = '    '): string =>
  parts.join(` ${writers[person.shell].goesOn}\n${margin}`);

/** What sets a variable for the command behind it; `value` is written as the shell has it. */
export const withVariable = (name: string, value: string): string =>
  writers[person.shell].variable(name, value);

/** What gives the text of a file in a command. */
export const contentOf = (file: string): string => writers[person.shell].content(file);

/** A command that needs the rights of root; where there is no sudo, the command alone. */
export const asRoot = (command: string): string => (person.hasSudo ? `sudo ${command}` : command);

/** The words for where there is sudo, or those for where there is none, as on Windows. */
export const bySudo = (words: string, otherwise: string): string => (person.hasSudo ? words : otherwise);

/** A command that is written for a POSIX shell, as the person types it: variables before it, sudo, and quotation marks. */
export function rewritten(line: string): string {
  if (person.shell === 'posix') return withoutSudo(line);
  const [before = ''] = /^(?:[A-Z_0-9]+=\S+ )*/.exec(line) ?? [];
  const variables = [...before.matchAll(/(\w+)=(\S+) /g)].map(([, name, value]) =>
    withVariable(name!, value!),
  );
  const command = line.slice(before.length).replace(/'([^'"]*)'/g, (_, word: string) => quote(word));
  return variables.join('') + withoutSudo(command);
}

const withoutSudo = (line: string): string => (person.hasSudo ? line : line.replace(/\bsudo /g, ''));

/** The command that shows who may use files and folders. */
export const showRights = (...paths: readonly string[]): string =>
  person.shell === 'posix'
    ? shellLine(['ls', '-ld', ...paths])
    : paths.map((path) => `icacls ${quote(path)}`).join('\n');

/** The command that shows whether a file is there. */
export const showFile = (path: string): string =>
  `${person.shell === 'posix' ? 'ls -l' : 'dir'} ${quote(path)}`;

/** The command that copies a file. */
export const copyFile = (from: string, to: string): string =>
  `${person.shell === 'posix' ? 'cp' : 'copy'} ${quote(from)} ${quote(to)}`;

/** The command that takes variables out of the environment of the shell. */
export const unsetVariables = (...names: readonly string[]): string => writers[person.shell].unset(names);

/** The command that removes a file. */
export const removeFile = (path: string): string =>
  `${person.shell === 'posix' ? 'rm' : 'del'} ${quote(path)}`;

/** The command that removes a folder with all that is in it. */
export const removeFolder = (path: string): string =>
  `${person.shell === 'cmd' ? 'rmdir /s' : 'rm -r'} ${quote(path)}`;

/**
 * Lines of PowerShell as the shell of the person runs them: another shell as one command that starts PowerShell, with
 * these lines before them.
 */
export const inPowerShell = (lines: readonly string[], ...before: readonly string[]): string[] =>
  person.shell === 'powershell'
    ? [...lines]
    : [
        brokenLine(
          ['powershell -NoProfile -Command', ...[...before, ...lines].map((line) => quote(`${line};`))],
          '  ',
        ),
      ];

interface Writer {
  quote(word: string): string;
  /** What is at the end of a line that goes on in the next one. */
  readonly goesOn: string;
  variable(name: string, value: string): string;
  content(file: string): string;
  unset(names: readonly string[]): string;
}

// As programs read their command line: a backslash counts only before a quotation mark. The command prompt ends its own
// quotation at each of these marks, and puts variables in; a ^ before each of its signs keeps it from both.
function quoteCmd(word: string): string {
  const quoted = `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`;
  const isSafe = !/%.*%/s.test(word) && !(word.includes('"') && /[&|<>^()%]/.test(word));
  return isSafe ? quoted : quoted.replace(/[&|<>^()%!"]/g, '^$&');
}

const writers: Readonly<Record<Shell, Writer>> = {
  posix: {
    quote: quotePosix,
    goesOn: '\\',
    variable: (name, value) => `${name}=${value} `,
    content: (file) => `$(cat ${file})`,
    unset: (names) => `unset ${names.join(' ')}`,
  },
  powershell: {
    // Typographic quotes end a text there as well.
    quote: (word) => (/^[\w+=:./\\-]+$/.test(word) ? word : `'${word.replace(/['\u2018-\u201b]/g, '$&$&')}'`),
    goesOn: '`',
    // A bare word would be a command.
    variable: (name, value) => `$env:${name} = ${/^["'(]/.test(value) ? value : `'${value}'`}; `,
    content: (file) => `(Get-Content ${file})`,
    unset: (names) => `Remove-Item ${names.map((name) => `Env:${name}`).join(', ')}`,
  },
  cmd: {
    quote: (word) => (/^[\w+=:,./\\#@-]+$/.test(word) ? word : quoteCmd(word)),
    goesOn: '^',
    variable: (name, value) =>
      value.startsWith('<') ? `set /p ${name}=${value}&& ` : `set ${name}=${value}&& `,
    // The command prompt has no other way than to read it as if it were typed.
    content: (file) => `<${file}`,
    unset: (names) => names.map((name) => `set ${name}=`).join('&& '),
  },
};
