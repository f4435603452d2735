import {
  accessSync,
  constants,
  lstatSync,
  readFileSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { Trouble } from '../errors.ts';
import { foreignLink } from '../files/folder.ts';
import { isTrusted } from '../files/owner.ts';
import { type PlainFile, readInput, readPlainFile } from '../files/plain.ts';
import { bySudo, quote, removeFile, shellLine, showRights } from '../text/shell-quote.ts';

/** config.toml as it stands on the disk. */
export interface FoundFile {
  readonly path: string;
  /** The file itself: where a symbolic link ends. */
  readonly real: string;
  /** Absent when there is no file. */
  readonly text: string | undefined;
  readonly stats: Stats | undefined;
  readonly isLink: boolean;
  /** A single file that is mounted into place cannot be replaced, only rewritten. */
  readonly isMountPoint: boolean;
  readonly warnings: string[];
}

/** Looks at config.toml before anything happens; Trouble when it could not be read or not be replaced; `flag` names it. */
export function inspectFile(path: string, flag?: string): FoundFile {
  const found = readFound(path, flag);
  checkFolder(found);
  if (found.stats) guarded(path, () => accessSync(found.real, constants.W_OK));
  return found;
}

/** Reads config.toml and what it is; Trouble for anything that is not a readable UTF-8 text file, or not safely so. `flag` names the file. */
export function readFound(path: string, flag = '--config'): FoundFile {
  refuseOtherRoot(path);
  const link = guarded(path, () => lstatSync(path, { throwIfNoEntry: false }));
  const isLink = link?.isSymbolicLink() ?? false;
  const target = guarded(path, () => statSync(path, { throwIfNoEntry: false }));
  if (target === undefined) {
    if (isLink)
      throw new Trouble(`${path} is a symbolic link to a file that does not exist`, {
        hint: `Create the file it points to, or remove the link: ${removeFile(path)}`,
      });
    return { path, real: path, text: undefined, stats: target, isLink, isMountPoint: false, warnings: [] };
  }
  if (target.isDirectory())
    throw new Trouble(`${path} is a directory, not a file`, { hint: `Use the file itself: ${flag} FILE` });
  if (!target.isFile()) throw new Trouble(`${path} is not a regular file`);
  const real = guarded(path, () => realpathSync(path));
  const { bytes, stats } = readSwapless(path, real);
  if (isLink && !isTrusted(link!.uid) && link!.uid !== stats.uid) throw foreignLink(path, link!.uid, real);
  refuseForeignName(path, real, stats);
  const text = decode(path, bytes);
  const warnings = warningsOf(path, stats, text);
  return { path, real, text, stats, isLink, isMountPoint: isMounted(real), warnings };
}

// The system says that the root folder of a process in a container is `/`: a real path would be that of a file of this machine.
function refuseOtherRoot(path: string): void {
  const [, root] = /^(\/proc\/[^/]+(?:\/task\/\d+)?\/root)(?=\/)/.exec(resolve(path)) ?? [];
  const stats = root && guarded(path, () => statSync(root, { throwIfNoEntry: false }));
  if (!stats) return;
  const own = statSync('/');
  if (stats.dev === own.dev && stats.ino === own.ino) return;
  throw new Trouble(`${path} cannot be used through ${root}`, {
    why: 'This is the root folder of another system, such as a container.',
    hint: 'Use a path of this machine, such as that of the volume, or run the command in the container.',
  });
}

// Between the look at a path and the opening of the file, somebody else may put a link or a pipe there.
function readSwapless(path: string, real: string): PlainFile {
  try {
    return readPlainFile(real);
  } catch (error) {
    if (error instanceof Trouble) throw error;
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP')
      throw diskTrouble(path, error as NodeJS.ErrnoException, 'read');
    throw new Trouble(`${path} became a symbolic link while it was read`, {
      hint: `Check the file and the permissions of its folder: ${showRights(dirname(path), path)}`,
      cause: error,
    });
  }
}

// A second name of a file may be put into one's own folder by anybody; what is written there would reach the other place.
function refuseForeignName(path: string, real: string, { nlink, uid }: Stats): void {
  if (nlink < 2) return;
  const folder = guarded(path, () => statSync(dirname(real)));
  if (isTrusted(folder.uid) || folder.uid === uid) return;
  throw new Trouble(
    `${path} is a hard link to a file of another user (uid ${uid}), in a folder of user ${folder.uid}`,
    {
      why: 'The owner of the folder could make runner-setup show or overwrite a file of another user.',
      hint: `To make it a separate file: ${shellLine(['cp', path, `${path}.new`])} && ${shellLine(['mv', `${path}.new`, path])}`,
    },
  );
}

/**
 * The text at a path for those who change nothing: a pipe or a device such as `/dev/null` counts as a file there.
 * Nothing when there is none; Trouble when it cannot be read, or holds more than 16 MiB. `flag` names the file.
 */
export function readAny(path: string, flag?: string): string | undefined {
  const stats = guarded(path, () => statSync(path, { throwIfNoEntry: false }));
  if (!stats?.isFIFO() && !stats?.isCharacterDevice()) return readFound(path, flag).text;
  return decode(
    path,
    guarded(path, () => readInput(path)),
  );
}

/** Turns bytes into text; Trouble that names the line when they are not UTF-8. */
export function decode(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const good = bytes.toString('utf8').split('\ufffd')[0]!;
    const line = good.split('\n').length;
    throw new Trouble(`${path}, line ${line}: not UTF-8 text`, {
      hint: 'Save the file as UTF-8. Nothing was changed.',
    });
  }
}

function warningsOf(path: string, { mode }: Stats, text: string): string[] {
  // Where paths have backslashes, rights are no modes, and everything is shown as readable.
  if ((mode & 0o004) === 0 || sep === '\\') return [];
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  const words = wordsOnAccess(/\btoken\b["']?\s*=/.test(text), `mode ${shown}`);
  return [`${path} ${words}. To fix this: chmod 600 ${quote(path)}`];
}

/** Says of a config.toml, which begins the sentence, that other users can access it; `by` says which, or by what. */
export const wordsOnAccess = (hasTokens: boolean, by: string): string =>
  `${hasTokens ? 'contains tokens' : 'is where tokens are stored'}, and other users can access it (${by})`;

function isMounted(real: string): boolean {
  try {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const escaped = real.replace(/[ \t\n\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
    return mounts.some((line) => line.split(' ')[4] === escaped);
  } catch {
    return false;
  }
}

/** Makes sure that files can be put beside config.toml and find room: the lock, the copy and the new version. */
function checkFolder({ path, real, stats }: FoundFile): void {
  const folder = stats ? dirname(real) : nearestFolder(path);
  const probe = join(
    folder,
    `.${basename(real)}.${Math.floor(Math.random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0')}.tmp`,
  );
  try {
    writeFileSync(probe, Buffer.alloc(2 * (stats?.size ?? 0) + spare, 'x'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw diskTrouble(folder, error as NodeJS.ErrnoException, 'write');
  } finally {
    discard(probe);
  }
}

/** Bytes for a new runner, the lock and the system id, each in blocks of their own. */
const spare = 32 * 1024;

function nearestFolder(path: string): string {
  const folder = dirname(path);
  const stats = guarded(path, () => statSync(folder, { throwIfNoEntry: false }));
  if (stats === undefined) return folder === dirname(folder) ? folder : nearestFolder(folder);
  if (!stats.isDirectory()) throw new Trouble(`${folder} is not a folder, so ${path} cannot be in it`);
  return folder;
}

function guarded<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof Trouble ? error : diskTrouble(path, error as NodeJS.ErrnoException, 'read');
  }
}

/** Says in words what the system said about a file or folder. */
export function diskTrouble(path: string, error: NodeJS.ErrnoException, what: 'read' | 'write'): Trouble {
  // What follows may name a file that was there for a moment only.
  const said = error.message.replace(/, \w+ '.*/s, '.');
  const [why, hint] = reasons[error.code ?? ''] ?? [said, undefined];
  const next = /^(EACCES|EPERM)$/.test(error.code ?? '') ? rights() : hint;
  const verb = what === 'read' && error.syscall !== 'access' ? 'read' : 'written';
  return new Trouble(`${path} cannot be ${verb}`, { why, cause: error, ...(next && { hint: next }) });
}

const rights = (): string =>
  bySudo(
    'Run the command as the user that owns the file (for /etc/gitlab-runner: with sudo).',
    'Run the command as administrator.',
  );

const reasons: Record<string, [string, string | undefined]> = {
  EACCES: ['Permission denied.', undefined],
  EPERM: ['The operation is not permitted.', undefined],
  EBUSY: ['Another program has it open.', 'Close that program, then run the command again.'],
  EROFS: ['The file system is read-only.', 'Mount it as writable, or use another file: --config FILE'],
  ENOSPC: ['The disk is full.', 'Free some space, then run the command again. The file was not changed.'],
  EDQUOT: [
    'The disk quota is used up.',
    'Free some space, then run the command again. The file was not changed.',
  ],
  EIO: ['The disk reported an error.', 'Check the system log (dmesg). The file was not changed.'],
  ELOOP: ['Its symbolic links form a loop.', undefined],
  ENOTDIR: ['Part of the path is not a folder.', undefined],
  ENAMETOOLONG: ['The name is too long.', undefined],
  EMFILE: ['The limit of open files for this process is reached.', 'Raise the limit: ulimit -n 1024'],
  ENFILE: ['This machine has too many open files.', 'Stop programs that have many files open.'],
  ERR_ACCESS_DENIED: [
    'Node.js runs with --permission, which does not allow it.',
    'Allow it with --allow-fs-read and --allow-fs-write, or run the command without --permission.',
  ],
};

/** Takes a file away that no longer matters: when that fails, nothing is lost by its staying. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The next run that writes sweeps it up.
  }
}
