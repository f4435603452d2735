import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configPlace } from '../engine/config-mount.ts';
import type { Container } from '../engine/container.ts';
import { findContainer, runnerContainers } from '../engine/containers.ts';
import type { Engine } from '../engine/engine.ts';
import { findEngine, findEngines, waysToEngines } from '../engine/find.ts';
import { nameOf, noContainer } from '../engine/trouble.ts';
import { exitCode, Trouble } from '../errors.ts';
import type { Say } from '../terminal/say.ts';
import { spin } from '../terminal/spin.ts';
import { quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';

/**
 * The config.toml of a container by its name, running or not, in the engine when one is named. Throws when there is no
 * such container, when both engines have one, or when it cannot be reached.
 */
export async function configOfContainer(
  { name, engine }: { readonly name: string; readonly engine: string | undefined },
  world: World,
  say: Say,
): Promise<ConfigFile> {
  const engines = await spin(world, say, `Looking for the container ${name}`, async () =>
    engine === undefined ? findEngines(world) : [await findEngine(engine, world)],
  );
  const found = await Promise.all(engines.map((one) => findContainer(one, name)));
  const [only, ...more] = eachOnce(
    engines.flatMap((one, at) => (found[at] === undefined ? [] : [{ engine: one, container: found[at] }])),
  );
  if (only === undefined) throw noContainer({ program: engines[0]!.program }, name);
  if (more.length === 0) return reachable(only.engine, only.container);
  throw new Trouble(`Both Docker and Podman have a container ${name}.`, {
    hint: `Select the engine: --container ${quote(name)} --engine docker\nOr: --container ${quote(name)} --engine podman`,
    code: exitCode.usage,
  });
}

/** The config.toml of the one container of gitlab-runner that runs in this engine, which is said; throws when there is none, or several. */
export async function configIn(request: string, world: World, say: Say): Promise<ConfigFile> {
  const { engine, containers } = await spin(world, say, `Asking ${request} for gitlab-runner`, async () => {
    const engine = await findEngine(request, world);
    return { engine, containers: await runnerContainers(engine) };
  });
  const place = onlyOf(
    containers.map((container) => ({ engine, container })),
    say,
  );
  if (place !== undefined) return place;
  throw new Trouble(`No gitlab-runner container is running in ${nameOf(engine)}.`, {
    hint: `Select a stopped container with --container NAME --engine ${engine.program}, or a file with --config FILE`,
  });
}

/**
 * The config.toml of the one container of gitlab-runner that runs, which is said; nothing when there is none, or no
 * engine that answers within seconds. Throws when there are several.
 */
export async function configOfRunning(world: World, say: Say): Promise<ConfigFile | undefined> {
  return onlyOf(await containersHere(world), say);
}

function onlyOf(found: readonly Here[], say: Say): ConfigFile | undefined {
  const [only, ...more] = found;
  if (only === undefined) return undefined;
  if (more.length > 0) throw several(found);
  const place = reachable(only.engine, only.container);
  say.note(`using ${place.path} of the container ${only.container.settings.name}.`);
  return place;
}

function several(found: readonly Here[]): Trouble {
  const names = found.map(({ container }) => container.settings.name);
  const places = found.map(({ engine }, at) => `${names[at]} (${nameOf(engine)})`);
  const isOneEngine = new Set(found.map(({ engine }) => engine.program)).size === 1;
  const engine = new Set(names).size === names.length ? '' : ` --engine ${found[0]!.engine.program}`;
  return new Trouble(
    `Several gitlab-runner containers are running: ${(isOneEngine ? names : places).join(', ')}.`,
    {
      why: 'Each has its own config.toml, and there is none at the default path.',
      hint: `Select a container: --container ${quote(names[0]!)}${engine}\nOr select a file: --config FILE`,
      code: exitCode.usage,
    },
  );
}

interface Here {
  readonly engine: Engine;
  readonly container: Container;
}

/**
 * The containers of gitlab-runner that run; `all` counts those that do not run, too. Nobody is to wait for this: the
 * programs are asked at once and directly, each for three seconds at most.
 */
export async function containersHere(world: World, { all = false } = {}): Promise<Here[]> {
  const ways = waysToEngines(world).filter(([first]) => first?.program === 'docker' || hasPodman(world));
  return eachOnce((await Promise.all(ways.map((way) => containersAt(way, all)))).flat());
}

// The docker command may lead to the same Podman.
const eachOnce = (all: readonly Here[]): Here[] =>
  all.filter(({ container }, at) => all.findIndex((other) => other.container.id === container.id) === at);

// Asked for the first time, podman makes its folders in the home of whoever asks: where there are none, it has nothing.
function hasPodman({ env, home, uid }: World): boolean {
  const places = [
    join(env.XDG_DATA_HOME || join(home, '.local/share'), 'containers'),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers'),
    ...(uid === 0 ? ['/var/lib/containers/storage'] : []),
  ];
  const named = ['CONTAINER_HOST', 'CONTAINER_CONNECTION', 'CONTAINERS_STORAGE_CONF', 'CONTAINERS_CONF'];
  return named.some((name) => env[name]) || places.some((place) => existsSync(place));
}

// Who has no engine to speak of must not be kept from the usual place by it.
async function containersAt(ways: readonly Engine[], all: boolean): Promise<Here[]> {
  for (const engine of ways) {
    try {
      const containers = await runnerContainers(engine, { all, seconds: 3 });
      return containers.map((container) => ({ engine, container }));
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
    }
  }
  return [];
}

function reachable(engine: Engine, container: Container): ConfigFile {
  const { name } = container.settings;
  const place = configPlace(container);
  if (place !== undefined && existsSync(dirname(place.file))) {
    return {
      path: place.file,
      container: { name, inside: place.inside, engine, isRunning: container.state.running },
    };
  }
  const where =
    place === undefined
      ? 'inside the container'
      : `in ${place.volume === undefined ? place.file : `the volume ${place.volume}`}`;
  throw new Trouble(`Cannot access the config.toml of the container ${name}: it is ${where}.`, {
    why:
      place === undefined
        ? 'Nothing is mounted on /etc/gitlab-runner, so the file is lost when the container is removed.'
        : `This user cannot access ${dirname(place.file)}, or the engine is on another machine.`,
    hint:
      place === undefined
        ? 'Create a container with a config folder: runner-setup container install --config-folder /srv/gitlab-runner/config'
        : 'Run the command as root on the machine of the engine, or install the container with --config-folder FOLDER.',
  });
}

/** Where config.toml is, and in which container it is read when that is known. */
export interface ConfigFile {
  readonly path: string;
  readonly container?: ConfigOfContainer;
}

/** The container that reads a config.toml. */
export interface ConfigOfContainer {
  readonly name: string;
  /** The path of the file in there. */
  readonly inside: string;
  readonly isRunning: boolean;
  readonly engine: Engine;
}
