import type { Reversal } from '../../../app/interrupt.ts';
import { createLike } from '../../../engine/recreate.ts';
import { run } from '../../../engine/run.ts';
import type { ContainerPart, Step } from '../../../engine/upgrade-steps.ts';
import { Trouble } from '../../../errors.ts';
import { harmless } from '../../../text/sanitize.ts';
import { shownBy } from '../context.ts';
import { drain } from './drain.ts';
import { checkNew } from './health.ts';
import type { UpgradeJob } from './job.ts';
import type { UpgradeState } from './state.ts';

/** Takes one step; throws a `Trouble` when it fails, and when the new container is not good. */
export async function takeStep(
  job: UpgradeJob,
  reversal: Reversal,
  state: UpgradeState,
  step: Step,
): Promise<void> {
  const { context, progress } = job;
  if (step.do === 'create') return create(job, reversal, step.name);
  if (step.do === 'restart-policy') return setRestart(job, reversal, step);
  if (step.do === 'drain') return drain(job, reversal, step.of);
  if (step.do === 'check') {
    await checkNew(job, reversal, state);
    if (reversal.back.aborted) return;
    progress.foundGood = step.of.startedAt;
    return reversal.commit();
  }
  if (step.do === 'start') return start(job, reversal, step.of);
  await run(context.engine, wordsOf(step), shownBy(context.say, reversal.cut()));
  if (step.do === 'stop') progress.stopped = step.of.id;
}

async function start(
  { context, name, image, old, progress }: UpgradeJob,
  reversal: Reversal,
  of: ContainerPart,
): Promise<void> {
  try {
    await run(context.engine, wordsOf({ do: 'start', of }), shownBy(context.say, reversal.cut()));
  } catch (error) {
    if (!(error instanceof Trouble) || of.id === old.id || reversal.back.aborted) throw error;
    throw new Trouble(`${name} with ${image.reference} does not start.`, {
      ...(error.why !== undefined && { why: error.why }),
      cause: error,
    });
  }
  progress.started = of.id;
}

/** The words of a step that is a command by itself. */
export function wordsOf(step: Exclude<Step, { do: 'create' | 'drain' | 'check' }>): string[] {
  const { name } = step.of;
  if (step.do === 'rename') return ['rename', name, step.to];
  if (step.do === 'restart-policy') return ['update', `--restart=${step.policy}`, name];
  // A container of some seconds has no jobs that are worth more patience.
  if (step.do === 'stop') return ['stop', '-t', '30', name];
  if (step.do === 'start') return ['start', name];
  return ['rm', ...(step.byForce ? ['--force'] : []), name];
}

async function create(
  { context, request, old, image, progress }: UpgradeJob,
  reversal: Reversal,
  name: string,
): Promise<void> {
  const { engine, say } = context;
  const watch = () => shownBy(say, reversal.cut());
  const lost = await createLike(engine, old, { name, image: image.reference, watch });
  // Nobody has been told to end yet.
  progress.toldToEnd = '';
  if (lost.length === 0) return;
  const words = `The new container differs from the old one in ${harmless(lost.join(', '), 300)}.`;
  if (request.allowDifferences) return say.warn(words);
  // At once: with another config folder it would not be recognised as part of an upgrade.
  await run(engine, ['rm', name], shownBy(say));
  throw new Trouble(words, {
    why: `${engine.program} was given the same settings, but applied different ones.`,
    hint: 'If the difference does not matter, run the command again with --allow-differences',
  });
}

async function setRestart(
  { context, progress }: UpgradeJob,
  reversal: Reversal,
  step: Extract<Step, { do: 'restart-policy' }>,
): Promise<void> {
  try {
    await run(context.engine, wordsOf(step), shownBy(context.say, reversal.cut()));
  } catch (error) {
    if (!(error instanceof Trouble) || step.policy !== 'no' || reversal.back.aborted) throw error;
    context.say.detail(`The restart policy cannot be changed: ${error.why ?? error.message}`);
    progress.canSetRestart = false;
  }
}
