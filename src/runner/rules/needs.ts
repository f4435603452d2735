import { textIn, valueAt } from '../../config/model.ts';
import {
  defaultImage,
  executors,
  executorTables,
  needsTable,
  tablesWithoutUse,
  usesDocker,
} from '../../settings/executors.ts';
import { keysForJobs } from '../../settings/rules.ts';
import { nearest } from '../../text/closest.ts';
import {
  editing,
  placeholder,
  type Risk,
  type Rule,
  type Subject,
  speaking,
  type WritingRule,
} from './rule.ts';

/** An executor that is unknown, or that lacks what it needs. */
function* executorNeeds(subject: Subject): Generator<Risk> {
  const { at, runner, executor, word } = subject;
  if (textIn(runner, 'executor') === '' && executor !== '') {
    yield {
      severity: 'warning',
      rule: 'executor',
      at,
      path: ['executor'],
      message: `executor is missing; [runners.${executor}] suggests ${executor}`,
      why: 'gitlab-runner cannot run jobs without it. Helm adds it when it registers the runner.',
      next: `runner-setup edit ${word} --set executor=${executor}`,
    };
  }
  if (!(executors as readonly string[]).includes(executor)) {
    const guess = nearest(executor, executors);
    const asked = executor === '' ? 'executor is missing' : `unknown executor "${executor}"`;
    yield {
      severity: 'error',
      rule: 'executor',
      at,
      path: ['executor'],
      message: `${asked}${guess ? `; did you mean "${guess}"?` : ''}`,
      why: 'gitlab-runner cannot run jobs with it.',
      next: `runner-setup edit ${word} --set executor=${guess ?? 'docker'}`,
    };
    return;
  }
  for (const path of keysForJobs(executor)) {
    const keys = path.split('.');
    if (textIn(runner, ...keys) !== '') continue;
    yield {
      severity: 'error',
      rule: 'required',
      at,
      path: keys,
      message: `the executor ${executor} requires ${path}`,
      why: 'Without it, every job fails.',
      next: `runner-setup edit ${word} --set ${path}=${placeholder(path)}`,
    };
  }
  if (usesDocker(executor)) yield* docker(at, runner, executor, word);
}

function* docker(at: number, runner: unknown, executor: string, word: string): Generator<Risk> {
  const isThere = valueAt(runner, ['docker']) !== undefined;
  if (isThere && textIn(runner, 'docker', 'image') !== '') return;
  const next = `runner-setup edit ${word} --set docker.image=${defaultImage}`;
  if (!isThere) {
    const message = `the executor ${executor} requires a [runners.docker] table`;
    const why = 'Without it, every job fails with "missing docker configuration".';
    yield { severity: 'error', rule: 'required', at, path: ['docker'], message, why, next };
    return;
  }
  const message = 'docker.image is missing';
  const why = 'Jobs without an image of their own fail.';
  yield { severity: 'warning', rule: 'image', at, path: ['docker'], message, why, next };
}

/** The tables of other executors. Of an unknown executor nobody knows which ones it reads. */
function* unused(subject: Subject): Generator<Risk> {
  const { at, runner, executor } = subject;
  if (!(executors as readonly string[]).includes(executor)) return;
  // Nearly all have no other tables than that of their executor.
  if (!executorTables.some((table) => Object.hasOwn(runner, table) && !needsTable(executor, table))) return;
  for (const table of tablesWithoutUse(Object.keys(runner), executor)) {
    yield {
      severity: 'note',
      rule: 'unused-table',
      at,
      path: [table],
      message: `the executor ${executor} does not use [runners.${table}]`,
      next: `To remove the table: ${editing(subject, '--unset', table)}`,
    };
  }
}

/** The rules about the executor: what it cannot do without, and what it does not use. */
export const needRules: readonly Rule[] = [
  { id: 'executor', keys: [], find: executorNeeds },
  { id: 'unused-table', keys: executorTables, find: unused },
];

function* errorsOf(subject: Subject): Generator<Risk> {
  for (const risk of executorNeeds(subject)) if (risk.severity === 'error') yield risk;
}

/** What an executor cannot do without, as it is said before a write that changes the executor or takes keys of it away. */
export const lackingRule: WritingRule = speaking({
  id: 'executor',
  keys: ['executor', ...executorTables],
  find: errorsOf,
});
