import type { Severity } from '../../errors.ts';
import { DateTime, type Table, valueAt } from '../model.ts';
import type { Config } from '../read.ts';

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
  /** Whether `doctor --fix` can do it. */
  readonly fixable?: true;
}

/** One finding before its place is known; `in` says that the key is missing in the table at the path. */
export interface Fault {
  readonly severity: Severity;
  readonly rule: string;
  readonly path: readonly string[];
  readonly message: string;
  readonly next?: string;
}

/** A runner as people tell it apart: its position and, when it has one, its name. */
export function runnerName(config: Config, at: number): string {
  const name = textAt(config.runners[at]!, 'name');
  return name === '' ? `runner #${at + 1}` : `runner #${at + 1} "${name}"`;
}

/** The text of a key whatever its case, a date as it is written; empty when it is absent or neither. */
export function textAt(table: Table, key: string): string {
  const value = valueAt(table, [key]);
  if (value instanceof DateTime) return value.text;
  return typeof value === 'string' ? value : '';
}
