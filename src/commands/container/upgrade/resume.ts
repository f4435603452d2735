import { findContainer } from '../../../engine/containers.ts';
import { imageAfter, readImageName } from '../../../engine/image-name.ts';
import { Trouble } from '../../../errors.ts';
import type { ContainerContext } from '../context.ts';
import { act, learntAtFirst, type UpgradeJob } from './apply.ts';
import type { UpgradeRequest } from './flags.ts';
import { commandsAhead, failure, tellEnding } from './output.ts';
import { lookAtUpgrade, nameToKeep, type Scene } from './state.ts';
import { differencesOf } from './step.ts';

/**
 * Deals with what an interrupted upgrade left: finishes it, or goes back to the old container when another image is
 * wanted now or the person says so. Gives what there is afterwards, and where to, when an upgrade is still to be done.
 */
export async function settleInterrupted(
  stage: ContainerContext,
  wish: UpgradeRequest,
  scene: Scene,
): Promise<ResumeInput | undefined> {
  const errand = await errandFor(stage, wish, scene);
  const { say, engine } = stage;
  const isOther = isOtherImage(errand, wish);
  const isLeftAlone = scene.inUse === undefined && scene.next === undefined;
  const aim = isLeftAlone ? '' : ` to ${errand.image.reference}`;
  say.warn(`An upgrade of ${scene.name}${aim} was interrupted.`);
  const { towards, isAnew } = await wayFor(errand, scene, isOther);
  if (stage.dryRun) {
    await tellDryRun(errand, scene, towards);
    return undefined;
  }
  const ending = await act(errand, towards);
  if (ending.on === 'old' && ending.because !== 'wanted') throw failure(errand, ending.because);
  const now = await lookAtUpgrade(engine, scene.name);
  if (ending.on === 'old') {
    if (isAnew) say.talk(`${scene.name} is as it was before, with ${errand.old.settings.image}.`);
    return isAnew
      ? { scene: now, wish: { ...wish, to: wish.to ?? errand.image.reference } }
      : tellBack(errand);
  }
  if (isOther) return { scene: now, wish };
  tellEnding(errand, ending, errand.old.settings.image);
  return undefined;
}

/** What an upgrade begins with. */
export interface ResumeInput {
  readonly scene: Scene;
  readonly wish: UpgradeRequest;
}

async function errandFor(
  stage: ContainerContext,
  wish: UpgradeRequest,
  { name, inUse, before, next }: Scene,
): Promise<UpgradeJob> {
  const seen = before ?? inUse!;
  const old = (await findContainer(stage.engine, seen.id)) ?? seen;
  // Only the old one is there: the way back is all that is left.
  const made = next ?? inUse ?? old;
  return {
    stage,
    wish,
    name,
    old,
    image: { reference: made.settings.image, id: made.imageId },
    keepAs: await nameToKeep(stage, wish, name),
    learnt: learntAtFirst(stage),
  };
}

function isOtherImage({ old, image }: UpgradeJob, { to }: UpgradeRequest): boolean {
  return to !== undefined && imageAfter(old.settings.image, to) !== image.reference;
}

interface Way {
  readonly towards: 'new' | 'old';
  /** Whether the upgrade begins anew after the way back. */
  readonly isAnew: boolean;
}

async function wayFor(errand: UpgradeJob, scene: Scene, isOther: boolean): Promise<Way> {
  const { stage } = errand;
  const { inUse, next } = scene;
  if (inUse !== undefined && next !== undefined) {
    // Another one is wanted now; or the new container was not made to the end, which is looked at before the old one is
    // touched.
    if (isOther) return { towards: 'old', isAnew: true };
    const isTouched = inUse.settings.restart !== next.settings.restart;
    if (!isTouched && (await differencesOf(errand, next.id)).length > 0)
      return { towards: 'old', isAnew: true };
  }
  if (inUse === undefined && next === undefined) return { towards: 'old', isAnew: isOther };
  if (!stage.mayAsk || stage.yes || stage.dryRun) return { towards: 'new', isAnew: false };
  const { personOf } = await import('../../../terminal/ask.ts');
  const person = await personOf(stage.world, stage.say);
  const towards = await person.choose('What shall happen?', [
    { value: 'new', name: 'Finish it', line: `go on to ${shortOf(errand.image.reference)}` },
    {
      value: 'old',
      name: 'Go back',
      line: `run the old container again, with ${shortOf(errand.old.settings.image)}`,
    },
  ]);
  return { towards, isAnew: false };
}

const shortOf = (image: string): string => readImageName(image)?.tag ?? image;

async function tellDryRun(errand: UpgradeJob, { sight }: Scene, towards: 'new' | 'old'): Promise<void> {
  const { say } = errand.stage;
  const commands = await commandsAhead(errand, sight, towards);
  const image = towards === 'new' ? errand.image.reference : errand.old.settings.image;
  if (say.manner.json) {
    say.object({
      action: 'planned',
      changed: false,
      container: errand.name,
      to: { image },
      commands,
      warnings: say.warnings,
    });
    return;
  }
  for (const command of commands) say.result(command);
  say.done(
    `Nothing was done: this is what would ${towards === 'new' ? 'finish it' : 'bring the old container back'}.`,
  );
}

function tellBack({ stage, name, old }: UpgradeJob): undefined {
  const { say } = stage;
  if (say.manner.json) {
    say.object({
      action: 'restored',
      changed: true,
      container: name,
      image: old.settings.image,
      warnings: say.warnings,
    });
  } else say.done(`${name} runs ${old.settings.image} again.`);
  return undefined;
}

/** What is thrown when nothing of the wanted name is there. */
export const noContainer = (program: string, name: string): Trouble =>
  new Trouble(`There is no container ${name}.`, {
    hint: `${program} ps --all shows what is there; a new one: runner-setup container install --name ${name}`,
  });
