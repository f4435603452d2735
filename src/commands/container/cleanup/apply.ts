import { type Interrupt, interruptible, stopped } from '../../../app/interrupt.ts';
import { type Free, hasLimit, isLow, isReached } from '../../../engine/disk-usage.ts';
import { isGone } from '../../../engine/read-inventory.ts';
import type { Removal } from '../../../engine/removals.ts';
import { run } from '../../../engine/run.ts';
import { type ExitCode, errorOf, exitCode, Trouble } from '../../../errors.ts';
import { spin } from '../../../terminal/spin.ts';
import { formatDuration } from '../../../text/duration.ts';
import { harmless } from '../../../text/sanitize.ts';
import { shellLine } from '../../../text/shell-quote.ts';
import { sizeWords } from '../../../text/size.ts';
import type { ContainerContext } from '../context.ts';
import { freeWords, limitWords, plainOf, plainRemoval, tooFull } from './output.ts';
import type { Survey } from './survey.ts';

/** What became of one removal; `left` was not come to, because enough was free or the person had enough. */
interface Done {
  readonly removal: Removal;
  readonly outcome: 'removed' | 'refused' | 'gone' | 'left';
  readonly why?: string;
}

/** Removes one after the other until enough is free, measured after each; what the engine refuses is passed over. */
export async function removeAll(context: ContainerContext, found: Survey): Promise<ExitCode> {
  let free = found.free;
  let failure: Trouble | undefined;
  const done: Done[] = [];
  const isOver = (request: boolean) => request || failure !== undefined || isReachedBy(found, free);
  const wasStopped = await interruptible(
    context.world,
    context.say,
    patience,
    async (stopping) => {
      for (const [at, removal] of found.removals.entries()) {
        if (isOver(stopping.wanted)) {
          done.push({ removal, outcome: 'left' });
          continue;
        }
        try {
          const one = await removeOne(context, found, removal, at, stopping);
          done.push(one);
          if (one.outcome === 'removed') free = await gain(context, found, free);
        } catch (error) {
          if (!(error instanceof Trouble)) throw error;
          failure = error;
          done.push({ removal, outcome: 'left' });
        }
      }
      return stopping.wanted && done.some(({ outcome }) => outcome === 'left') && !isReachedBy(found, free);
    },
    'removal',
  );
  return tell(context, found, { done, free, failure, wasStopped });
}

// An image of many layers takes a while to go.
const patience = 120_000;

const isReachedBy = ({ invocation: { limits } }: Survey, free: Free | undefined): boolean =>
  hasLimit(limits) && free !== undefined && isReached(free, limits);

async function removeOne(
  { world, say, engine }: ContainerContext,
  { invocation, removals }: Survey,
  removal: Removal,
  at: number,
  { signal }: Interrupt,
): Promise<Done> {
  const words = commandFor(removal, invocation.ttl);
  say.talk(`$ ${shellLine([engine.program, ...words])}`);
  const text = `Removing ${harmless(removal.name, 60)} (${at + 1} of ${removals.length})`;
  try {
    await spin(world, say, text, () => run(engine, words, { signal, seconds: Infinity }));
    return { removal, outcome: 'removed' };
  } catch (error) {
    if (!(error instanceof Trouble) || error.kind !== 'engine-refused') throw error;
    const why = harmless((error.why ?? '').replace(/^Error( response from daemon)?: /, ''), 300);
    if (isGone(error)) return { removal, outcome: 'gone', why };
    say.warn(`${removal.kind} ${harmless(removal.name, 100)} was not removed: ${why}`);
    return { removal, outcome: 'refused', why };
  }
}

function commandFor({ kind, words }: Removal, ttl: number): string[] {
  if (kind === 'container') return ['container', 'rm', '--volumes', ...words];
  if (kind !== 'build cache') return [kind, 'rm', ...words];
  const young = ttl > 0 ? ['--filter', `until=${formatDuration(BigInt(ttl) * 1_000_000n)}`] : [];
  return ['builder', 'prune', '--all', '--force', ...young];
}

async function gain(
  { say }: ContainerContext,
  { usage, invocation }: Survey,
  before: Free | undefined,
): Promise<Free | undefined> {
  const after = await usage?.measure();
  if (after !== undefined && before !== undefined) {
    const more = after.bytes - before.bytes;
    say.talk(`  done: ${more > 0 ? `freed ${sizeWords(more)}; ` : ''}${freeWords(after, invocation.limits)}`);
  } else say.talk('  done');
  return after;
}

interface End {
  readonly done: readonly Done[];
  readonly free: Free | undefined;
  /** Why it could not go on. */
  readonly failure: Trouble | undefined;
  readonly wasStopped: boolean;
}

function tell(context: ContainerContext, found: Survey, end: End): ExitCode {
  const { done, free, failure, wasStopped } = end;
  const { say } = context;
  const { limits } = found.invocation;
  const removed = done.filter(({ outcome }) => outcome === 'removed').map(({ removal }) => removal);
  const isStillLow = free !== undefined && isLow(free, limits);
  const trouble = failure ?? (wasStopped ? stopped() : isStillLow ? tooFull(found, free) : undefined);
  if (trouble === undefined && hasLimit(limits) && !isReachedBy(found, free))
    say.warn(`nothing more can be removed, but less than ${limitWords(limits, 'expected')} is free.`);
  if (say.mode.json) {
    tellObject(context, found, end, { removed, trouble });
    return trouble?.code ?? exitCode.done;
  }
  if (removed.length > 0 || failure === undefined) say.done(summary(found, removed, free));
  if (trouble !== undefined) throw trouble;
  return exitCode.done;
}

function tellObject(
  context: ContainerContext,
  found: Survey,
  { done, free }: End,
  { removed, trouble }: { readonly removed: readonly Removal[]; readonly trouble: Trouble | undefined },
): void {
  const refused = done.filter(({ outcome }) => outcome === 'refused');
  context.say.object({
    action: removed.length > 0 ? 'cleaned' : 'unchanged',
    changed: removed.length > 0,
    ...(trouble && { error: errorOf(trouble) }),
    cleanup: {
      ...plainOf(context, found),
      ...(free && { freeAfter: free }),
      removed: removed.map(plainRemoval),
      refused: refused.map(({ removal, why }) => ({ ...plainRemoval(removal), ...(why && { why }) })),
      freedBytes: gainedBy(found, free, removed),
    },
  });
}

function gainedBy({ free: before }: Survey, after: Free | undefined, removed: readonly Removal[]): number {
  if (before !== undefined && after !== undefined) return Math.max(after.bytes - before.bytes, 0);
  return removed.reduce((sum, { size }) => sum + (size ?? 0), 0);
}

function summary(found: Survey, removed: readonly Removal[], free: Free | undefined): string {
  if (removed.length === 0) return 'Nothing was removed.';
  const counts = (['container', 'volume', 'build cache', 'image'] as const).flatMap((kind) => {
    const count = removed.filter((one) => one.kind === kind).length;
    if (count === 0) return [];
    return kind === 'build cache' ? ['the build cache'] : [`${count} ${kind}${count === 1 ? '' : 's'}`];
  });
  const list = counts.length > 1 ? `${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}` : counts[0];
  const now = free === undefined ? '' : `. ${freeWords(free, found.invocation.limits)}`;
  const gained = sizeWords(gainedBy(found, free, removed));
  return `Removed ${list} and freed ${free === undefined ? 'about ' : ''}${gained}${now}.`;
}
