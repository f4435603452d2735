import { type Table, textIn } from '../../config/model.ts';
import { cacheRules } from './cache.ts';
import { dockerRules } from './docker.ts';
import { fileRules, loadRules } from './load.ts';
import { needRules } from './needs.ts';
import type { Moment, Present, Risk, Rule, Subject } from './rule.ts';
import { tokenRules } from './token.ts';
import { valueRules } from './values.ts';

/** Every rule about one runner, in the order in which it is told. */
const runnerRules: readonly Rule[] = [
  ...needRules,
  ...tokenRules,
  ...dockerRules,
  ...cacheRules,
  ...valueRules,
  ...loadRules,
];

/** The names of all rules, those about the file first. */
export const ruleIds: readonly string[] = [...new Set([...fileRules, ...runnerRules].map(({ id }) => id))];

/** What is risky or contradictory in the settings of a file, in the order of the file; what the lint says is not said again. */
export function risksOf(present: Present, moment: Moment): Risk[] {
  const ofFile = fileRules.flatMap((rule) => [...rule.find(present)]);
  const ofRunners = [...present.runners.keys()].flatMap((at) => {
    const subject = subjectOf(present, at, moment);
    return runnerRules.flatMap((rule) => [...rule.find(subject)]);
  });
  return [...ofFile, ...ofRunners];
}

/**
 * What a person should know before a runner is written, one sentence each: `touches` says of a key below the runner
 * whether it is written now, since only what changes can be wrong newly.
 */
export function warningsBefore(runner: Table, globals: Table, touches: (key: string) => boolean): string[] {
  const present = { globals, runners: [runner] };
  const subject = subjectOf(present, 0, { now: new Date(0), expand: (text) => text });
  const speaking = runnerRules.filter(({ keys, warn }) => warn !== undefined && keys.some(touches));
  return speaking.flatMap((rule) => [...rule.warn!(subject)]);
}

function subjectOf(present: Present, at: number, moment: Moment): Subject {
  const runner = present.runners[at]!;
  return { at, runner, executor: textIn(runner, 'executor'), word: `'#${at + 1}'`, present, moment };
}
