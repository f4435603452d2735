import { type Turn, turning } from '../../../app/interrupt-wait.ts';
import type { Container } from '../../../engine/container.ts';
import { back, forward, type Known, type Step } from '../../../engine/upgrade-steps.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import type { ContainerContext } from '../context.ts';
import type { UpgradeRequest } from './flags.ts';
import { lookAtUpgrade, type Scene } from './state.ts';
import { takeStep } from './step.ts';

/** One upgrade under way. */
export interface UpgradeJob {
  readonly stage: ContainerContext;
  readonly wish: UpgradeRequest;
  readonly name: string;
  /** The old container as it was found, whose settings the new one gets. */
  readonly old: Container;
  readonly image: { readonly reference: string; readonly id: string };
  /** The name that the old container is kept under; removed when absent. */
  readonly keepAs: string | undefined;
  /** What this run learns as it goes. */
  readonly learnt: Learnt;
}

/** What only this run knows of its steps, to be changed by them. */
export type Learnt = {
  -readonly [key in 'canSetRestart' | 'toldToEnd' | 'started' | 'stopped' | 'foundGood']: Known[key];
};

/** How it ended, and why when that was not asked for. */
export type Ending =
  | { readonly on: 'new'; readonly warning?: string }
  | { readonly on: 'old'; readonly because: Trouble | 'interrupted' | 'wanted' };

/**
 * Goes from step to step towards the new container, or to the old one; what comes next is read off the engine each
 * time. When a step fails, the new container does not run, or the person stops it, it turns to the old one.
 */
export async function act(errand: UpgradeJob, towards: 'new' | 'old'): Promise<Ending> {
  const { world, say } = errand.stage;
  return turning(world, say, async (turn) => {
    if (towards === 'new') {
      const because = await goForward(errand, turn);
      if (because === undefined) return { on: 'new' };
      if (typeof because === 'object' && 'warning' in because) return { on: 'new', warning: because.warning };
      await goBack(errand, turn, because);
      return { on: 'old', because };
    }
    await goBack(errand, turn, 'wanted');
    return { on: 'old', because: 'wanted' };
  });
}

type Because = Trouble | 'interrupted';

async function goForward(
  errand: UpgradeJob,
  turn: Turn,
): Promise<Because | { readonly warning: string } | undefined> {
  try {
    for (let count = 0; ; count++) {
      if (turn.back.aborted && errand.learnt.foundGood === undefined) return 'interrupted';
      const scene = await lookAtUpgrade(errand.stage.engine, errand.name);
      const step = forward(errand.name, scene.sight, knownOf(errand));
      if (step === undefined) return isNew(errand, scene) ? undefined : gone(errand);
      await takeOne(errand, turn, scene, step, count);
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (errand.learnt.foundGood === undefined)
      return error.code === exitCode.cancelled ? 'interrupted' : error;
    return {
      warning: `The old container could not be ${errand.keepAs ? 'renamed' : 'removed'}: ${error.why ?? error.message}`,
    };
  }
}

const isNew = ({ image }: UpgradeJob, { sight }: Scene): boolean => sight.inUse?.image === image.id;

const gone = ({ name, stage }: UpgradeJob): Trouble =>
  new Trouble(`Somebody else changed the containers of ${name} meanwhile.`, {
    hint: `${stage.engine.program} ps --all`,
  });

async function goBack(errand: UpgradeJob, turn: Turn, because: Because | 'wanted'): Promise<void> {
  const { engine } = errand.stage;
  try {
    for (let count = 0; ; count++) {
      const scene = await lookAtUpgrade(engine, errand.name);
      const step = back(errand.name, scene.sight, knownOf(errand));
      if (step === undefined) return;
      await takeOne(errand, turn, scene, step, count);
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const before = because instanceof Trouble ? `${because.message}\n` : '';
    throw new Trouble(`${before}The old container could not be put back: ${error.message}`, {
      ...(error.why !== undefined && { why: error.why }),
      hint: `Mend that, then run it again; it goes on where it was: runner-setup container upgrade ${errand.name}`,
      cause: error,
    });
  }
}

// Nine steps lead to the new container and as many back: an engine that says yes and does nothing must not go on for ever.
const most = 40;

async function takeOne(
  errand: UpgradeJob,
  turn: Turn,
  scene: Scene,
  step: Step,
  count: number,
): Promise<void> {
  if (count < most) return takeStep(errand, turn, scene, step);
  throw new Trouble(`The engine does not do what it is told: ${step.do} has no effect.`, {
    hint: `${errand.stage.engine.program} ps --all`,
  });
}

const knownOf = ({ image, keepAs, learnt }: UpgradeJob): Known => ({ image: image.id, keepAs, ...learnt });

/** What is known at the beginning: Podman changes the restart policy of a container from 5.1 on. */
export function learntAtFirst({ engine }: ContainerContext): Learnt {
  const [major = 0, minor = 0] = engine.version.split('.').map(Number);
  return {
    canSetRestart: engine.kind === 'docker' || major > 5 || (major === 5 && minor >= 1),
    toldToEnd: undefined,
    started: undefined,
    stopped: undefined,
    foundGood: undefined,
  };
}
