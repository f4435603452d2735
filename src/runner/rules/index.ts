import { cacheRules } from './cache.ts';
import { dockerRules } from './docker.ts';
import { fileRules, loadRules } from './load.ts';
import { needRules } from './needs.ts';
import { type Moment, type Present, type Risk, type Rule, subjectOf } from './rule.ts';
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
