import { ask, type Engine } from './engine.ts';
import { textAt } from './inspected.ts';
import type { Inspected } from './run.ts';

/**
 * How many jobs run on an engine, by the labels that gitlab-runner gives to the containers of a job; nothing when it
 * does not say. Jobs of other executors are not seen.
 */
export async function runningJobs(engine: Engine): Promise<number | undefined> {
  const words = ['ps', '--quiet', '--no-trunc', '--filter', `label=${label}.managed=true`];
  const told = await ask(engine, words, 30);
  if (!('words' in told)) return undefined;
  const ids = told.words.split('\n').filter(Boolean);
  if (ids.length === 0) return 0;
  const jobs = await Promise.all(ids.map((id) => jobOf(engine, id)));
  return new Set(jobs.filter((job) => job !== undefined)).size;
}

const label = 'com.gitlab.gitlab-runner';

async function jobOf(engine: Engine, id: string): Promise<string | undefined> {
  const told = await ask(engine, ['container', 'inspect', id], 30);
  if (!('words' in told)) return undefined;
  const [found] = JSON.parse(told.words) as Inspected[];
  return textAt(found, 'Config', 'Labels', `${label}.job.id`) || undefined;
}
