import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runnerContainers } from '../engine/containers.ts';
import { findEngines } from '../engine/find.ts';
import { Trouble } from '../errors.ts';
import { platformOf } from '../host/platform/index.ts';
import { runSystem } from '../host/schedule-run.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';
import { inRoot, packagesBelow } from './system-commands.ts';

/** A gitlab-runner that is there already: a sentence that says where, and its version when that is known. */
export interface Existing {
  readonly sentence: string;
  readonly version?: string;
}

/** Looks for gitlab-runner as a package, a program, a process, and in containers; below another root, for the package only. */
export async function findExisting(root: string, world: World, say: Say): Promise<Existing | undefined> {
  const version = await packageVersion(root, world);
  if (version !== undefined)
    return { version, sentence: `gitlab-runner ${version} is already installed as a package.` };
  if (root !== '/') return undefined;
  const program = programOf(world);
  if (program !== undefined) return { sentence: `gitlab-runner is already installed: ${program}.` };
  const [running] = platformOf(world).runningRunners(world) ?? [];
  if (running !== undefined)
    return { sentence: `gitlab-runner is already running as process ${running.pid}.` };
  return containerOf(world, say);
}

async function packageVersion(root: string, { env }: World): Promise<string | undefined> {
  const packages = packagesBelow(root);
  if (packages === undefined) return undefined;
  const ran = await runSystem(inRoot(root, packages.askInstalled), env);
  return ran?.code === 0 ? packages.installedIn(ran.words) : undefined;
}

const programOf = ({ env }: World): string | undefined =>
  (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'gitlab-runner'))
    .find((file) => existsSync(file));

// An engine that is not running has no container that runs.
async function containerOf(world: World, say: Say): Promise<Existing | undefined> {
  try {
    for (const engine of await findEngines(world)) {
      const [container] = await runnerContainers(engine, { all: true });
      if (container === undefined) continue;
      return { sentence: `gitlab-runner is already installed in the container ${container.settings.name}.` };
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    say.note(`containers were not checked. ${error.message}`);
  }
  return undefined;
}
