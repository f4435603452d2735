import { existsSync } from 'node:fs';
import { runnerContainers } from '../engine/containers.ts';
import { findEngines, waysToEngines } from '../engine/find.ts';
import { Trouble } from '../errors.ts';
import { below } from '../files/below.ts';
import { hasAlpinePackage } from '../host/packages/apk.ts';
import type { PackageManager } from '../host/packages/package-manager.ts';
import { runnerProgram } from '../host/places.ts';
import { platformOf } from '../host/platform/index.ts';
import type { RunningRunner } from '../host/running-runners.ts';
import { type Ran, runSystem } from '../host/schedule-run.ts';
import type { Say } from '../terminal/say.ts';
import { asRoot, bySudo, quote, removeFile, shellLine } from '../text/shell-quote.ts';
import type { Env, World } from '../world.ts';
import { inRoot, packagesBelow } from './system-commands.ts';

/** A gitlab-runner that is there already, with a sentence that says where. */
export type Existing = { readonly sentence: string } & (
  | { readonly kind: 'package'; readonly version: string; readonly packages: PackageManager }
  | { readonly kind: 'part'; readonly repair: string }
  | { readonly kind: 'program'; readonly path: string }
  | { readonly kind: 'process'; readonly pid: number }
  | { readonly kind: 'container'; readonly name: string; readonly engine: string }
);

/** Looks for gitlab-runner as a package, a program, a process, and in containers; below another root, for the package and the binary only. */
export async function findExisting(
  root: string,
  world: World,
  say: Say,
  running?: () => readonly RunningRunner[],
): Promise<Existing | undefined> {
  const installed = await findInstalled(root, world, running);
  return installed === undefined && root === '/' ? containerOf(world, say) : installed;
}

/** The same without containers. */
export async function findInstalled(
  root: string,
  world: World,
  running: () => readonly RunningRunner[] = () => platformOf(world).runningRunners(world) ?? [],
): Promise<Existing | undefined> {
  const installed = await findPackage(root, world);
  if (installed !== undefined) return installed;
  const path = (root === '/' ? runnerProgram(world) : undefined) ?? (await binaryBelow(root, world));
  if (path !== undefined)
    return { kind: 'program', path, sentence: `gitlab-runner is already installed at ${path}.` };
  if (root !== '/') return undefined;
  const [{ pid } = { pid: undefined }] = running();
  if (pid !== undefined)
    return { kind: 'process', pid, sentence: `gitlab-runner is already running as process ${pid}.` };
  return undefined;
}

async function findPackage(root: string, { env }: World): Promise<Existing | undefined> {
  const packages = packagesBelow(root);
  if (packages === undefined) return undefined;
  const printed = await askInstalled(packages, root, env);
  const repair = packages.repairIn?.(printed);
  if (repair !== undefined)
    return {
      ...{ kind: 'part', repair: asRoot(shellLine(inRoot(root, repair))) },
      sentence: 'The package gitlab-runner is not completely installed.',
    };
  const version = packages.installedIn(printed);
  if (version === undefined) return undefined;
  return {
    ...{ kind: 'package', version, packages },
    sentence: `gitlab-runner ${version} is already installed as a package.`,
  };
}

/** The installed version of the package, with its release; nothing where it is not installed, only in part, or where that is not known. */
export async function installedVersion(
  packages: PackageManager,
  root: string,
  env: Env,
): Promise<string | undefined> {
  const printed = await askInstalled(packages, root, env).catch(() => '');
  return packages.installedIn(printed);
}

async function askInstalled(packages: PackageManager, root: string, env: Env): Promise<string> {
  const ran = await runSystem(inRoot(root, packages.askInstalled), env);
  const isEntered = root === '/' || (ran !== undefined && !notEntered.has(ran.code));
  if (!isEntered || (ran !== undefined && isBroken(ran))) throw notKnown(root, isEntered, ran?.said);
  return ran?.code === 0 ? ran.words : '';
}

// Of chroot itself: it may not, or the program is one of another processor.
const notEntered: ReadonlySet<number> = new Set([125, 126]);

// That a package is not there has the exit code 1 and no error; what dpkg or rpm could not read may have it.
const isBroken = ({ code, said }: Ran): boolean =>
  (code > 1 && code < 125) || (code === 1 && /^error: /m.test(said));

const notKnown = (root: string, isEntered: boolean, said = ''): Trouble =>
  new Trouble(`It is not known whether gitlab-runner is installed${root === '/' ? '' : ` in ${root}`}.`, {
    why: said || 'The program chroot was not found.',
    hint: isEntered
      ? 'Repair the package database, and run the same command again.'
      : 'Run the command as root, on a machine with the same processor.',
  });

// The PATH of sudo may not have its folder.
async function binaryBelow(root: string, world: World): Promise<string | undefined> {
  const place = (await platformOf(world).binary())?.file;
  return place !== undefined && existsSync(below(root, place)) ? place : undefined;
}

// An engine that is not running has no container that runs.
async function containerOf(world: World, say: Say): Promise<Existing | undefined> {
  if (waysToEngines(world).length === 0) return undefined;
  try {
    for (const engine of await findEngines(world)) {
      const [container] = await runnerContainers(engine, { all: true });
      if (container === undefined) continue;
      const { name } = container.settings;
      return {
        ...{ kind: 'container', name, engine: engine.program },
        sentence: `gitlab-runner is already installed in the container ${name}.`,
      };
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    say.note(`containers were not searched for a gitlab-runner. ${error.message}`);
  }
  return undefined;
}

/** What is thrown where gitlab-runner is there in another way than as a package, for commands that change the package. */
export function notAsPackage(
  existing: Exclude<Existing, { kind: 'package' }>,
  command: 'upgrade' | 'uninstall',
): Trouble {
  if (existing.kind === 'part') return inPart(existing);
  const [where, hints] = otherWay(existing);
  return new Trouble(`gitlab-runner ${where}. Nothing was changed.`, { hint: hints[command] });
}

/** What is thrown where the package is there in part, by every command. */
export const inPart = ({ sentence, repair }: Extract<Existing, { kind: 'part' }>): Trouble =>
  new Trouble(`${sentence} Nothing was changed.`, {
    why: 'Its installation was interrupted, or failed.',
    hint: repair,
  });

function otherWay(
  existing: Exclude<Existing, { kind: 'package' | 'part' }>,
): [where: string, Record<'upgrade' | 'uninstall', string>] {
  if (existing.kind === 'container') {
    const [name, { engine }] = [quote(existing.name), existing];
    return [
      `is installed in the container ${existing.name}, not as a package`,
      {
        upgrade: `runner-setup container upgrade ${name}`,
        uninstall: `${engine} stop -t 3600 ${name}\n${engine} rm ${name}`,
      },
    ];
  }
  if (existing.kind === 'program' && hasAlpinePackage('/'))
    return [
      "was installed as Alpine's package",
      { upgrade: 'apk upgrade gitlab-runner', uninstall: 'apk del gitlab-runner' },
    ];
  if (existing.kind === 'program') {
    return [
      `was not installed as a package: ${existing.path}`,
      {
        upgrade: 'Replace the program: https://docs.gitlab.com/runner/install/linux-manually/',
        uninstall: `${asRoot('gitlab-runner uninstall')}\n${asRoot(removeFile(existing.path))}`,
      },
    ];
  }
  const quit = wordsToEnd(existing.pid, 'To let its jobs finish and end it');
  return [
    `is running as process ${existing.pid}, but it is not installed as a package`,
    { upgrade: quit, uninstall: quit },
  ];
}

/**
 * How to end a gitlab-runner that is not a service, by its process ID: after its jobs (`by` says so), where the system
 * has a signal for it. Windows has none.
 */
export const wordsToEnd = (pid: number, by: string): string =>
  bySudo(`${by}: sudo kill -QUIT ${pid}`, `End it when it has no jobs: taskkill /pid ${pid} /f`);
