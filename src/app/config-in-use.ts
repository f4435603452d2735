import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { exitCode, Trouble } from '../errors.ts';
import { isOutOfReach } from '../files/owner.ts';
import { isSame } from '../host/config-folder.ts';
import { defaultConfigFile } from '../host/places.ts';
import { platformOf } from '../host/platform/index.ts';
import type { RunningRunner } from '../host/running-runners.ts';
import type { RunnerService } from '../host/services/service.ts';
import type { Say } from '../terminal/say.ts';
import { quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import type { ConfigFile } from './container-config.ts';

/** The gitlab-runners of this machine: those that run, and the services that start one, which are only looked for when asked. */
export interface RunnersHere {
  readonly running: readonly RunningRunner[];
  services(): Promise<readonly RunnerService[]>;
}

/** Looks for the gitlab-runners of this machine; none where the system does not show them. */
function runnersOn(world: Pick<World, 'platform' | 'uid' | 'home'>): RunnersHere {
  const platform = platformOf(world);
  return { running: platform.runningRunners(world) ?? [], services: () => platform.runnerServices(world) };
}

/** A config.toml, and what reads it, in words. */
interface Use {
  readonly config: string;
  readonly by: string;
  readonly isContainer?: boolean;
}

/** The config.toml that is in use here. */
export interface ConfigInUse {
  readonly path: string;
  /** Whether it is that of a container, by its Quadlet. */
  readonly isContainer: boolean;
  /** What is said to the person. */
  readonly note: string;
}

/** Who asks; with sudo, the environment has the user who called it. */
type Asker = Pick<World, 'platform' | 'uid' | 'home'> & Partial<Pick<World, 'env'>>;

/**
 * The config.toml of the gitlab-runner that runs on this machine as this user, where it is not the usual one; else that of
 * a service of this user that starts by itself. For root as anybody, if a service of the system or the user who calls sudo
 * has the file, or nobody else can change it. Nothing where there is none, or one uses the usual file. Throws a `Trouble`
 * for several that use files of their own: which of them is meant cannot be known.
 */
export async function configInUse(
  usual: string,
  world: Asker,
  here: RunnersHere = runnersOn(world),
): Promise<ConfigInUse | undefined> {
  const isMine = ({ uid }: { uid: number | undefined }) => world.uid === 0 || uid === world.uid;
  const running = (await believed(here.running.filter(isMine), world, here)).flatMap(useOfProcess);
  if (running.length > 0) {
    const { config, by } = onlyOf(running, usual, 'processes are running') ?? {};
    return config === undefined
      ? undefined
      : { path: config, isContainer: false, note: `using ${config} of the running gitlab-runner (${by}).` };
  }
  const services = enabled(await here.services())
    .filter(isMine)
    .flatMap(useOfService);
  const { config, by, isContainer = false } = onlyOf(services, usual, 'services are enabled') ?? {};
  return config === undefined
    ? undefined
    : { path: config, isContainer, note: `using ${config} of the ${by}.` };
}

// Anybody can start a program of this name, so that root would write tokens to a file that this user reads or replaces.
async function believed(
  running: readonly RunningRunner[],
  { uid: asker, env }: Asker,
  here: RunnersHere,
): Promise<readonly RunningRunner[]> {
  const isSafe = ({ uid, config }: RunningRunner) =>
    uid === 0 || String(uid) === env?.SUDO_UID || config === undefined || isOutOfReach(config);
  if (asker !== 0 || running.every(isSafe)) return running;
  const services = await here.services();
  return running.filter(
    (one) =>
      isSafe(one) || services.some(({ config }) => config !== undefined && isSame(config, one.config!)),
  );
}

function onlyOf(all: readonly Use[], usual: string, what: string): Use | undefined {
  const [only, ...more] = eachOnce(all);
  if (only === undefined || all.some(({ config }) => isSame(config, usual))) return undefined;
  if (more.length > 0) throw several([only, ...more], what);
  return existsSync(dirname(only.config)) ? only : undefined;
}

/**
 * Warns before a file is written that no gitlab-runner uses, while one that runs uses another file, or, where none runs,
 * a service that starts by itself. Says nothing where there is none, where one hides which file it uses, or where a
 * container has the file.
 */
export async function warnOfOtherFile(
  { path, container }: Pick<ConfigFile, 'path' | 'container'>,
  world: Pick<World, 'platform' | 'uid' | 'home'>,
  say: Say,
  here: RunnersHere = runnersOn(world),
): Promise<void> {
  if (container !== undefined) return;
  const running = otherUse(path, here.running, useOfProcess);
  const isRunning = here.running.length > 0;
  const service = isRunning ? undefined : otherUse(path, enabled(await here.services()), useOfService);
  const other = running ?? service;
  if (other === undefined) return;
  const who = isRunning ? `running gitlab-runner (${other.by})` : other.by;
  say.warn(
    `The ${who} uses ${other.config}, not ${path}. To use that file, add: --config ${quote(other.config)}`,
  );
}

/** Says what a person who registers must know of the file that will be written: that another one is in use, or user mode. */
export async function tellOtherFiles(
  file: ConfigFile,
  world: World,
  say: Say,
  here: RunnersHere = runnersOn(world),
): Promise<void> {
  if (file.container !== undefined) return;
  const userMode = wordsOfUserMode(file.path, world);
  // They name the file of the service as well.
  if (userMode === undefined || here.running.length > 0) await warnOfOtherFile(file, world, say, here);
  if (userMode !== undefined) say.note(userMode);
}

// A gitlab-runner that this user starts reads the file in the home; gitlab-runner says so as well.
function wordsOfUserMode(path: string, world: World): string | undefined {
  const { systemConfigFile } = platformOf(world);
  if (systemConfigFile === undefined || world.uid === 0) return undefined;
  if (existsSync(path) || path !== defaultConfigFile(world)) return undefined;
  return `User mode: ${path} is for a gitlab-runner that this user starts. The system service uses ${systemConfigFile}: to register there, run the command as root.`;
}

const enabled = (services: readonly RunnerService[]): RunnerService[] =>
  services.filter(({ isEnabled }) => isEnabled);

const useOfProcess = ({ config, pid }: RunningRunner): Use[] =>
  config === undefined ? [] : [{ config, by: `process ${pid}` }];

const useOfService = ({ config, name, manager }: RunnerService): Use[] =>
  config === undefined ? [] : [{ config, by: `service ${name}`, isContainer: manager === 'Quadlet' }];

// Whoever hides which file it uses may use this one.
function otherUse<One>(path: string, all: readonly One[], useOf: (one: One) => Use[]): Use | undefined {
  const uses = all.flatMap(useOf);
  return uses.length < all.length || uses.some(({ config }) => isSame(config, path)) ? undefined : uses[0];
}

const eachOnce = (all: readonly Use[]): Use[] =>
  all.filter(({ config }, at) => all.findIndex((other) => isSame(other.config, config)) === at);

function several(all: readonly Use[], what: string): Trouble {
  const files = all.map(({ config, by }) => `${config} (${by})`);
  return new Trouble(`Several gitlab-runner ${what}, each with its own config.toml.`, {
    why: `They use ${files.join(', ')}; none uses the default path.`,
    hint: `Select a file: --config ${quote(all[0]!.config)}`,
    code: exitCode.usage,
  });
}
