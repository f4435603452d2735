import { chmodSync, linkSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Trouble } from '../errors.ts';
import type { Command } from '../host/packages/package-manager.ts';
import type { Binary } from '../host/platform/binaries/binary.ts';
import { runAtTerminal } from '../host/schedule-run.ts';
import type { Say } from '../terminal/say.ts';
import { shellLine } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { typedAgain } from './command-line.ts';
import { pause } from './interrupt.ts';
import {
  type BinaryRequest,
  type DownloadReach,
  type FetchedBinary,
  fileBelow,
  mayWrite,
  unwritten,
} from './runner-binary.ts';
import { inRoot } from './system-commands.ts';

/** The commands that put the binary in its place where only an administrator may write; none where the person may. */
export function placeCommands({ binary }: BinaryRequest, path: string): readonly Command[] {
  const { folder, file } = binary;
  if (!needsSudo(binary)) return [];
  // A name beside the file, so that it is whole at every moment.
  const beside = `${folder}/.gitlab-runner.new`;
  return [
    ['sudo', 'install', '-d', '-m', '755', folder],
    ['sudo', 'install', '-m', '755', path, beside],
    ['sudo', 'mv', '-f', beside, file],
  ];
}

/** Puts the binary in the place of the one that is there, if any, at one moment. Throws when that fails. */
export async function placeBinary(
  request: BinaryRequest,
  { path }: FetchedBinary,
  { world, say }: Pick<DownloadReach, 'world' | 'say'>,
): Promise<void> {
  const commands = placeCommands(request, path);
  for (const command of commands) await runAsked(command, world, say);
  if (commands.length > 0) return;
  chmodSync(path, 0o755);
  await moveTo(path, fileBelow(request.root, request.binary));
}

// On Windows, another program may have a new file open for a moment.
async function moveTo(path: string, file: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return renameSync(path, file);
    } catch (error) {
      const isBusy = /^(EPERM|EBUSY|EACCES)$/.test((error as NodeJS.ErrnoException).code ?? '');
      if (!isBusy || attempt === 10) throw unwritten(file, error);
      await pause(200);
    }
  }
}

/** The old program, kept until the new one is known to run. */
interface KeptBinary {
  /** Puts it back in its place, at one moment. */
  restore(): Promise<void>;
  /** Removes it. */
  drop(): Promise<void>;
}

/** Keeps the program that is there under another name beside it. */
export async function keepBinary(
  { binary, root }: Pick<BinaryRequest, 'binary' | 'root'>,
  { world, say }: Pick<DownloadReach, 'world' | 'say'>,
): Promise<KeptBinary> {
  const file = fileBelow(root, binary);
  const kept = join(dirname(file), '.gitlab-runner.old');
  if (needsSudo(binary)) {
    const run = (...words: string[]) => runAsked(['sudo', ...words], world, say);
    await run('ln', '-f', file, kept);
    return { restore: () => run('mv', '-f', kept, file), drop: () => run('rm', '-f', kept) };
  }
  try {
    rmSync(kept, { force: true });
    linkSync(file, kept);
  } catch (error) {
    throw unwritten(kept, error);
  }
  const drop = async () => removeWhole(kept);
  // While nothing has taken its place, both are names of one file, and a rename leaves both.
  return { restore: () => moveTo(kept, file).then(drop), drop };
}

// A program that has just ended may be open for a moment.
const removal = { force: true, maxRetries: 10, retryDelay: 200 };

/** Removes the file of the program, with the same rights as it was put there. */
export async function removeBinary(
  request: Pick<BinaryRequest, 'binary' | 'root'>,
  { world, say }: Pick<DownloadReach, 'world' | 'say'>,
): Promise<void> {
  if (needsSudo(request.binary)) await runAsked(removeCommand(request), world, say);
  else removeWhole(fileBelow(request.root, request.binary));
}

/** Removes a file, or a folder with all in it. Throws when that fails. */
export function removeWhole(path: string): void {
  try {
    const recursive = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    rmSync(path, { ...removal, recursive });
  } catch (error) {
    throw new Trouble(`${path} cannot be removed.`, {
      why: (error as Error).message,
      hint: 'Fix the cause, and run the same command again.',
      cause: error,
    });
  }
}

/** The same as a line for a shell. */
export const removeLine = (request: Pick<BinaryRequest, 'binary' | 'root'>): string =>
  shellLine(removeCommand(request));

const removeCommand = ({ binary, root }: Pick<BinaryRequest, 'binary' | 'root'>): Command => {
  const words = ['rm', fileBelow(root, binary)] as const;
  return needsSudo(binary) ? ['sudo', ...words] : words;
};

const needsSudo = ({ takesSudo, folder }: Binary): boolean => takesSudo && !mayWrite(folder);

// The person may be asked for a password.
async function runAsked(command: Command, world: World, say: Say): Promise<void> {
  say.talk(`$ ${shellLine(command)}`);
  const code = await runAtTerminal(command, world.env);
  if (code === 0) return;
  throw new Trouble(`The command failed: ${shellLine(command)}`, {
    why: code === undefined ? 'The program was not found.' : `Its exit code is ${code}.`,
    hint: `Fix the cause, then run: ${typedAgain(world)}`,
  });
}

/** The commands that create the user of the jobs, and define and start the service, in this order. */
export function serviceCommands(
  { binary, root }: Pick<BinaryRequest, 'binary' | 'root'>,
  world: World,
  isRunning: boolean,
): {
  readonly user: readonly Command[];
  readonly define: readonly Command[];
  readonly start: readonly Command[];
} {
  const here = (command: Command) => inRoot(root, command);
  const { file } = binary;
  if (!isRunning) return { user: binary.createUser(root).map(here), define: [], start: [] };
  return {
    user: binary.createUser(root).map(here),
    define: [here([file, 'install', ...binary.serviceWords(root, world)])],
    start: [here([file, 'start']), here([file, 'status'])],
  };
}
