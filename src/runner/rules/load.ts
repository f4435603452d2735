import { valueAt } from '../../config/model.ts';
import type { Present, Risk } from './rule.ts';

/** What gitlab-runner's own start warns of: how many jobs, how many runners, how they ask for work (multi.go). */
export function* loadRisks({ globals, runners }: Present): Generator<Risk> {
  const concurrent = numberOf(valueAt(globals, ['concurrent'])) ?? 1;
  const raise = (to: number) => `runner-setup edit --global --set concurrent=${to}`;
  if (concurrent <= 0) {
    yield {
      severity: 'error',
      rule: 'concurrent',
      at: 'global',
      path: ['concurrent'],
      message: `concurrent = ${concurrent}: this machine takes no job at all`,
      why: 'Zero does not mean without limit.',
      next: raise(Math.max(1, runners.length)),
    };
    return;
  }
  if (concurrent < runners.length) {
    yield {
      severity: 'warning',
      rule: 'concurrent',
      at: 'global',
      path: ['concurrent'],
      message: `${runners.length} runners share ${jobs(concurrent)} at once (concurrent)`,
      why: 'While one of them waits for GitLab to hand out a job (long polling), others may get no turn.',
      next: raise(runners.length),
    };
  }
  for (const [at, runner] of runners.entries()) yield* limits(at, runner, concurrent);
  yield* longPolling(runners, concurrent);
}

function* limits(at: number, runner: unknown, concurrent: number): Generator<Risk> {
  const limit = numberOf(valueAt(runner, ['limit'])) ?? 0;
  const requests = numberOf(valueAt(runner, ['request_concurrency'])) ?? 0;
  const next = (to: number) => `runner-setup edit --global --set concurrent=${to}`;
  if (limit > concurrent) {
    const message = `limit is ${limit}, but this machine runs ${jobs(concurrent)} at once (concurrent)`;
    yield { severity: 'warning', rule: 'limit', at, path: ['limit'], message, next: next(limit) };
  }
  if (requests > concurrent) {
    const message = `request_concurrency is ${requests}, but this machine runs ${jobs(concurrent)} at once (concurrent)`;
    yield {
      severity: 'warning',
      rule: 'request-concurrency',
      at,
      path: ['request_concurrency'],
      message,
      next: next(requests),
    };
  }
}

function* longPolling(runners: readonly unknown[], concurrent: number): Generator<Risk> {
  const number = (runner: unknown, key: string) => numberOf(valueAt(runner, [key])) ?? 0;
  const slow = [...runners.keys()].filter(
    (at) => number(runners[at], 'request_concurrency') <= 1 && number(runners[at], 'limit') !== 1,
  );
  const [first] = slow;
  if (first === undefined || concurrent <= 1) return;
  const who = slow.length === 1 ? `runner #${first + 1} asks` : `${slow.length} runners ask`;
  yield {
    severity: 'note',
    rule: 'long-polling',
    at: first,
    path: ['request_concurrency'],
    message: `${who} GitLab for one job at a time (request_concurrency)`,
    why: 'Where GitLab lets the question wait for a job (long polling), free places stay free meanwhile.',
    next: `runner-setup edit '#${first + 1}' --set request_concurrency=${Math.min(4, concurrent)}`,
  };
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;

const jobs = (count: number): string => (count === 1 ? '1 job' : `${count} jobs`);
