import { withRollback } from '../../../app/rollback.ts';
import { configPlace } from '../../../engine/config-mount.ts';
import { type Container, configTarget } from '../../../engine/container.ts';
import {
  type ContainerRequest,
  plainName,
  requestedContainer,
  requestedDifferences,
} from '../../../engine/requested-container.ts';
import { run } from '../../../engine/run.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import type { ContainerGiven } from '../../../settings/container.ts';
import { harmless } from '../../../text/sanitize.ts';
import { quote, shellLine } from '../../../text/shell-quote.ts';
import { watchStart } from '../check-start.ts';
import { type ContainerContext, refuseStranger, shownBy } from '../context.ts';
import type { Installed } from './output.ts';

/**
 * Keeps a container that has the wanted name already: nothing is done when it runs and is as was given; one that is
 * stopped is started. Throws a `Trouble` that shows in what it differs.
 */
export async function keepPresent(
  context: ContainerContext,
  present: Container,
  request: ContainerRequest,
  given: ContainerGiven,
): Promise<Installed> {
  refuseStranger(present);
  const differences = requestedDifferences(
    { ...present.settings, env: present.env },
    requestedContainer(request),
    new Set(Object.keys(given)),
  );
  if (differences.length > 0) throw differs(context, present, request, differences);
  const { name, image } = present.settings;
  const kept = { name, image, id: present.id, config: configPlace(present)?.file };
  if (present.state.running && !present.state.restarting) return { ...kept, action: 'unchanged' };
  const command = [context.engine.program, 'start', name];
  if (context.dryRun) return { ...kept, action: 'planned', commands: [shellLine(command)] };
  await withRollback(context.world, context.say, async (rollback) => {
    if (!present.state.restarting)
      await run(context.engine, ['start', name], shownBy(context.say, rollback.signal));
    await watchStart(context, name, rollback.signal);
  });
  return { ...kept, action: 'started' };
}

function differs(
  { engine }: ContainerContext,
  { settings, madeBy }: Container,
  request: ContainerRequest,
  differences: ReturnType<typeof requestedDifferences>,
): Trouble {
  const { name } = settings;
  const lines = differences.map(
    ({ what, now, request: meant }) => `  ${what}: ${harmless(now, 120)}, requested: ${harmless(meant, 120)}`,
  );
  const isImage = differences.length === 1 && differences[0]!.what === 'image';
  const isTag = isImage && plainName(settings.image).split(':')[0] === plainName(request.image).split(':')[0];
  const again = replacing(engine.program, settings);
  return new Trouble(`The container ${name} already exists with different settings:\n${lines.join('\n')}`, {
    why: 'The settings of a container cannot be changed. It must be replaced. Nothing was changed.',
    hint: isTag
      ? `runner-setup container upgrade ${quote(name)} --to ${request.tag}`
      : madeBy === undefined
        ? again
        : `Change it where it is defined: ${madeBy.kind === 'compose' ? madeBy.files.join(', ') || `the compose project ${madeBy.project}` : madeBy.unit}`,
    code: exitCode.failed,
  });
}

function replacing(program: string, settings: Container['settings']): string {
  const name = quote(settings.name);
  const end = `remove the container; running jobs have one hour to finish: ${program} stop -t 3600 ${name} && ${program} rm ${name}`;
  const again = 'Then run the same command again';
  if (keepsConfig(settings)) return `First ${end}\n${again}. Its config is kept.`;
  const folder = `${settings.name}-config`;
  const copy = `${program} cp ${name}:${configTarget}/. ${quote(folder)}`;
  return `The config is in an unnamed volume, which a new container does not get. Copy it: ${copy}\nThen ${end}\n${again} with --config-folder ${quote(`./${folder}`)}`;
}

// The engine names a volume that nobody named by 64 hex digits.
const keepsConfig = ({ mounts }: Container['settings']): boolean =>
  mounts.some(({ source, target }) => target === configTarget && !/^[0-9a-f]{64}$/.test(source));
