import { exitCode, Trouble } from '../errors.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';

/** A step that can be taken back: `what` names it, `remains` says what is left and where when taking it back fails. */
interface Undo {
  readonly what: string;
  readonly remains: string;
  /** Absent when it was asked to stay; gives `kept` where it stays. The signal says that the person gives up waiting for it. */
  run?(signal: AbortSignal): Promise<unknown>;
  /** Nothing is said of it when it is taken back. */
  readonly isSilent?: true;
  /** Saves what would otherwise be lost where it was asked to stay. */
  keep?(): Kept;
}

/** What was saved, and where; and what to do with it. */
export interface Kept {
  readonly what: string;
  readonly hint: string;
}

/** Handed to the work that must leave nothing half done. */
export interface Rollback {
  /** Aborts at the first interrupt. A request under way that makes something has its own patience. */
  readonly signal: AbortSignal;
  undoBy(undo: Undo): void;
  /** Throws when the run was interrupted meanwhile. */
  check(): void;
}

/**
 * Runs work that changes things: when it throws, or at Ctrl-C or SIGTERM, what it did is taken back, the last first;
 * another interrupt gives that up. Throws what the work threw, with a word on what could not be taken back.
 */
export async function withRollback<T>(
  world: World,
  say: Say,
  work: (rollback: Rollback) => Promise<T>,
): Promise<T> {
  const undos: Undo[] = [];
  const stop = new AbortController();
  const giveUp = new AbortController();
  const release = world.onInterrupt(() => {
    if (stop.signal.aborted) giveUp.abort(gaveUp());
    else say.talk('Stopping and rolling back the changes.');
    stop.abort(stopped());
  });
  const rollback: Rollback = {
    signal: stop.signal,
    undoBy: (undo) => void undos.push(undo),
    check: () => stop.signal.throwIfAborted(),
  };
  try {
    const done = await work(rollback);
    if (stop.signal.aborted)
      say.talk('The command finished before it could be stopped. Nothing was rolled back.');
    return done;
  } catch (error) {
    throw await takeBack(undos, say, error, giveUp.signal);
  } finally {
    release();
  }
}

/** What was done so far in a conversation that has not come to its end. */
export interface Pending {
  undoBy(undo: Undo): void;
  /** Takes all of it back now; what cannot be is said as a warning. */
  takeBack(): Promise<void>;
}

/** Runs a conversation: when it throws, what it did is taken back; an interrupt gives that up. Throws what the work threw. */
export async function withPending<T>(
  world: World,
  say: Say,
  work: (pending: Pending) => Promise<T>,
): Promise<T> {
  const undos: Undo[] = [];
  const untilInterrupt = async <R>(act: (signal: AbortSignal) => Promise<R>): Promise<R> => {
    const giveUp = new AbortController();
    const release = world.onInterrupt(() => giveUp.abort(gaveUp()));
    return act(giveUp.signal).finally(release);
  };
  const pending: Pending = {
    undoBy: (undo) => void undos.push(undo),
    async takeBack() {
      const { left } = await untilInterrupt((signal) => undoAll(undos.splice(0), say, signal));
      for (const words of left) say.warn(words);
    },
  };
  try {
    return await work(pending);
  } catch (error) {
    throw await untilInterrupt((signal) => takeBack(undos, say, error, signal));
  }
}

const isCancel = (error: unknown): boolean => error instanceof Trouble && error.code === exitCode.cancelled;

const gaveUp = (): Trouble => new Trouble('Canceled.', { code: exitCode.cancelled });

const stopped = (): Trouble =>
  new Trouble('Canceled. Nothing was left behind.', { code: exitCode.cancelled });

async function takeBack(
  undos: readonly Undo[],
  say: Say,
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const { left, kept } = await undoAll(undos, say, signal);
  const isLeft = left.length > 0 || kept.length > 0;
  const isAsked = isCancel(error) && undos.some(({ run }) => run === undefined);
  return isLeft || isAsked ? withRemains(error, left, kept) : error;
}

async function undoAll(
  undos: readonly Undo[],
  say: Say,
  signal: AbortSignal,
): Promise<{ left: string[]; kept: Kept[] }> {
  const left: string[] = [];
  const kept: Kept[] = [];
  for (const undo of undos.toReversed()) {
    if (undo.run === undefined) {
      say.talk(`Kept as requested: ${undo.what}.`);
      if (undo.keep) kept.push(undo.keep());
      continue;
    }
    try {
      const isKept = (await undo.run(signal)) === 'kept';
      if (!undo.isSilent && !isKept) say.talk(`Rolled back: ${undo.what}.`);
    } catch (failure) {
      left.push(`${undo.remains} (${reasonOf(failure)})`);
    }
  }
  return { left, kept };
}

// What was cut off may have been done all the same.
function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const why = failure instanceof Trouble && isCancel(failure) ? failure.why : undefined;
  return why === undefined ? failure.message : `${failure.message} ${why}`;
}

function withRemains(error: unknown, left: readonly string[], kept: readonly Kept[]): Trouble {
  const trouble = error instanceof Trouble ? error : new Trouble('Unexpected failure.', { cause: error });
  const message = isCancel(trouble) ? 'Canceled.' : trouble.message;
  const byHand = left.length > 0 && trouble.hint === undefined ? ['Remove it manually.'] : [];
  const hints = [trouble.hint ?? [], byHand, kept.map(({ hint }) => hint)].flat();
  const remains = left.length === 0 ? [] : ['Some changes could not be rolled back:', ...left];
  return new Trouble([message, ...remains, ...kept.map(({ what }) => what)].join('\n'), {
    ...(trouble.why !== undefined && { why: trouble.why }),
    ...(hints.length > 0 && { hint: hints.join('\n') }),
    code: trouble.code,
    cause: error,
  });
}
