import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Trouble } from '../errors.ts';
import { type HeldFolder, syncFile } from '../files/folder.ts';
import { plainly, readPlainFile } from '../files/plain.ts';
import { randomHex } from '../text/random.ts';
import { copyFile } from '../text/shell-quote.ts';
import { keptBeside, keptName, type Run, readKept } from './kept.ts';
import { discard, diskTrouble, type FoundFile } from './read-file.ts';

/** A name for a file that is being written beside another; the next run that writes sweeps up what was left under such names. */
export const draftName = (name: string) => `.${name}.${randomHex(12)}.tmp`;

/** Who hears of doubts, what stops the replacing as long as the old file stands, and what is to be otherwise than usual. */
export interface Overwriting {
  warn?(text: string): void;
  readonly signal?: AbortSignal | undefined;
  /** The mode of the file from now on, by its mode so far, which stays when this is absent. */
  mode?(now: number): number;
  /**
   * The user whose file it is, where that may be another one than whoever runs this: no link is followed, the folder has
   * to be this user's or ours, and a new file is given to the user.
   */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Tells what is run: the change is added to the history of the file. A new file has none. */
  run?(): Promise<Run>;
  /** What is kept beside the file from now on, by what was kept there and what the file held; the latter when this is absent. */
  keep?(kept: () => string | undefined, held: string | undefined): string | undefined;
  /** Whether this run has changed the file before, and both are one change: what is kept beside the file stays. */
  readonly goesOn?: boolean | undefined;
}

/** What a file is replaced in: its folder, and the name that it has there. */
export interface Place {
  readonly folder: HeldFolder;
  readonly name: string;
  /** Whether the system is Windows, which keeps a file that is open from being replaced. */
  readonly isWindows: boolean;
  /** Throws when another process has taken the lock, because this one was held up for long. */
  checkLock(): void;
}

/**
 * Puts a text in place of what was found; false, and nothing is done, when the file is no longer as it was found. Once
 * the new text stands, nothing fails any more: what GitLab knows must not be taken back.
 */
export async function overwrite(
  place: Place,
  found: FoundFile,
  text: string,
  how: Overwriting,
): Promise<boolean> {
  const fresh = draft(place, text);
  try {
    const likeOld = await finish(fresh.file, () => takeAfter(place, found, fresh.file, how));
    if (likeOld === 'changed') return false;
    if (!isAsRead(place, found)) return false;
    how.signal?.throwIfAborted();
    const kept = keptFrom(place, found, how);
    if (how.run && found.text !== undefined)
      await record(place, found, text, { ...how, run: await how.run(), kept });
    if (kept !== undefined) await keepPrevious(place, kept);
    if (!isAsRead(place, found)) return false;
    place.checkLock();
    how.signal?.throwIfAborted();
    const inPlace = { how, isKept: kept === found.text };
    if (likeOld === 'no' || found.isMountPoint || (found.stats?.nlink ?? 1) > 1)
      await rewrite(place, found, text, inPlace);
    else await moveOver(place, found, fresh.name, text, inPlace);
    if (kept === undefined && (how.keep || how.goesOn)) discard(place.folder.at(keptName(place.name)));
    await settle(place.folder, how);
    return true;
  } finally {
    discard(place.folder.at(fresh.name));
  }
}

// What is done to a file before it lasts; closed whatever comes.
async function finish<T>(file: number, act: () => Promise<T>): Promise<T> {
  try {
    const done = await act();
    await syncFile(file);
    return done;
  } finally {
    closeSync(file);
  }
}

function keptFrom({ folder }: Place, { real, text }: FoundFile, { keep, goesOn }: Overwriting) {
  const kept = () => readKept(real, folder);
  if (goesOn) return kept();
  return keep ? keep(kept, text) : text;
}

/**
 * Adds the change to the history, with the version that is still kept beside the file. What is not kept as it was held has
 * been taken back: its change goes. A change does not fail because of its history.
 */
async function record(
  place: Place,
  found: FoundFile,
  after: string,
  { run, kept, warn, goesOn }: Pick<Overwriting, 'warn' | 'goesOn'> & { run: Run; kept: string | undefined },
): Promise<void> {
  const { real, text: before = '' } = found;
  const { historyName, readSteps, withLonger, withoutLast, withStep } = await import('./history.ts');
  const name = historyName(place.name);
  const steps = readOr([], () => readSteps(real, place.folder), warn);
  // Of what cannot be read here, the one who keeps the next version tells.
  const change = { run, before, after, kept: readOr(undefined, () => readKept(real, place.folder)) };
  const text = goesOn
    ? withLonger(steps, change)
    : kept === before
      ? withStep(steps, change)
      : withoutLast(steps);
  try {
    await putBeside(place, name, text);
  } catch (error) {
    const { message, why } = diskTrouble(
      join(place.folder.path, name),
      error as NodeJS.ErrnoException,
      'write',
    );
    warn?.(`${message}, so this change cannot be undone after the next one. ${why}`);
  }
}

// A history that is damaged is of no use any more.
function readOr<T>(otherwise: T, read: () => T, warn?: Overwriting['warn']): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    warn?.(`A new history begins. ${error.message}.`);
    return otherwise;
  }
}

// The file is the new one already, so a folder that cannot be synced is no failure of the change.
async function settle(folder: HeldFolder, how: Overwriting): Promise<void> {
  try {
    await folder.sync();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EIO') how.warn?.(`The folder ${folder.path} could not be synced to disk: ${message}`);
  }
}

interface Draft {
  readonly name: string;
  readonly file: number;
}

function draft({ folder, name }: Place, text: string): Draft {
  const fresh = draftName(name);
  const file = openSync(folder.at(fresh), 'wx', 0o600);
  try {
    writeFileSync(file, text);
    return { name: fresh, file };
  } catch (error) {
    closeSync(file);
    discard(folder.at(fresh));
    throw error;
  }
}

/** Gives the new file owner, mode and attributes of the old one, where that is possible. */
async function takeAfter(
  place: Place,
  found: FoundFile,
  file: number,
  { mode, owner }: Overwriting,
): Promise<'yes' | 'no' | 'changed'> {
  if (found.stats === undefined) {
    if (owner !== undefined) fchownSync(file, owner.uid, owner.gid);
    return 'yes';
  }
  const old = openOld(place, found);
  if (old === undefined) return 'changed';
  try {
    return (await copyFrom(old, place, found.stats, file, mode)) ? 'yes' : 'no';
  } finally {
    closeSync(old);
  }
}

// The file that was read, and none that was put there since.
function openOld({ folder, name }: Place, { text, stats }: FoundFile): number | undefined {
  const old = openThere(folder.at(name));
  if (old === undefined) return undefined;
  const now = fstatSync(old);
  if (now.isFile() && now.uid === stats?.uid && holds(old, text!)) return old;
  closeSync(old);
  return undefined;
}

function openThere(path: string): number | undefined {
  try {
    return openSync(path, plainly);
  } catch (error) {
    return missed(error);
  }
}

// Where no more files can be opened nothing is known of this one: it need not have changed.
function missed(error: unknown): undefined {
  if (/^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
}

const holds = (file: number, text: string): boolean => readFileSync(file).equals(Buffer.from(text));

async function copyFrom(
  old: number,
  { folder, name, isWindows }: Place,
  stats: Stats,
  file: number,
  mode: Overwriting['mode'],
): Promise<boolean> {
  const { copyAttributes, hasOwnRights } = await import('./attributes.ts');
  const path = join(folder.path, name);
  if (isWindows ? hasOwnRights(path) : !copyAttributes(old, file, path)) return false;
  const mine = fstatSync(file);
  try {
    if (mine.uid !== stats.uid || mine.gid !== stats.gid) fchownSync(file, stats.uid, stats.gid);
    const now = stats.mode & 0o7777;
    fchmodSync(file, mode?.(now) ?? now);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
}

function isAsRead({ folder, name }: Place, { text }: FoundFile): boolean {
  const path = folder.at(name);
  if (text === undefined) return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  try {
    return readPlainFile(path).bytes.equals(Buffer.from(text));
  } catch (error) {
    missed(error);
    return false;
  }
}

async function keepPrevious(place: Place, text: string): Promise<void> {
  await putBeside(place, keptName(place.name), text);
  await place.folder.sync();
}

async function putBeside(place: Place, name: string, text: string): Promise<void> {
  const copy = await copied(place, text);
  try {
    await renamePatiently(place, copy, name);
  } finally {
    discard(place.folder.at(copy));
  }
}

async function copied(place: Place, text: string): Promise<string> {
  const { name, file } = draft(place, text);
  try {
    return await finish(file, async () => name);
  } catch (error) {
    discard(place.folder.at(name));
    throw error;
  }
}

/** Renames within the folder. On Windows a scanner or an editor may have the file open for a moment: tried for 5 seconds. */
async function renamePatiently({ folder, isWindows }: Place, from: string, to: string): Promise<void> {
  for (let wait = 10; ; wait *= 2) {
    try {
      return renameSync(folder.at(from), folder.at(to));
    } catch (error) {
      const isHeld = /^(EPERM|EACCES|EBUSY)$/.test((error as NodeJS.ErrnoException).code ?? '');
      if (!isWindows || !isHeld) throw error;
      if (wait > 2_560) throw heldOpen(join(folder.path, to), error);
    }
    await pause(wait);
  }
}

const heldOpen = (path: string, cause: unknown): Trouble =>
  new Trouble(`${path} cannot be replaced`, {
    why: 'Another program has it open, or it is read-only.',
    hint: 'Close the program, such as an editor or a backup, then run the same command again. Nothing was changed.',
    cause,
  });

interface InPlace {
  readonly how: Overwriting;
  /** Whether the version before is kept beside the file. */
  readonly isKept: boolean;
}

async function moveOver(
  place: Place,
  found: FoundFile,
  fresh: string,
  text: string,
  inPlace: InPlace,
): Promise<void> {
  try {
    await renamePatiently(place, fresh, place.name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (found.text === undefined || (code !== 'EBUSY' && code !== 'EXDEV')) throw error;
    await rewrite(place, found, text, inPlace);
  }
}

/** Writes into the file itself, where it must stay the same file; what was in it comes back if that fails. */
async function rewrite(
  place: Place,
  found: FoundFile,
  text: string,
  { how, isKept }: InPlace,
): Promise<void> {
  const { real, text: before = '', stats } = found;
  const { folder, name } = place;
  const file = openAsFound(place, found);
  // What is not to be kept is needed as long as the file may be half written; the next run sweeps it up.
  const copy = isKept ? undefined : await copied(place, before);
  try {
    const now = (stats?.mode ?? 0) & 0o7777;
    const mode = how.mode?.(now) ?? now;
    if (mode !== now) fchmodSync(file, mode);
    await fill(file, text).catch(async (cause) => {
      await fill(file, before).catch(async () => {
        if (copy !== undefined) renameSync(folder.at(copy), folder.at(keptName(name)));
        throw half(real, cause);
      });
      throw cause;
    });
  } finally {
    closeQuietly(file);
    if (copy !== undefined) discard(folder.at(copy));
  }
  const where = isKept ? `. The previous version is in ${keptBeside(real)}` : '';
  how.warn?.(`${real} was rewritten in place, because it cannot be replaced${where}`);
}

const { O_RDWR, O_NOFOLLOW = 0 } = constants;

// All of it is on the disk by then, or was given up.
function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {}
}

// Whoever owns the folder may have put a file of somebody else under the name since it was read.
function openAsFound({ folder, name }: Place, { real, text = '', stats }: FoundFile): number {
  const file = openSync(folder.at(name), O_RDWR | O_NOFOLLOW);
  const { dev, ino, uid } = fstatSync(file);
  if (dev === stats?.dev && ino === stats.ino && uid === stats.uid && holds(file, text)) return file;
  closeSync(file);
  throw new Trouble(`Another program changed ${real} in the meantime.`, {
    hint: 'Nothing was written. Run the same command again.',
  });
}

function half(real: string, cause: NodeJS.ErrnoException): Trouble {
  const kept = keptBeside(real);
  return new Trouble(`${real} is incomplete and could not be restored`, {
    why: diskTrouble(real, cause, 'write').why!,
    hint: `The previous version is in ${kept}. When there is free space, restore it: ${copyFile(kept, real)}`,
    cause,
  });
}

async function fill(file: number, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, done);
  }
  ftruncateSync(file, bytes.length);
  await syncFile(file);
}
