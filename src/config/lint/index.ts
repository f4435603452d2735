import { locate } from '../locate.ts';
import { type Config, troubleAt } from '../read.ts';
import { typeFaults } from '../types.ts';
import { DateTime, type Table, type Value } from '../values.ts';
import { faultsOfKeys } from './keys.ts';
import { faultsOfLoading } from './load.ts';
import { faultsOfSchema } from './schema.ts';
import { readLeniently } from './syntax.ts';

export type Severity = 'error' | 'warning' | 'note';

/** What is wrong at one place of a file; line and column count from 1. */
export interface LintFinding {
  readonly severity: Severity;
  readonly rule: string;
  readonly path: readonly string[];
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** The line itself, secrets hidden, with a caret below it. */
  readonly excerpt?: string;
  readonly next?: string;
}

/** One finding before its place is known; `in` says that the key is missing in the table at the path. */
export interface Fault {
  readonly severity: Severity;
  readonly rule: string;
  readonly path: readonly string[];
  readonly message: string;
  readonly next?: string;
}

/** What linting borrows: the nearest word of a list, and the value of a text with its `$NAME`s replaced. */
export interface Borrowed {
  nearest(word: string, words: readonly string[]): string | undefined;
  expand(text: string): string;
}

export interface Linted {
  /** Whether `gitlab-runner lint` 19.4 would call the file valid. */
  readonly valid: boolean;
  readonly findings: LintFinding[];
  /** Absent when the text is no TOML. */
  readonly config: Config | undefined;
}

/**
 * Says of a text what `gitlab-runner lint` 19.4 (commands/lint.go) refuses as errors: syntax, types, the rules of
 * loading, the schema, unknown keys; and what it passes over as warnings and notes. Sorted by place.
 */
export async function lintText(text: string, file: string, borrowed: Borrowed): Promise<Linted> {
  if (text.replace(/^\ufeff/, '').trim() === '') return { valid: true, findings: [], config: undefined };
  const { config, fault, note } = await readLeniently(text, file);
  if (config === undefined) return { valid: false, findings: [fault!], config };
  const types = typeFaults(config).map((one): LintFinding => {
    const { path, line, column, message, why } = one;
    const words = message.slice(message.indexOf(': ') + 2);
    return { severity: 'error', rule: 'type', path, line, column, message: words, excerpt: why! };
  });
  const others = [
    ...faultsOfLoading(config),
    ...faultsOfSchema(config, borrowed),
    ...faultsOfKeys(config, borrowed),
    ...duplicates(config),
  ];
  const findings = [...(note ? [note] : []), ...types, ...others.map((one) => placed(config, one))];
  findings.sort((a, b) => a.line - b.line || a.column - b.column);
  return { valid: findings.every(({ severity }) => severity !== 'error'), findings, config };
}

function placed(config: Config, fault: Fault): LintFinding {
  const at = locate(config, [...fault.path]);
  const body = config.text.replace(/^\ufeff/, '');
  return { ...fault, ...at, excerpt: troubleAt(config.file, body, at, '', '').why! };
}

/** A runner as people tell it apart: its position and, when it has one, its name. */
export function runnerName(config: Config, at: number): string {
  const name = textAt(config.runners[at]!, 'name');
  return name === '' ? `runner #${at + 1}` : `runner #${at + 1} "${name}"`;
}

/** The text of a key whatever its case; empty when it is absent or no text. */
export function textAt(table: Table, key: string): string {
  const value: Value | undefined = Object.hasOwn(table, key)
    ? table[key]
    : Object.entries(table).find(([name]) => name.toLowerCase() === key)?.[1];
  if (value instanceof DateTime) return value.text;
  return typeof value === 'string' ? value : '';
}

function* duplicates(config: Config): Generator<Fault> {
  const seen = { token: new Map<string, number>(), name: new Map<string, number>() };
  for (const [at, runner] of config.runners.entries()) {
    for (const key of ['token', 'name'] as const) {
      const words = textAt(runner, key);
      if (words === '' || isMasked(words)) continue;
      const mark = key === 'token' ? `${textAt(runner, 'url')} ${words}` : words;
      const before = seen[key].get(mark);
      if (before !== undefined) yield twice[key](config, at, before);
      else seen[key].set(mark, at);
    }
  }
}

// Files that were handed on have their tokens blotted out, all in the same way.
const isMasked = (words: string): boolean => /^(.)\1*$/.test(words.replace(/^glrt-/, ''));

const twice = {
  token: (config: Config, at: number, before: number): Fault => ({
    severity: 'warning',
    rule: 'token-twice',
    path: [config.runnersKey, String(at), 'token'],
    message: `${runnerName(config, at)} has the token of ${runnerName(config, before)}: for GitLab both are one runner`,
    next: `Remove one of them: runner-setup unregister --local '#${at + 1}'`,
  }),
  name: (config: Config, at: number, before: number): Fault => ({
    severity: 'note',
    rule: 'name-twice',
    path: [config.runnersKey, String(at), 'name'],
    message: `runner #${at + 1} has the same name as runner #${before + 1}, "${textAt(config.runners[at]!, 'name')}"`,
    next: `Commands that take a name find both; '#${at + 1}' always means this one.`,
  }),
};
