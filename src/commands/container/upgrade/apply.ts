import { type Reversal, withReversal } from '../../../app/interrupt.ts';
import { back, forward, type Step, type StepFacts } from '../../../engine/upgrade-steps.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import type { ContainerContext } from '../context.ts';
import type { UpgradeJob, UpgradeProgress } from './job.ts';
import { readUpgradeState, type UpgradeState } from './state.ts';
import { takeStep } from './step.ts';

/** How it ended, and why when that was not asked for. */
export type UpgradeEnd =
  | { readonly on: 'new'; readonly warning?: string }
  | { readonly on: 'old'; readonly because: Trouble | 'interrupted' | 'wanted' };

/**
 * Goes from step to step towards the new container, or to the old one; what comes next is read off the engine each
 * time. When a step fails, the new container does not run, or the person stops it, it turns to the old one.
 */
export async function carryOut(job: UpgradeJob, towards: 'new' | 'old'): Promise<UpgradeEnd> {
  const { world, say } = job.context;
  return withReversal(world, say, async (reversal) => {
    if (towards === 'new') {
      const because = await goForward(job, reversal);
      if (because === undefined) return { on: 'new' };
      if (typeof because === 'object' && 'warning' in because) return { on: 'new', warning: because.warning };
      await goBack(job, reversal, because);
      return { on: 'old', because };
    }
    await goBack(job, reversal, 'wanted');
    return { on: 'old', because: 'wanted' };
  });
}

type Because = Trouble | 'interrupted';

async function goForward(
  job: UpgradeJob,
  reversal: Reversal,
): Promise<Because | { readonly warning: string } | undefined> {
  try {
    for (let count = 0; ; count++) {
      if (reversal.back.aborted && job.progress.foundGood === undefined) return 'interrupted';
      const state = await readUpgradeState(job.context.engine, job.name);
      const step = forward(job.name, state.parts, knownOf(job));
      if (step === undefined) return isNew(job, state) ? undefined : gone(job);
      await takeCountedStep(job, reversal, state, step, count);
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (job.progress.foundGood === undefined)
      return error.code === exitCode.cancelled ? 'interrupted' : error;
    return {
      warning: `The old container could not be ${job.keepAs ? 'renamed' : 'removed'}: ${error.why ?? error.message}`,
    };
  }
}

const isNew = ({ image }: UpgradeJob, { parts }: UpgradeState): boolean => parts.inUse?.image === image.id;

const gone = ({ name, context }: UpgradeJob): Trouble =>
  new Trouble(`The containers of ${name} were changed in the meantime.`, {
    hint: `${context.engine.program} ps --all`,
  });

async function goBack(job: UpgradeJob, reversal: Reversal, because: Because | 'wanted'): Promise<void> {
  const { engine } = job.context;
  try {
    for (let count = 0; ; count++) {
      const state = await readUpgradeState(engine, job.name);
      const step = back(job.name, state.parts, knownOf(job));
      if (step === undefined) return;
      await takeCountedStep(job, reversal, state, step, count);
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const before = because instanceof Trouble ? `${because.message}\n` : '';
    throw new Trouble(`${before}The old container could not be restored: ${error.message}`, {
      ...(error.why !== undefined && { why: error.why }),
      hint: `Fix the problem, then continue the upgrade: runner-setup container upgrade ${job.name}`,
      cause: error,
    });
  }
}

// Nine steps lead to the new container and as many back: an engine that says yes and does nothing must not go on for ever.
const most = 40;

async function takeCountedStep(
  job: UpgradeJob,
  reversal: Reversal,
  state: UpgradeState,
  step: Step,
  count: number,
): Promise<void> {
  if (count < most) return takeStep(job, reversal, state, step);
  throw new Trouble(`The engine did not apply the step "${step.do}".`, {
    hint: `${job.context.engine.program} ps --all`,
  });
}

const knownOf = ({ image, keepAs, progress }: UpgradeJob): StepFacts => ({
  image: image.id,
  keepAs,
  ...progress,
});

/** What is known at the beginning: Podman changes the restart policy of a container from 5.1 on. */
export function firstProgress({ engine }: ContainerContext): UpgradeProgress {
  const [major = 0, minor = 0] = engine.version.split('.').map(Number);
  return {
    canSetRestart: engine.kind === 'docker' || major > 5 || (major === 5 && minor >= 1),
    toldToEnd: undefined,
    started: undefined,
    stopped: undefined,
    foundGood: undefined,
  };
}
