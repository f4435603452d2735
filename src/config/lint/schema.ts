import { nearest } from '../../text/closest.ts';
import { parseDuration } from '../../text/duration.ts';
import { expand } from '../../text/expand.ts';
import type { Env } from '../../world.ts';
import { isTables, type Table, type Value, valueAt } from '../model.ts';
import type { Config } from '../read.ts';
import { type Fault, runnerName, textAt } from './finding.ts';

const shells = ['bash', 'sh', 'cmd', 'pwsh', 'powershell', ''];

/** What the JSON schema in gitlab-runner refuses: url or token empty, an unknown shell, an idle_time below one second. */
export function* faultsOfSchema(config: Config, env: Env): Generator<Fault> {
  for (const [at, runner] of config.runners.entries()) {
    const path = [config.runnersKey, String(at)];
    for (const key of ['url', 'token']) {
      const words = textAt(runner, key);
      if (expand(words, env) === '' && !isOtherType(runner, key)) yield empty(config, at, key, words);
    }
    const shell = textAt(runner, 'shell');
    if (!shells.includes(shell)) {
      const guess = nearest(shell, shells);
      yield {
        severity: 'error',
        rule: 'schema',
        path: [...path, 'shell'],
        message: `unknown shell "${shell}"${guess ? `; did you mean "${guess}"?` : ''}`,
        next: `One of: ${shells.filter(Boolean).join(', ')}.`,
      };
    }
    yield* idleTimes(runner, path);
  }
}

const isOtherType = (runner: Table, key: string): boolean =>
  Object.entries(runner).some(([name, value]) => name.toLowerCase() === key && typeof value !== 'string');

function empty(config: Config, at: number, key: string, words: string): Fault {
  const path = [config.runnersKey, String(at), ...(Object.hasOwn(config.runners[at]!, key) ? [key] : [])];
  const who = runnerName(config, at);
  const base = { severity: 'error', rule: 'schema', path } as const;
  if (words !== '') {
    return {
      ...base,
      message: `${who} has no ${key}: ${words} is not set in this environment`,
      next: `Run the command with the environment of gitlab-runner, or set the variable.`,
    };
  }
  const next =
    key === 'url'
      ? 'Add the GitLab URL: url = "https://gitlab.example.com"'
      : 'Add its token, or register the runner: runner-setup register';
  return { ...base, message: `${who} has no ${key}`, next };
}

function* idleTimes(runner: Table, path: string[]): Generator<Fault> {
  const policies = valueAt(runner, ['autoscaler', 'policy']);
  if (!isTables(policies)) return;
  for (const [at, policy] of policies.entries()) {
    const nanoseconds = durationOf(valueAt(policy, ['idle_time']) ?? 0);
    if (nanoseconds === 0 || nanoseconds >= 1e9) continue;
    yield {
      severity: 'error',
      rule: 'schema',
      path: [...path, 'autoscaler', 'policy', String(at), 'idle_time'],
      message: 'idle_time is below one second',
      next: 'Add a unit, such as idle_time = "20m0s". A number without unit means nanoseconds.',
    };
  }
}

// A value that is no duration is of a wrong type, which is told elsewhere.
function durationOf(value: Value): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  try {
    return typeof value === 'string' ? Number(parseDuration(value)) : 0;
  } catch {
    return 0;
  }
}
