import { exitCode, Trouble } from '../errors.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';

/** Whether the person wants a piece of work to end, to be looked at between its steps. */
export interface Interrupt {
  readonly wanted: boolean;
  /** Aborted at the first interrupt: for what has not begun yet. */
  readonly first: AbortSignal;
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
  const [first, stop] = [new AbortController(), new AbortController()];
  const state = { wanted: false, first: first.signal, signal: stop.signal };
  const release = world.onInterrupt(() => {
    if (state.wanted || patience === 0) stop.abort(stopped());
    else setTimeout(() => stop.abort(stopped()), patience).unref();
    if (!state.wanted && patience > 0) say.talk(`Stopping after this ${step}.`);
    state.wanted = true;
    first.abort(stopped());
  });
  try {
    return await work(state);
  } finally {
    release();
  }
}

/** What is thrown for the runners that were not come to. */
export const stopped = (): Trouble => new Trouble('Canceled.', { code: exitCode.cancelled });

/** What the person wants meanwhile. */
export interface Reversal {
  /** Aborted by the first Ctrl-C or SIGTERM: back to the old container. */
  readonly back: AbortSignal;
  /** Aborted by the second: without waiting for jobs. */
  readonly hurry: AbortSignal;
  /** A signal for one command of the engine: aborted two seconds after any Ctrl-C but the first, when it hangs. */
  cut(): AbortSignal;
  /** From now on it is too late to turn back, and that is said. */
  commit(): void;
}

/**
 * Runs work that can be turned back between its steps; commands of the engine that are under way come to their end, unless
 * they hang and the person does not wait.
 */
export async function withReversal<T>(
  world: World,
  say: Say,
  work: (reversal: Reversal) => Promise<T>,
): Promise<T> {
  const [back, hurry] = [new AbortController(), new AbortController()];
  let [isTooLate, count, cutter] = [false, 0, new AbortController()];
  const release = world.onInterrupt(() => {
    count++;
    const underWay = cutter;
    // Most come to their end at once, and that is better than half a command.
    if (count > 1) setTimeout(() => underWay.abort(cutOff()), 2000).unref();
    if (isTooLate) return say.talk('The new container is running. Nothing was rolled back.');
    if (back.signal.aborted) hurry.abort();
    else say.talk('Stopping and restoring the old container.');
    back.abort();
  });
  const commit = () => {
    isTooLate = true;
  };
  const cut = () => {
    cutter = new AbortController();
    return cutter.signal;
  };
  try {
    return await work({ back: back.signal, hurry: hurry.signal, commit, cut });
  } finally {
    release();
  }
}

const cutOff = (): Trouble =>
  new Trouble('The running command was interrupted.', { code: exitCode.cancelled });

/** Waits some milliseconds, or until one of the signals. */
export async function pause(milliseconds: number, ...signals: readonly AbortSignal[]): Promise<void> {
  const { setTimeout: wait } = await import('node:timers/promises');
  await wait(milliseconds, undefined, { signal: AbortSignal.any([...signals]) }).catch(() => undefined);
}
