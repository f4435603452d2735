import { exitCode, Trouble } from '../errors.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';

/** Whether the person wants a piece of work to end, to be looked at between its steps. */
export interface Interrupt {
  readonly wanted: boolean;
  /** Ends what is under way: at the second interrupt, or `patience` milliseconds after the first. */
  readonly signal: AbortSignal;
}

/**
 * Runs work that goes step by step: at Ctrl-C or SIGTERM the step under way may still end, so that the file and GitLab
 * agree. With no patience it ends at once. `step` names what is done in one step.
 */
export async function interruptible<T>(
  world: World,
  say: Say,
  patience: number,
  work: (stopping: Interrupt) => Promise<T>,
  step = 'runner',
): Promise<T> {
  const stop = new AbortController();
  const state = { wanted: false, signal: stop.signal };
  const release = world.onInterrupt(() => {
    if (state.wanted || patience === 0) stop.abort(stopped());
    else setTimeout(() => stop.abort(stopped()), patience).unref();
    if (!state.wanted && patience > 0) say.talk(`Stopping after this ${step}.`);
    state.wanted = true;
  });
  try {
    return await work(state);
  } finally {
    release();
  }
}

/** What is thrown for the runners that were not come to. */
export const stopped = (): Trouble => new Trouble('Cancelled.', { code: exitCode.cancelled });
