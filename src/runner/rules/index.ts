import { textIn } from '../../config/model.ts';
import { cacheRisks } from './cache.ts';
import { dockerRisks } from './docker.ts';
import { loadRisks } from './load.ts';
import { needRisks } from './needs.ts';
import type { Moment, Present, Risk, Subject } from './rule.ts';
import { tokenRisks } from './token.ts';
import { valueRisks } from './values.ts';

/** What is risky or contradictory in the settings of a file, in the order of the file; what the lint says is not said again. */
export function risksOf(present: Present, moment: Moment): Risk[] {
  const risks: Risk[] = [...loadRisks(present)];
  for (const [at, runner] of present.runners.entries()) {
    const subject: Subject = {
      at,
      runner,
      executor: textIn(runner, 'executor'),
      word: `'#${at + 1}'`,
      present,
      moment,
    };
    for (const rule of rules) risks.push(...rule(subject));
  }
  return risks;
}

const rules = [needRisks, tokenRisks, dockerRisks, cacheRisks, valueRisks];
