import { channelOf, dryRunCode } from '../../../app/invocation.ts';
import { configPlace } from '../../../engine/config-mount.ts';
import type { Container } from '../../../engine/container.ts';
import { findContainer, findImage } from '../../../engine/containers.ts';
import { uncarried } from '../../../engine/differences.ts';
import { imageAfter } from '../../../engine/image-name.ts';
import { inspect } from '../../../engine/run.ts';
import { noContainer } from '../../../engine/trouble.ts';
import { type ExitCode, exitCode, Trouble } from '../../../errors.ts';
import { timeWords } from '../../../text/duration.ts';
import { quote, shellLine } from '../../../text/shell-quote.ts';
import { secretsOf } from '../check-start.ts';
import { type ContainerContext, refuseStranger } from '../context.ts';
import { pullImage } from '../pull.ts';
import { carryOut, firstProgress } from './apply.ts';
import type { UpgradeRequest } from './flags.ts';
import type { UpgradeJob } from './job.ts';
import { refuseManaged } from './managed-by.ts';
import { commandsAhead, failure, tellEnding } from './output.ts';
import type { ResumeInput } from './resume.ts';
import { nameToKeep } from './state.ts';
import { compareVersions } from './versions.ts';

/** Upgrades the container in use: checks, pulls, compares, shows what is going to happen, and does it. */
export async function upgradeNow(
  context: ContainerContext,
  { state, request }: ResumeInput,
): Promise<ExitCode> {
  const { engine, say } = context;
  const { name } = state;
  const inUse = await findContainer(engine, state.inUse?.id ?? name);
  if (inUse === undefined) throw noContainer(engine, name);
  refuseStranger(inUse);
  say.hide(secretsOf(inUse));
  refuseManaged(context, inUse, request.to);
  if (inUse.state.status === 'paused') throw pausedTrouble(context, name);
  await refuseUncarried(context, request, inUse);
  const reference = imageAfter(inUse.settings.image, request.to);
  if (request.to === undefined && request.pull) say.note(`No --to was given. Pulling ${reference} again.`);
  const keepAs = await nameToKeep(context, request, name);
  const job = (id: string): UpgradeJob => ({
    context,
    request,
    name,
    old: inUse,
    image: { reference, id },
    keepAs,
    progress: firstProgress(context),
  });
  if (context.dryRun) return tellDryRun(job('pulled'), state.parts);
  if (request.pull) await pullImage(context, reference);
  const image = await findImage(engine, reference);
  if (image === undefined) {
    throw new Trouble(`${reference} is not on this machine.`, { hint: 'To pull it, omit --no-pull.' });
  }
  if (image.id === inUse.imageId) return tellSame(context, inUse, reference);
  await compareVersions(context, inUse, image);
  const ready = job(image.id);
  await agreeTo(ready);
  const ending = await carryOut(ready, 'new');
  if (ending.on === 'old') throw failure(ready, ending.because === 'wanted' ? 'interrupted' : ending.because);
  tellEnding(ready, ending, inUse.settings.image);
  return exitCode.done;
}

const pausedTrouble = ({ engine }: ContainerContext, name: string): Trouble =>
  new Trouble(`${name} is paused, so it cannot finish its jobs.`, {
    hint: `Resume it, then run the command again: ${engine.program} unpause ${quote(name)}`,
  });

async function refuseUncarried(
  { engine, say }: ContainerContext,
  request: UpgradeRequest,
  { id, settings }: Container,
): Promise<void> {
  const printed = await inspect(engine, 'container', id);
  const lost = printed === undefined ? [] : uncarried(printed);
  if (lost.length === 0) return;
  const words = `These settings of ${settings.name} cannot be carried over: ${lost.join('; ')}.`;
  if (request.allowDifferences && !lost.some((one) => one.startsWith('--rm'))) return say.warn(words);
  throw new Trouble(`${words} Nothing was changed.`, {
    why: 'The create command of the engine has no option for them, or the old container could not be kept.',
    hint: `Check its settings: ${engine.program} inspect ${settings.name}\nThen create it again: runner-setup container install`,
  });
}

async function tellDryRun(job: UpgradeJob, parts: Parameters<typeof commandsAhead>[1]): Promise<ExitCode> {
  const { context, request, name, image, old } = job;
  const { say, engine } = context;
  const commands = [
    ...(request.pull ? [shellLine([engine.program, 'pull', image.reference])] : []),
    ...(await commandsAhead(job, parts, 'new')),
  ];
  if (say.mode.json) {
    const from = { image: old.settings.image, id: old.imageId };
    const to = { image: image.reference };
    say.object({
      action: 'planned',
      changed: true,
      container: { name, engine: engine.program, from, to },
      commands,
    });
  } else {
    for (const command of commands) say.result(command);
    say.done('Nothing was changed. These commands would be run if the image is different.');
  }
  return dryRunCode(context, true);
}

function tellSame(
  { say, engine }: ContainerContext,
  { settings, imageId }: Container,
  reference: string,
): ExitCode {
  const { name, image } = settings;
  if (say.mode.json) {
    const from = { image, id: imageId };
    const to = { image: reference, id: imageId };
    say.object({
      action: 'unchanged',
      changed: false,
      container: { name, engine: engine.program, from, to },
    });
  } else say.done(`Nothing to change: ${name} already runs this image of ${reference}.`);
  return exitCode.done;
}

/** Shows what is going to happen, and asks a person whether it should. Throws when not. */
async function agreeTo({ context, request, name, old, image, keepAs }: UpgradeJob): Promise<void> {
  const { world, say } = context;
  const config = configPlace(old)?.file;
  const way = channelOf({ ...context, dryRun: false });
  const tell = (text: string) => say[way](text);
  tell(`${name}: ${old.settings.image} → ${image.reference}`);
  tell(`- all settings are kept${config === undefined ? '' : `, and the config in ${config}`}`);
  tell(`- ${jobsPlan(request.drainTimeout)}`);
  tell(`- the old container is restored if the new one fails within ${timeWords(request.watch)}`);
  tell(
    keepAs === undefined
      ? '- otherwise, the old container is removed'
      : `- otherwise, the old container is kept as ${keepAs}`,
  );
  if (!old.state.running) say.note(`${name} is not running. The upgrade starts it.`);
  if (way !== 'propose') return;
  const { cancelled, personOf } = await import('../../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree('Upgrade the container?', true))) throw cancelled();
}

const jobsPlan = (limit: number): string =>
  limit === 0
    ? 'running jobs are stopped'
    : `running jobs have up to ${timeWords(limit)} to finish, and no new jobs are taken`;
