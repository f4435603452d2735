import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCode, Trouble } from '../errors.ts';
import { isSame } from '../host/config-folder.ts';
import { defaultConfigFile } from '../host/places.ts';
import { platformOf } from '../host/platform/index.ts';
import type { RunningRunner } from '../host/running-runners.ts';
import type { Say } from '../terminal/say.ts';
import { quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';

/** A running gitlab-runner whose config file is known. */
type Known = RunningRunner & { readonly config: string };

/**
 * The config.toml of the gitlab-runner that runs on this machine as this user, for root as anybody, where it is not the
 * usual one; it is said. Nothing where none runs, or one uses the usual file. Throws a `Trouble` for several that use
 * files of their own: which of them is meant cannot be known.
 */
export function configInUse(
  usual: string,
  world: Pick<World, 'platform' | 'uid'>,
  say: Say,
  running: readonly RunningRunner[] = runningOn(world),
): string | undefined {
  const own = known(running).filter((one) => world.uid === 0 || one.uid === world.uid);
  const [only, ...more] = eachOnce(own);
  if (only === undefined || own.some(({ config }) => isSame(config, usual))) return undefined;
  if (more.length > 0) throw several([only, ...more]);
  if (!existsSync(dirname(only.config))) return undefined;
  say.note(`using ${only.config} of the running gitlab-runner (process ${only.pid}).`);
  return only.config;
}

/**
 * Warns before a file is written that no running gitlab-runner uses, while one that runs uses another file. Says nothing
 * where none runs, or where one hides which file it uses.
 */
export function warnOfOtherFile(
  path: string,
  world: Pick<World, 'platform'>,
  say: Say,
  running: readonly RunningRunner[] = runningOn(world),
): void {
  const all = known(running);
  const [other] = all;
  if (other === undefined || all.length < running.length) return;
  if (all.some(({ config }) => isSame(config, path))) return;
  say.warn(
    `The running gitlab-runner (process ${other.pid}) uses ${other.config}, not ${path}. To change its file: --config ${quote(other.config)}`,
  );
}

/** Says what a person who registers must know of the file that will be written: that another one is in use, or user mode. */
export function tellOtherFiles(path: string, world: World, say: Say): void {
  warnOfOtherFile(path, world, say);
  noteUserMode(path, world, say);
}

const runningOn = (world: Pick<World, 'platform'>): RunningRunner[] =>
  platformOf(world).runningRunners() ?? [];

// A gitlab-runner that this user starts reads the file in the home; gitlab-runner says so as well.
function noteUserMode(path: string, world: World, say: Say): void {
  const { uid } = world;
  if (uid === undefined || uid === 0 || existsSync(path) || path !== defaultConfigFile(world)) return;
  say.note(
    `User mode: ${path} is for a gitlab-runner that this user starts. The system service uses /etc/gitlab-runner/config.toml: to register there, run the command as root.`,
  );
}

const known = (running: readonly RunningRunner[]): Known[] =>
  running.filter((one): one is Known => one.config !== undefined);

const eachOnce = (all: readonly Known[]): Known[] =>
  all.filter(({ config }, at) => all.findIndex((other) => isSame(other.config, config)) === at);

function several(all: readonly Known[]): Trouble {
  const files = all.map(({ config, pid }) => `${config} (process ${pid})`);
  return new Trouble(`Several gitlab-runner processes are running, each with its own config.toml.`, {
    why: `They use ${files.join(', ')}; none uses the default path.`,
    hint: `Select a file: --config ${quote(all[0]!.config)}`,
    code: exitCode.usage,
  });
}
