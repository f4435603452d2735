import { Trouble } from '../errors.ts';
import type { Reading, VerbOption } from '../terminal/options.ts';
import { canRedraw } from '../terminal/size.ts';
import type { Spin } from '../terminal/spin.ts';
import { parseDuration, timeWords } from '../text/duration.ts';
import type { World } from '../world.ts';
import { pause } from './interrupt.ts';
import { misuse, wordOf } from './invocation.ts';

/** How long running jobs may take, for the commands that let a gitlab-runner finish its jobs. */
export const drainFlag = {
  drainTimeout: {
    flag: '--drain-timeout',
    isSwitch: false,
    hint: 'TIME',
    doc: 'Maximum time to wait for running jobs (default 1h)',
  },
} as const satisfies Record<string, VerbOption>;

/** The milliseconds of `drainFlag`; throws for what is no time. */
export const readDrainTimeout = (verbFlags: Reading['verbFlags']): number =>
  readTime(wordOf(verbFlags, 'drainTimeout') ?? '1h', drainFlag.drainTimeout.flag);

/** The milliseconds of a time, a bare number in seconds, as docker stop has it; throws for what is no time, by its flag. */
export function readTime(word: string, flag: string): number {
  const time = millisecondsIn(word);
  if (time !== undefined && time >= 0) return time;
  throw misuse(
    `${flag} ${word} is not a duration.`,
    `Use a number and a unit, such as ${flag} 45m or ${flag} 2h.`,
  );
}

function millisecondsIn(word: string): number | undefined {
  try {
    return Number(parseDuration(/^\d+$/.test(word) ? `${word}s` : word) / 1_000_000n);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return undefined;
  }
}

/** What is waited for: a gitlab-runner that was told to end when its jobs have finished. */
interface Waiting {
  readonly spinner: Spin;
  /** Ends the waiting early. */
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly limit: number;
  /** What it is called at the beginning of a sentence. */
  readonly runner: string;
  /** How many jobs ran at the beginning; nothing where that cannot be counted. */
  readonly jobs: number | undefined;
  hasEnded(): Promise<boolean>;
  countJobs(): Promise<number | undefined>;
}

/** Waits until a gitlab-runner has ended, the time is over, or the person does not want to wait; says how many jobs still run. */
export async function waitForJobs(
  { now, stderr }: Pick<World, 'now' | 'stderr'>,
  { spinner, signal, limit, runner, jobs, hasEnded, countJobs }: Waiting,
): Promise<'ended' | 'late' | 'stopped'> {
  const start = now().getTime();
  const look = allowMisses(hasEnded);
  let answer = { jobs, at: 0 };
  for (let count = 0; ; count++) {
    if (await look()) return 'ended';
    const passed = now().getTime() - start;
    if (signal.aborted) return 'stopped';
    if (passed >= limit) return 'late';
    const running = count % 5 === 4 ? await countJobs() : answer.jobs;
    // Where nothing can be drawn again each of these is a line: only when something is new, or a minute has gone by.
    const isNew = running !== answer.jobs || passed - answer.at > 60_000;
    if (isNew) answer = { jobs: running, at: passed };
    if (isNew || canRedraw(stderr))
      spinner.says(`${jobWords(running, runner)}; ${timeWords(passed)} of ${timeWords(limit)}`);
    await pause(Math.min(count < 5 ? 200 : 1000, limit - passed), signal);
  }
}

// In an hour an engine may be started anew: one look that fails is not the end.
function allowMisses(hasEnded: () => Promise<boolean>): () => Promise<boolean> {
  let misses = 0;
  return async () => {
    try {
      const ended = await hasEnded();
      misses = 0;
      return ended;
    } catch (error) {
      misses++;
      if (misses === 5) throw error;
      return false;
    }
  };
}

/** How many jobs still run, in words; where that is not known, that the gitlab-runner (`runner`) does. */
export function jobWords(jobs: number | undefined, runner: string): string {
  if (!jobs) return `${runner} is still running`;
  return jobs === 1 ? '1 job is still running' : `${jobs} jobs are still running`;
}
