import type { Table } from '../../config/model.ts';
import { hostAccessRules } from './host-access.ts';
import { loadRules } from './load.ts';
import { subjectOf } from './rule.ts';

/**
 * What a person should know before a runner is written, one sentence each: `touches` says of a key below the runner
 * whether it is written now, since only what changes can be wrong newly. Apart from the other rules, so that a
 * registration does not load what only doctor tells.
 */
export function warningsBefore(runner: Table, globals: Table, touches: (key: string) => boolean): string[] {
  const present = { globals, runners: [runner] };
  const subject = subjectOf(present, 0, { now: new Date(0), expand: (text) => text });
  const speaking = [...hostAccessRules, ...loadRules].filter(({ keys }) => keys.some(touches));
  return speaking.flatMap((rule) => [...rule.warn(subject)]);
}
