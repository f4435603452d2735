import { type ExitCode, exitCode } from '../errors.ts';
import type { VerbOption } from '../terminal/options.ts';
import type { Invocation } from './invocation.ts';

/** The flag of the commands that print what they would run as a script. */
export const printFlag = {
  print: { flag: '--print', isSwitch: true, doc: 'Print the commands as a script, and change nothing' },
} as const satisfies Record<string, VerbOption>;

/** `--print`: the script and nothing else. */
export function printScript({ say }: Pick<Invocation, 'say'>, lines: readonly string[]): ExitCode {
  const text = lines.join('\n');
  if (say.mode.json) say.object({ action: 'printed', changed: false, text });
  else say.result(text);
  return exitCode.done;
}

/** The script that runs lines of a POSIX shell, and ends where one fails. */
export const posixScript = (lines: readonly string[]): string[] => ['#!/bin/sh', 'set -eu', ...lines];
