import type { Table } from '../../config/model.ts';
import type { Severity } from '../../errors.ts';
import { position, quote } from '../../text/shell-quote.ts';
import { executorIn } from '../executor.ts';

/** A change of the file that does away with a risk and can harm nothing. */
interface Remedy {
  readonly do: 'set';
  readonly at: number;
  readonly path: readonly string[];
  readonly value: string | string[];
}

/** One risk or contradiction of the settings: where, why it matters, and what to type. */
export interface Risk {
  readonly severity: Severity;
  readonly rule: string;
  readonly at: number | 'global';
  /** The key below the runner (or at the top); empty for the runner itself. */
  readonly path: readonly string[];
  readonly message: string;
  readonly why?: string;
  readonly next?: string;
  readonly remedy?: Remedy;
}

/** The settings of a file as the rules look at them. */
export interface Present {
  readonly globals: Table;
  readonly runners: readonly Table[];
}

/** When a file is looked at, and with which environment. */
export interface Moment {
  readonly now: Date;
  /** A text with its `$NAME`s replaced. */
  expand(text: string): string;
}

/** One runner under the eyes of a rule. */
export interface Subject {
  readonly at: number;
  readonly runner: Table;
  readonly executor: string;
  /** How commands name it: its position always works. */
  readonly word: string;
  readonly present: Present;
  readonly moment: Moment;
}

/** One thing that is wrong or risky in the settings of a runner; register, edit and doctor read the same rules. */
export interface Rule {
  /** Its name, as scripts see it in doctor's `--json`. */
  readonly id: string;
  /** The keys below the runner that it is about, as dotted paths; none where it also finds what is missing. */
  readonly keys: readonly string[];
  /** What else it looks at. A runner with none of these keys and of those above is not shown to it. */
  readonly besides?: readonly string[];
  /** What doctor tells: severity, place, words, and the change that does away with it where one is safe. */
  find(subject: Subject): Iterable<Risk>;
}

/** A rule that register and edit speak of, too, before they write one of its keys. */
export interface WritingRule extends Rule {
  /** What they say, one sentence each. */
  warn(subject: Subject): Iterable<string>;
}

/** A rule about the file as a whole. */
export interface FileRule {
  readonly id: string;
  find(present: Present): Iterable<Risk>;
}

/** A runner of the file as the rules look at it; `at` is its index. */
export function subjectOf(present: Present, at: number, moment: Moment): Subject {
  const runner = present.runners[at]!;
  return { at, runner, executor: executorIn(runner), word: position(at), present, moment };
}

/** What stands for the value of a key in a command that is to be completed, such as `BUCKET_NAME`. */
export const placeholder = (key: string): string =>
  key
    .slice(key.lastIndexOf('.') + 1)
    .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toUpperCase();

/** The command that changes a runner, each word quoted as a shell needs it. */
export const editing = ({ word }: Pick<Subject, 'word'>, ...words: readonly string[]): string =>
  `runner-setup edit ${word} ${words.map(quote).join(' ')}`;

/** The command that puts one element of a list in the place of another. */
export const replacing = (subject: Subject, key: string, old: string, fresh: string): string =>
  editing(subject, '--remove', `${key}=${old}`, '--add', `${key}=${fresh}`);

/** A rule that says before a write what doctor says of the same setting, notes apart, with the command that corrects it. */
export const speaking = (rule: Rule): WritingRule => ({
  ...rule,
  *warn(subject) {
    for (const risk of rule.find(subject)) if (risk.severity !== 'note') yield sentenceOn(risk);
  },
});

function sentenceOn({ message, why, next }: Risk): string {
  const command = /runner-setup (edit|registry-auth) .*/.exec(next ?? '')?.[0];
  const words = [
    /[.?]$/.test(message) ? message : `${message}.`,
    ...(why === undefined ? [] : [why]),
    ...(command === undefined ? [] : [`Correct it with: ${command}`]),
  ];
  return words.join(' ');
}
