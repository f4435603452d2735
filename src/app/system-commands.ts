import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Trouble } from '../errors.ts';
import { below } from '../files/below.ts';
import { packageManagerOf } from '../host/packages/index.ts';
import type { Command, PackageManager } from '../host/packages/package-manager.ts';
import { type Ran, runSystem, textAt } from '../host/schedule-run.ts';
import type { Grammar, Reading, VerbOption } from '../terminal/options.ts';
import type { Say } from '../terminal/say.ts';
import { shellLine } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { typedAgain } from './command-line.ts';
import { readDrainTimeout } from './drain.ts';
import { stopped } from './interrupt.ts';
import { misuse, wordOf } from './invocation.ts';

/** The flag of the commands that change the packages of a system. */
export const rootFlag = {
  root: {
    flag: '--root',
    isSwitch: false,
    hint: 'FOLDER',
    doc: 'Root of the system to change (default: /)',
  },
} as const satisfies Record<string, VerbOption>;

/**
 * Refuses, before anything is looked at, what a command that changes the packages of a system cannot mean: an empty value,
 * as of a variable that is not set, which would be this machine or GitLab's own server; a root that is no folder; a time
 * that is none.
 */
export function refuseUnclear({ verbFlags }: Reading, { verbFlags: options = {} }: Grammar): void {
  for (const [name, { flag, isSwitch }] of Object.entries(options))
    if (!isSwitch && verbFlags[name]?.at(-1) === '')
      throw misuse(`${flag} is empty.`, 'Add a value, or omit the flag. Check that its variable is set.');
  const root = wordOf(verbFlags, 'root');
  if (root !== undefined && !isFolder(root))
    throw misuse(
      `--root: ${root} is not a folder.`,
      'Use the folder that contains etc and usr of the system.',
    );
  if ('drainTimeout' in verbFlags) readDrainTimeout(verbFlags);
}

function isFolder(root: string): boolean {
  try {
    return statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    const why = (error as Error).message;
    throw new Trouble(`--root: ${root} cannot be read.`, { why, cause: error });
  }
}

/** The root folder that `rootFlag` names: a whole path; `/` for this machine, by whatever name it was given. */
export function rootOf(verbFlags: Reading['verbFlags']): string {
  const word = wordOf(verbFlags, 'root') ?? '/';
  return isThisMachine(word) ? '/' : resolve(word);
}

// By what it is: the root of a process in a container is a link that says `/` as well.
function isThisMachine(root: string): boolean {
  const [named, own] = [root, '/'].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return named !== undefined && named.dev === own?.dev && named.ino === own.ino;
}

/** The words that name the root folder again; none for this machine. */
export const rootWords = (root: string): string[] => (root === '/' ? [] : ['--root', root]);

/** Of the system with this root folder; nothing where GitLab has no packages for it. */
export const packagesBelow = (root: string): PackageManager | undefined =>
  packageManagerOf(textAt(below(root, '/etc/os-release')));

/** A command as it runs in the system with this root folder; `/` is this machine. */
export const inRoot = (root: string, command: Command): Command =>
  root === '/' ? command : ['chroot', root, ...command];

/** What makes the programs of the system speak English: LANGUAGE counts more than LC_ALL, except in the locale C. */
export const inEnglish = { LC_ALL: 'C.UTF-8', LANGUAGE: '' } as const;

/**
 * Shows a command, and runs it for half an hour at most. The second Ctrl-C meanwhile is one for the command, too. Throws when
 * it fails.
 */
export async function runShown(command: Command, world: World, say: Say): Promise<Ran> {
  const { env } = world;
  say.talk(`$ ${shellLine(command)}`);
  const surroundings = { ...env, DEBIAN_FRONTEND: 'noninteractive', ...inEnglish };
  const { signal, release } = secondInterrupt(world, say);
  const ran = await runSystem(command, surroundings, { seconds: 1800, signal }).finally(release);
  if (ran?.code === 0) return ran;
  if (signal.aborted) throw stopped();
  throw new Trouble(`The command failed: ${shellLine(command)}`, {
    why: ran === undefined ? 'The program was not found.' : reasonIn(ran),
    hint: `Fix the cause, then run: ${typedAgain(world)}`,
  });
}

// The first one lets the command end; one that hangs would hold the person for half an hour.
function secondInterrupt(world: World, say: Say): { signal: AbortSignal; release: () => void } {
  const cut = new AbortController();
  let count = 0;
  const release = world.onInterrupt(() => {
    count++;
    if (count !== 2) return;
    say.talk('Interrupting the running command.');
    cut.abort();
  });
  return { signal: cut.signal, release };
}

// zypper says some faults where others print what they do.
const reasonIn = ({ code, said, words }: Ran): string =>
  said || words.trim().split('\n').slice(-10).join('\n') || `Its exit code is ${code}.`;

/** The version that a gitlab-runner prints of itself; nothing where it does not run. */
export async function versionOf(
  root: string,
  file: string,
  { env }: Pick<World, 'env'>,
): Promise<string | undefined> {
  const ran = await runSystem(inRoot(root, [file, '--version']), env, { seconds: 30 }).catch(() => undefined);
  return ran?.code === 0 ? /^Version:\s+v?(\S+)/m.exec(ran.words)?.[1] : undefined;
}
