import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configPlace } from '../engine/config-mount.ts';
import type { Container } from '../engine/container.ts';
import { findContainer, runnerContainers } from '../engine/containers.ts';
import type { Engine } from '../engine/engine.ts';
import { findEngines, waysToEngines } from '../engine/find.ts';
import { nameOf } from '../engine/trouble.ts';
import { exitCode, Trouble } from '../errors.ts';
import type { Say } from '../terminal/say.ts';
import { spin } from '../terminal/spin.ts';
import { quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';

/** The config.toml of a container by its name, running or not; throws when there is no such container, or it cannot be reached. */
export async function configOfContainer(name: string, world: World, say: Say): Promise<ConfigFile> {
  const engines = await spin(world, say, `Looking for the container ${name}`, () => findEngines(world));
  for (const engine of engines) {
    const container = await findContainer(engine, name);
    if (container !== undefined) return reachable(engine, container);
  }
  const [engine] = engines;
  throw new Trouble(`There is no container ${name}.`, {
    hint: `${engine!.program} ps --all shows what is there; a new one: runner-setup container install --name ${quote(name)}`,
  });
}

/**
 * The config.toml of the one container of gitlab-runner that runs, which is said; nothing when there is none, or no
 * engine that answers within seconds. Throws when there are several.
 */
export async function configOfRunning(world: World, say: Say): Promise<ConfigFile | undefined> {
  const found = await runningHere(world);
  const [only, ...more] = found;
  if (only === undefined) return undefined;
  if (more.length > 0) {
    const names = found.map(({ container }) => container.settings.name);
    const places = found.map(({ engine }, at) => `${names[at]} (${nameOf(engine)})`);
    const isOneEngine = new Set(found.map(({ engine }) => engine.program)).size === 1;
    const shown = (isOneEngine ? names : places).join(', ');
    throw new Trouble(`Several containers of gitlab-runner run here: ${shown}.`, {
      why: 'Each has a config.toml of its own, and there is none at the usual place.',
      hint:
        new Set(names).size === names.length
          ? `Name one: --container ${quote(names[0]!)}; or a file: --config FILE`
          : `Name its file: ${found.map(fileFlag).join(' or ')}`,
      code: exitCode.usage,
    });
  }
  const place = reachable(only.engine, only.container);
  say.note(`using ${place.path} of the container ${only.container.settings.name}.`);
  return place;
}

const fileFlag = ({ container }: Here): string => `--config ${quote(configPlace(container)?.file ?? 'FILE')}`;

interface Here {
  readonly engine: Engine;
  readonly container: Container;
}

// Nobody is to wait for this: the programs are asked at once and directly, each for three seconds at most.
async function runningHere(world: World): Promise<Here[]> {
  const ways = waysToEngines(world).filter(([first]) => first?.program === 'docker' || hasPodman(world));
  const all = (await Promise.all(ways.map(runningAt))).flat();
  // The docker command may lead to the same Podman.
  return all.filter(
    ({ container }, at) => all.findIndex((other) => other.container.id === container.id) === at,
  );
}

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
async function runningAt(ways: readonly Engine[]): Promise<Here[]> {
  for (const engine of ways) {
    try {
      const containers = await runnerContainers(engine, { seconds: 3 });
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
    return { path: place.file, container: { name, inside: place.inside, engine } };
  }
  const where =
    place === undefined
      ? 'in the container itself'
      : `in ${place.volume === undefined ? place.file : `the volume ${place.volume}`}`;
  throw new Trouble(`The config.toml of the container ${name} cannot be reached from here: it is ${where}.`, {
    why:
      place === undefined
        ? 'Nothing is mounted on /etc/gitlab-runner, so it is lost with the container.'
        : `There is no ${dirname(place.file)} that this user may look into, or the engine is on another machine.`,
    hint:
      place === undefined
        ? 'Make another one with a folder: runner-setup container install --config-folder /srv/gitlab-runner/config'
        : 'Run it as root on the machine of the engine, or install the container with a folder by --config-folder.',
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
  readonly engine: Engine;
}
