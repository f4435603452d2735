import { valueAt } from '../../config/model.ts';
import { position } from '../../text/shell-quote.ts';
import type { FileRule, Present, Risk, Subject, WritingRule } from './rule.ts';

/** How many jobs this machine runs at once, against the runners that share it (gitlab-runner warns of it, multi.go). */
const concurrent: FileRule = {
  id: 'concurrent',
  *find({ globals, runners }) {
    const count = concurrentOf(globals);
    const base = { rule: 'concurrent', at: 'global', path: ['concurrent'] } as const;
    if (count <= 0) {
      yield {
        ...base,
        severity: 'error',
        message: `concurrent = ${count}: this host runs no jobs`,
        why: 'Zero does not mean unlimited.',
        next: raise(Math.max(1, runners.length)),
      };
    } else if (count < runners.length) {
      yield {
        ...base,
        severity: 'warning',
        message: `${runners.length} runners share at most ${jobs(count)} (concurrent)`,
        why: 'While one runner waits for a job (long polling), the others may get none.',
        next: raise(runners.length),
      };
    }
  },
};

/** A runner that asks for one job at a time although more could run. */
const longPolling: FileRule = {
  id: 'long-polling',
  *find({ globals, runners }) {
    const count = concurrentOf(globals);
    const number = (runner: unknown, key: string) => numberOf(valueAt(runner, [key])) ?? 0;
    const slow = [...runners.keys()].filter(
      (at) => number(runners[at], 'request_concurrency') <= 1 && number(runners[at], 'limit') !== 1,
    );
    const [first] = slow;
    if (first === undefined || count <= 1) return;
    const who = slow.length === 1 ? 'this runner requests' : `${slow.length} runners request`;
    yield {
      severity: 'note',
      rule: 'long-polling',
      at: first,
      path: ['request_concurrency'],
      message: `${who} one job at a time (request_concurrency)`,
      why: 'While that request waits for a job (long polling), free slots stay unused.',
      next: requestMore(slow, runners, count),
    };
  },
};

// One step where all runners can have the same; none gets more than its limit.
function requestMore(slow: readonly number[], runners: Present['runners'], count: number): string {
  const most = slow.map((at) => Math.min(4, count, numberOf(valueAt(runners[at], ['limit'])) || 4));
  const edit = (which: string, value: number) =>
    `runner-setup edit ${which} --set request_concurrency=${value}`;
  if (slow.length > 1 && slow.length === runners.length) return edit('--all', Math.min(...most));
  return slow.map((at, index) => edit(position(at), most[index]!)).join('\n');
}

/** The rules about how runners share this machine. */
export const fileRules: readonly FileRule[] = [concurrent, longPolling];

/** A number of one runner that is above what this machine runs at once; gitlab-runner's own start warns of both keys. */
const aboveConcurrent = (id: string, key: string): WritingRule => ({
  id,
  keys: [key],
  *find(subject): Generator<Risk> {
    const [value, count] = numbers(subject, key);
    if (value <= count || count <= 0) return;
    const message = `${key} is ${value}, but this host runs at most ${jobs(count)} (concurrent)`;
    yield { severity: 'warning', rule: id, at: subject.at, path: [key], message, next: raise(value) };
  },
  *warn(subject) {
    const [value, count] = numbers(subject, key);
    if (value > count)
      yield `${key} is ${value}, but this host runs at most ${jobs(count)} (concurrent). To run more jobs, raise concurrent, too.`;
  },
});

/** The rules that compare a runner with what this machine runs at once. */
export const loadRules: readonly WritingRule[] = [
  aboveConcurrent('limit', 'limit'),
  aboveConcurrent('request-concurrency', 'request_concurrency'),
];

const numbers = ({ runner, present }: Subject, key: string): [value: number, concurrent: number] => [
  numberOf(valueAt(runner, [key])) ?? 0,
  concurrentOf(present.globals),
];

// gitlab-runner's own default when the file says nothing.
const concurrentOf = (globals: Present['globals']): number => numberOf(valueAt(globals, ['concurrent'])) ?? 1;

const raise = (to: number): string => `runner-setup edit --global --set concurrent=${to}`;

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;

const jobs = (count: number): string => (count === 1 ? '1 job' : `${count} jobs`);
