import { type Container, configTarget } from '../../../engine/container.ts';
import { findContainer, inspectContainers, runnerContainers } from '../../../engine/containers.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { FoundEngine } from '../../../engine/find.ts';
import { type ContainerPart, nameInUse, namesOf, type UpgradeParts } from '../../../engine/upgrade-steps.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import { quote } from '../../../text/shell-quote.ts';
import type { ContainerContext } from '../context.ts';
import type { UpgradeRequest } from './flags.ts';

/** The containers of one upgrade as they are, by their part in it; what their images say is not taken away. */
export interface UpgradeState {
  /** The name of the container in use. */
  readonly name: string;
  readonly parts: UpgradeParts;
  readonly inUse?: Container;
  readonly before?: Container;
  readonly next?: Container;
}

/**
 * Looks at the containers of an upgrade of `name`. Throws when one has a name of an upgrade and is of something else.
 */
export async function readUpgradeState(engine: Engine, name: string): Promise<UpgradeState> {
  const names = namesOf(name);
  const all = await inspectContainers(engine, Object.values(names));
  const [inUse, before, next] = [names.inUse, names.before, names.next].map((each) =>
    all.find(({ settings }) => settings.name === each),
  );
  const main = inUse ?? before;
  for (const [other, called] of [
    [before, names.before],
    [next, names.next],
  ] as const) {
    if (other !== undefined && (main === undefined || !isSameRunner(main, other)))
      throw stranger(engine, called);
  }
  if (inUse !== undefined && before !== undefined && next !== undefined) throw threefold(engine, name);
  return {
    name,
    parts: {
      ...(inUse && { inUse: seen(inUse) }),
      ...(before && { before: seen(before) }),
      ...(next && { next: seen(next) }),
    },
    ...(inUse && { inUse }),
    ...(before && { before }),
    ...(next && { next }),
  };
}

/** The parts of a container that the steps of an upgrade go by. */
export const seen = ({ id, imageId, settings, state }: Container): ContainerPart => ({
  id,
  name: settings.name,
  image: imageId,
  status: state.status,
  startedAt: state.startedAt,
  restart: settings.restart,
});

// The same folder or volume of configs: what else they have in common may change.
const isSameRunner = (one: Container, other: Container): boolean =>
  one.places[configTarget] === other.places[configTarget];

function stranger({ program }: Engine, name: string): Trouble {
  return new Trouble(`The container ${name} exists, but it does not belong to an upgrade.`, {
    why: 'The upgrade temporarily requires this name, and this container has a different config folder.',
    hint: `Rename or remove it: ${program} rename ${quote(name)} NAME`,
  });
}

function threefold({ program }: Engine, name: string): Trouble {
  const { before, next } = namesOf(name);
  return new Trouble(`${before} and ${next} exist from an earlier upgrade, but ${name} exists as well.`, {
    why: `${name} was created or renamed in the meantime, so it is unclear which container to keep.`,
    hint: `Check the three containers, and remove those that you do not need: ${program} rm ${quote(before)} ${quote(next)}`,
  });
}

/**
 * The name of the runner container that is meant: the one named, else the only one. Containers of an interrupted
 * upgrade count as the one they belong to. Throws when there is none, or several and none was named.
 */
export async function chosenName(engine: FoundEngine, named: string | undefined): Promise<string> {
  if (named !== undefined) return nameInUse((await findContainer(engine, named))?.settings.name ?? named);
  const all = await runnerContainers(engine, { all: true });
  const names = (some: readonly Container[]) => [
    ...new Set(some.map(({ settings }) => nameInUse(settings.name))),
  ];
  const [running, every] = [names(all.filter(({ state }) => state.running)), names(all)];
  const [only, ...more] = running.length === 1 ? running : every;
  if (only === undefined) {
    throw new Trouble('No gitlab-runner container was found.', {
      why: `No container has a gitlab-runner image or a mount on ${configTarget}.`,
      hint: 'Create one: runner-setup container install\nTo use the other engine: --engine docker, or --engine podman',
    });
  }
  if (more.length === 0) return only;
  throw new Trouble(`There are several gitlab-runner containers: ${every.join(', ')}.`, {
    hint: `Select one of them: runner-setup container upgrade ${quote(only)}`,
    code: exitCode.usage,
  });
}

/** The name that the old container is kept under; nothing when it is to be removed. */
export async function nameToKeep(
  { engine }: Pick<ContainerContext, 'engine'>,
  { keepOld }: Pick<UpgradeRequest, 'keepOld'>,
  name: string,
): Promise<string | undefined> {
  for (let count = 1; keepOld; count++) {
    const free = count === 1 ? `${name}-old` : `${name}-old-${count}`;
    if ((await findContainer(engine, free)) === undefined) return free;
  }
  return undefined;
}
