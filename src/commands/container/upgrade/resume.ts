import { dryRunCode } from '../../../app/invocation.ts';
import { findContainer } from '../../../engine/containers.ts';
import { imageAfter, readImageName } from '../../../engine/image-name.ts';
import { differencesOf } from '../../../engine/recreate.ts';
import { type ExitCode, exitCode } from '../../../errors.ts';
import type { ContainerContext } from '../context.ts';
import { carryOut, firstProgress } from './apply.ts';
import type { UpgradeRequest } from './flags.ts';
import type { UpgradeJob } from './job.ts';
import { commandsAhead, failure, tellEnding } from './output.ts';
import { nameToKeep, readUpgradeState, type UpgradeState } from './state.ts';

/**
 * Deals with what an interrupted upgrade left: finishes it, or goes back to the old container when another image is
 * wanted now or the person says so. Gives what there is afterwards, and where to, when an upgrade is still to be done.
 */
export async function resumeUpgrade(
  context: ContainerContext,
  request: UpgradeRequest,
  state: UpgradeState,
): Promise<ResumeInput | ExitCode> {
  const job = await jobFor(context, request, state);
  const { say, engine } = context;
  const isOther = isOtherImage(job, request);
  const isLeftAlone = state.inUse === undefined && state.next === undefined;
  const aim = isLeftAlone ? '' : ` to ${job.image.reference}`;
  say.warn(`An upgrade of ${state.name}${aim} was interrupted.`);
  const { towards, isAnew } = await directionFor(job, state, isOther);
  if (context.dryRun) return tellDryRun(job, state, towards);
  const ending = await carryOut(job, towards);
  if (ending.on === 'old' && ending.because !== 'wanted') throw failure(job, ending.because);
  const now = await readUpgradeState(engine, state.name);
  if (ending.on === 'old') {
    if (isAnew) say.talk(`${state.name} is restored, with ${job.old.settings.image}.`);
    return isAnew
      ? { state: now, request: { ...request, to: request.to ?? job.image.reference } }
      : tellBack(job);
  }
  if (isOther) return { state: now, request };
  tellEnding(job, ending, job.old.settings.image);
  return exitCode.done;
}

/** What an upgrade begins with. */
export interface ResumeInput {
  readonly state: UpgradeState;
  readonly request: UpgradeRequest;
}

async function jobFor(
  context: ContainerContext,
  request: UpgradeRequest,
  { name, inUse, before, next }: UpgradeState,
): Promise<UpgradeJob> {
  const seen = before ?? inUse!;
  const old = (await findContainer(context.engine, seen.id)) ?? seen;
  // Only the old one is there: the way back is all that is left.
  const made = next ?? inUse ?? old;
  return {
    context,
    request,
    name,
    old,
    image: { reference: made.settings.image, id: made.imageId },
    keepAs: await nameToKeep(context, request, name),
    progress: firstProgress(context),
  };
}

function isOtherImage({ old, image }: UpgradeJob, { to }: UpgradeRequest): boolean {
  return to !== undefined && imageAfter(old.settings.image, to) !== image.reference;
}

interface ResumeWay {
  readonly towards: 'new' | 'old';
  /** Whether the upgrade begins anew after the way back. */
  readonly isAnew: boolean;
}

async function directionFor(job: UpgradeJob, state: UpgradeState, isOther: boolean): Promise<ResumeWay> {
  const { context } = job;
  const { inUse, next } = state;
  if (inUse !== undefined && next !== undefined) {
    // Another one is wanted now; or the new container was not made to the end, which is looked at before the old one is
    // touched.
    if (isOther) return { towards: 'old', isAnew: true };
    const isTouched = inUse.settings.restart !== next.settings.restart;
    if (!isTouched && (await differencesOf(job.context.engine, job.old, next.id)).length > 0)
      return { towards: 'old', isAnew: true };
  }
  if (inUse === undefined && next === undefined) return { towards: 'old', isAnew: isOther };
  if (!context.mayAsk || context.yes || context.dryRun) return { towards: 'new', isAnew: false };
  const { personOf } = await import('../../../terminal/ask.ts');
  const person = await personOf(context.world, context.say);
  const towards = await person.choose('Next step', [
    { value: 'new', name: 'Finish the upgrade', line: `continue with ${shortOf(job.image.reference)}` },
    {
      value: 'old',
      name: 'Restore the old container',
      line: `with ${shortOf(job.old.settings.image)}`,
    },
  ]);
  return { towards, isAnew: false };
}

const shortOf = (image: string): string => readImageName(image)?.tag ?? image;

async function tellDryRun(
  job: UpgradeJob,
  { parts }: UpgradeState,
  towards: 'new' | 'old',
): Promise<ExitCode> {
  const { say } = job.context;
  const commands = await commandsAhead(job, parts, towards);
  const image = towards === 'new' ? job.image.reference : job.old.settings.image;
  if (say.mode.json) {
    say.object({
      action: 'planned',
      changed: true,
      container: { name: job.name, engine: job.context.engine.program, to: { image } },
      commands,
    });
    return dryRunCode(job.context, true);
  }
  for (const command of commands) say.result(command);
  say.done(
    `Nothing was changed. These commands would ${towards === 'new' ? 'finish the upgrade' : 'restore the old container'}.`,
  );
  return dryRunCode(job.context, true);
}

function tellBack({ context, name, old }: UpgradeJob): ExitCode {
  const { say, engine } = context;
  if (say.mode.json) {
    say.object({
      action: 'restored',
      changed: true,
      container: { name, engine: engine.program, image: old.settings.image },
    });
  } else say.done(`${name} is running ${old.settings.image} again.`);
  return exitCode.done;
}
