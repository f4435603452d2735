import { textIn, valueAt } from '../../config/model.ts';
import { isPlaceholder } from '../../text/expand.ts';
import { keyTree, onceForKeys } from './by-key.ts';
import { cacheRules } from './cache.ts';
import { dockerRules } from './docker.ts';
import { listenRules } from './listen.ts';
import { fileRules, loadRules } from './load.ts';
import { dockerMachineRule } from './machines.ts';
import { mapRules } from './maps.ts';
import { needRules } from './needs.ts';
import { type FileRule, type Moment, type Present, type Risk, type Rule, subjectOf } from './rule.ts';
import { spokenRules } from './spoken.ts';
import { templateRule } from './template.ts';
import { tokenRules } from './token.ts';
import { valueRules } from './values.ts';

/** Every rule about one runner, in the order in which it is told; a rule may be in two of the lists. */
export const runnerRules: readonly Rule[] = [
  ...new Set([
    ...needRules,
    ...tokenRules,
    ...mapRules,
    ...dockerRules,
    ...cacheRules,
    ...spokenRules,
    ...valueRules,
    ...loadRules,
    dockerMachineRule,
  ]),
];

/** Every rule about the file as a whole. */
const wholeFile: readonly FileRule[] = [...fileRules, ...listenRules, templateRule];

/** The names of all rules, those about the file first. */
export const ruleIds: readonly string[] = [...new Set([...wholeFile, ...runnerRules].map(({ id }) => id))];

/** What is risky or contradictory in the settings of a file, in the order of the file; what the lint says is not said again. */
export function risksOf(present: Present, moment: Moment): Risk[] {
  const risks = wholeFile.flatMap((rule) => [...rule.find(present)]);
  for (const at of present.runners.keys()) {
    const subject = subjectOf(present, at, moment);
    for (const rule of rulesFor(subject.runner))
      for (const risk of rule.find(subject)) if (!isFilledIn(present, risk)) risks.push(risk);
  }
  return risks;
}

const forAll = runnerRules.flatMap(({ keys }, rank) => (keys.length === 0 ? [rank] : []));

const ranksByKey = keyTree(
  runnerRules.flatMap(({ keys, besides = [] }, rank) =>
    [...keys, ...besides].map((key): [string, number] => [key, rank]),
  ),
);

/** The rules that may find something in a runner, by the keys that it has. */
const rulesFor = onceForKeys(ranksByKey, (found): readonly Rule[] => {
  const ranks = new Set([...forAll, ...found]);
  return runnerRules.filter((_, rank) => ranks.has(rank));
});

// What is filled in later cannot be judged; of variables, gitlab-runner itself replaces those of url and token.
function isFilledIn({ runners }: Present, { at, path }: Risk): boolean {
  const words = at === 'global' ? '' : textIn(valueAt(runners, [String(at)]), ...path);
  return isExpanded(path) ? /\{\{|<%/.test(words) : isPlaceholder(words);
}

const isExpanded = (path: readonly string[]): boolean => path[0] === 'url' || path[0] === 'token';
