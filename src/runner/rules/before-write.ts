import type { Table } from '../../config/model.ts';
import { isPlaceholder } from '../../text/expand.ts';
import { position } from '../../text/shell-quote.ts';
import { hostAccessRules } from './host-access.ts';
import { loadRules } from './load.ts';
import { subjectOf } from './rule.ts';

interface Writing {
  readonly at: number;
  readonly writes: boolean;
  readonly removes?: (key: string) => boolean;
}

/**
 * What a person should know before a runner is written, one sentence each: `touches` says of a key below the runner
 * whether it, or a key below it, is given now, since only that can be wrong newly, and `at` is where the runner is in the
 * file, or will be. Where nothing is written (`writes`), only the power over the host and the load are told again. Where
 * keys may also be taken away (`removes` says which), it tells what the executor lacks then. Apart from the other rules, so
 * that a registration, which refuses what is missing, does not load what only doctor tells.
 */
export async function warningsBefore(
  runner: Table,
  globals: Table,
  touches: (key: string) => boolean,
  { at, writes, removes }: Writing,
): Promise<string[]> {
  const present = { globals, runners: [runner] };
  // What is filled in later cannot be judged.
  const expand = (text: string) => (isPlaceholder(text) ? '' : text);
  const moment = { now: new Date(0), expand };
  const subject = { ...subjectOf(present, 0, moment), word: position(at) };
  const spokenRules = writes ? (await import('./spoken.ts')).spokenRules : [];
  const speaking = [...hostAccessRules, ...loadRules, ...spokenRules].filter(({ keys }) =>
    keys.some(touches),
  );
  if (removes !== undefined) {
    const { lackingRule } = await import('./needs.ts');
    if (touches('executor') || lackingRule.keys.some(removes)) speaking.push(lackingRule);
  }
  return speaking.flatMap((rule) => [...rule.warn(subject)]);
}
