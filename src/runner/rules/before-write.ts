import type { Table } from '../../config/model.ts';
import { position } from '../../text/shell-quote.ts';
import { hostAccessRules } from './host-access.ts';
import { loadRules } from './load.ts';
import { subjectOf } from './rule.ts';

/**
 * What a person should know before a runner is written, one sentence each: `touches` says of a key below the runner
 * whether it, or a key below it, is given now, since only that can be wrong newly, and `at` is where the runner is in the
 * file, or will be. Where nothing is written (`writes`), only the power over the host and the load are told again. Apart
 * from the other rules, so that a registration does not load what only doctor tells.
 */
export async function warningsBefore(
  runner: Table,
  globals: Table,
  touches: (key: string) => boolean,
  { at, writes }: { readonly at: number; readonly writes: boolean },
): Promise<string[]> {
  const present = { globals, runners: [runner] };
  const moment = { now: new Date(0), expand: (text: string) => text };
  const subject = { ...subjectOf(present, 0, moment), word: position(at) };
  const spokenRules = writes ? (await import('./spoken.ts')).spokenRules : [];
  const speaking = [...hostAccessRules, ...loadRules, ...spokenRules].filter(({ keys }) =>
    keys.some(touches),
  );
  return speaking.flatMap((rule) => [...rule.warn(subject)]);
}
