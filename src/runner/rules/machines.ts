import { type Table, tablesIn, textIn, textsIn, valueAt } from '../../config/model.ts';
import { isPlaceholder } from '../../text/expand.ts';
import { editing, type Risk, type Rule, type Subject, speaking, type WritingRule } from './rule.ts';

const numberIn = (table: unknown, ...path: string[]): number | undefined => {
  const value = valueAt(table, path);
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
};

interface Policy {
  readonly path: readonly string[];
  readonly policy: Table;
}

const policiesOf = ({ runner }: Subject): Policy[] =>
  [['autoscaler'], ['kubernetes', 'autoscaler']].flatMap((above) =>
    tablesIn(runner, ...above, 'policy').map((policy, at) => ({
      path: [...above, 'policy', String(at)],
      policy,
    })),
  );

/** Periods of a policy: cron with five fields, where docker+machine takes seconds and years, too. */
function* periods(subject: Subject): Generator<Risk> {
  for (const { path, policy } of policiesOf(subject)) {
    const list = textsIn(policy, 'periods');
    const wrong = list.find((one) => !isPlaceholder(one) && fieldsOf(one).length !== 5);
    if (wrong === undefined) continue;
    const right = list.map((one) => (isPlaceholder(one) ? one : inFiveFields(one)));
    const key = [...path, 'periods'].join('.');
    yield {
      severity: 'error',
      rule: 'periods',
      at: subject.at,
      path: [...path, 'periods'],
      message: `"${wrong}" has ${fieldsOf(wrong).length} fields; a period has five: minute hour day month weekday`,
      why: 'gitlab-runner cannot start the autoscaler. Only docker+machine has seven fields, with second and year.',
      next: editing(subject, '--set', `${key}=${JSON.stringify(right)}`),
    };
  }
}

const fieldsOf = (period: string): string[] => period.split(/\s+/).filter(Boolean);

function inFiveFields(period: string): string {
  const fields = fieldsOf(period);
  if (fields.length === 7) return fields.slice(1, 6).join(' ');
  if (fields.length === 6) return fields.slice(1).join(' ');
  return fields.length === 5 ? period : '* * * * *';
}

function* zones(subject: Subject): Generator<Risk> {
  for (const { path, policy } of policiesOf(subject)) {
    const zone = textIn(policy, 'timezone');
    const right = zoneIn(zone);
    if (zone === '' || isPlaceholder(zone) || right === zone) continue;
    yield {
      severity: 'error',
      rule: 'time-zone',
      at: subject.at,
      path: [...path, 'timezone'],
      message: `unknown time zone "${zone}"${right === undefined ? '' : `; did you mean ${right}?`}`,
      why: 'gitlab-runner cannot start the autoscaler. Use a name such as Europe/Berlin.',
      next: editing(subject, '--set', `${[...path, 'timezone'].join('.')}=${right ?? 'UTC'}`),
    };
  }
}

// Go reads names as they are spelled, Node.js in any case.
function zoneIn(name: string): string | undefined {
  if (name === 'Local') return name;
  if (/^[+-]/.test(name)) return undefined;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name;
  } catch {
    return undefined;
  }
}

function* idleCounts(subject: Subject): Generator<Risk> {
  const { at, runner } = subject;
  const places = [
    ['machine', 'IdleCount'],
    ['machine', 'IdleCountMin'],
    ...tablesIn(runner, 'machine', 'autoscaling').map((_, index) => [
      'machine',
      'autoscaling',
      String(index),
      'IdleCount',
    ]),
    ...policiesOf(subject).map(({ path }) => [...path, 'idle_count']),
  ];
  for (const path of places) {
    const count = numberIn(runner, ...path);
    if (count === undefined || count >= 0) continue;
    yield {
      severity: 'error',
      rule: 'idle-count',
      at,
      path,
      message: `${path.filter((key) => !/^\d+$/.test(key)).join('.')} is ${count}; the minimum is 0`,
      why: '0 keeps no idle machines; no value means unlimited.',
      next: editing(subject, '--set', `${path.join('.')}=0`),
    };
  }
}

function* machineName(subject: Subject): Generator<Risk> {
  const name = textIn(subject.runner, 'machine', 'MachineName');
  if (subject.executor !== 'docker+machine' || name === '' || name.includes('%s') || isPlaceholder(name))
    return;
  yield {
    severity: 'error',
    rule: 'machine-name',
    at: subject.at,
    path: ['machine', 'MachineName'],
    message: `MachineName "${name}" has no %s`,
    why: 'gitlab-runner inserts a unique part there, and creates no machine without it.',
    next: editing(subject, '--set', `machine.MachineName=${name}-%s`),
  };
}

/** What the machines can take at most, against what the runner and gitlab-runner hand out. */
function* capacity(subject: Subject): Generator<Risk> {
  const { at, runner, present, executor } = subject;
  if (executor !== 'docker-autoscaler' && executor !== 'instance') return;
  const [each, most] = ['capacity_per_instance', 'max_instances'].map((key) =>
    numberIn(runner, 'autoscaler', key),
  );
  const all = (each ?? 1) * (most ?? 0);
  const count = numberIn(present.globals, 'concurrent') ?? 1;
  const limit = numberIn(runner, 'limit') ?? 0;
  if (all <= 0) return;
  const base = { severity: 'warning', rule: 'capacity', at } as const;
  const what = `the machines take ${all} jobs (capacity_per_instance × max_instances)`;
  if (count < all && count > 0) {
    const message = `${what}, but concurrent is ${count}`;
    const why = 'Machines beyond that are never used.';
    const next = `runner-setup edit --global --set concurrent=${all}`;
    yield { ...base, path: ['autoscaler', 'max_instances'], message, why, next };
  }
  if (limit > all) {
    const message = `limit is ${limit}, but ${what}`;
    const why = 'Jobs beyond that wait here, where no other runner can take them.';
    const next = editing(subject, '--set', `limit=${all}`);
    yield { ...base, path: ['limit'], message, why, next };
  }
}

/** The rules about machines that are made on demand. */
export const machineRules: readonly WritingRule[] = [
  { id: 'periods', keys: ['autoscaler.policy', 'kubernetes.autoscaler.policy'], find: periods },
  { id: 'time-zone', keys: ['autoscaler.policy', 'kubernetes.autoscaler.policy'], find: zones },
  {
    id: 'idle-count',
    keys: ['machine', 'autoscaler.policy', 'kubernetes.autoscaler.policy'],
    find: idleCounts,
  },
  { id: 'machine-name', keys: ['machine.MachineName'], find: machineName },
  { id: 'capacity', keys: ['autoscaler.capacity_per_instance', 'autoscaler.max_instances'], find: capacity },
].map(speaking);

function* removed({ at, executor, word }: Subject): Generator<Risk> {
  if (executor !== 'docker+machine') return;
  yield {
    severity: 'warning',
    rule: 'docker-machine',
    at,
    path: ['executor'],
    message: 'docker+machine is deprecated',
    why: 'GitLab 20.0 (May 2027) removes Docker Machine.',
    next: `runner-setup migrate ${word}`,
  };
}

/** That Docker Machine goes; doctor says it, and nobody who writes such a runner on purpose is stopped. */
export const dockerMachineRule: Rule = { id: 'docker-machine', keys: ['executor'], find: removed };
