import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Trouble } from '../errors.ts';
import { discard, diskTrouble, type FoundFile, readFound } from './read-file.ts';

/** Where the version before the last change is kept. */
export const keptBeside = (real: string) => join(dirname(real), `.${basename(real)}.previous`);

/** A name for a file that is being written; the next run that writes sweeps up what was left under such names. */
export const draftBeside = (real: string) =>
  join(dirname(real), `.${basename(real)}.${randomBytes(6).toString('hex')}.tmp`);

/** Who hears of doubts, what stops the replacing as long as the old file stands, and what is to be otherwise than usual. */
export interface Overwriting {
  warn?(text: string): void;
  readonly signal?: AbortSignal | undefined;
  /** The mode of the file from now on, by its mode so far, which stays when this is absent. */
  mode?(now: number): number;
  /** What is kept beside the file from now on, by what was kept there and what the file held; the latter when this is absent. */
  keep?(kept: () => string | undefined, held: string | undefined): string | undefined;
}

/**
 * Puts a text in place of what was found; false, and nothing is done, when the file is no longer as it was found. Once
 * the new text stands, nothing fails any more: what GitLab knows must not be taken back.
 */
export async function overwrite(found: FoundFile, text: string, how: Overwriting): Promise<boolean> {
  const { real } = found;
  const fresh = await draft(real, text);
  try {
    const keepable = await keepOwner(found, fresh, how);
    await fresh.file.sync();
    await fresh.file.close();
    if (!isAsRead(found)) return false;
    how.signal?.throwIfAborted();
    const kept = how.keep ? how.keep(() => readFound(keptBeside(real)).text, found.text) : found.text;
    if (kept !== undefined) await keepPrevious(real, kept);
    if (!isAsRead(found)) return false;
    how.signal?.throwIfAborted();
    const inPlace = { how, isKept: kept === found.text };
    if (!keepable || found.isMountPoint || (found.stats?.nlink ?? 1) > 1) await rewrite(found, text, inPlace);
    else await moveOver(found, fresh.path, text, inPlace);
    if (kept === undefined && how.keep) discard(keptBeside(real));
    await settle(dirname(real), how);
    return true;
  } finally {
    await fresh.file.close().catch(() => undefined);
    discard(fresh.path);
  }
}

// The file is the new one already, so a folder that cannot be synced is no failure of the change.
async function settle(folder: string, how: Overwriting): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EIO') how.warn?.(`The folder ${folder} could not be synced to disk: ${message}`);
  }
}

interface Draft {
  readonly path: string;
  readonly file: FileHandle;
}

async function draft(real: string, text: string): Promise<Draft> {
  const path = draftBeside(real);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    return { path, file };
  } catch (error) {
    await file.close().catch(() => undefined);
    discard(path);
    throw error;
  }
}

/** Gives the new file owner, mode and attributes of the old one; false when that is not possible. */
async function keepOwner(
  { real, stats }: FoundFile,
  { file, path }: Draft,
  { mode }: Overwriting,
): Promise<boolean> {
  if (stats === undefined) return true;
  const mine = await file.stat();
  try {
    if (mine.uid !== stats.uid || mine.gid !== stats.gid) await file.chown(stats.uid, stats.gid);
    const now = stats.mode & 0o7777;
    await file.chmod(mode?.(now) ?? now);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
  const { copyAttributes } = await import('./attributes.ts');
  return copyAttributes(real, path);
}

function isAsRead({ path, real, text }: FoundFile): boolean {
  if (text === undefined) return readFound(path).text === undefined;
  return readFileSync(real).equals(Buffer.from(text));
}

async function keepPrevious(real: string, text: string): Promise<void> {
  const copy = await copied(real, text);
  try {
    await rename(copy, keptBeside(real));
    await syncFolder(dirname(real));
  } finally {
    discard(copy);
  }
}

async function copied(real: string, text: string): Promise<string> {
  const { path, file } = await draft(real, text);
  try {
    await file.sync();
    return path;
  } catch (error) {
    discard(path);
    throw error;
  } finally {
    await file.close();
  }
}

interface InPlace {
  readonly how: Overwriting;
  /** Whether the version before is kept beside the file. */
  readonly isKept: boolean;
}

async function moveOver(found: FoundFile, fresh: string, text: string, inPlace: InPlace): Promise<void> {
  try {
    await rename(fresh, found.real);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (found.text === undefined || (code !== 'EBUSY' && code !== 'EXDEV')) throw error;
    await rewrite(found, text, inPlace);
  }
}

/** Writes into the file itself, where it must stay the same file; what was in it comes back if that fails. */
async function rewrite(found: FoundFile, text: string, { how, isKept }: InPlace): Promise<void> {
  const { real, text: before = '', stats } = found;
  // What is not to be kept is needed as long as the file may be half written; the next run sweeps it up.
  const copy = isKept ? undefined : await copied(real, before);
  const file = await open(real, 'r+');
  try {
    const now = (stats?.mode ?? 0) & 0o7777;
    const mode = how.mode?.(now) ?? now;
    if (mode !== now) await file.chmod(mode);
    await fill(file, text).catch(async (cause) => {
      await fill(file, before).catch(async () => {
        if (copy !== undefined) await rename(copy, keptBeside(real));
        throw half(real, cause);
      });
      throw cause;
    });
  } finally {
    await file.close().catch(() => undefined);
    if (copy !== undefined) discard(copy);
  }
  const where = isKept ? `; the version before is in ${keptBeside(real)}` : '';
  how.warn?.(`${real} was rewritten in place, because it cannot be replaced${where}`);
}

function half(real: string, cause: NodeJS.ErrnoException): Trouble {
  const kept = keptBeside(real);
  return new Trouble(`${real} is half written, and could not be put back as it was`, {
    why: diskTrouble(real, cause, 'write').why!,
    hint: `The version before is in ${kept}. When there is room again: cp ${kept} ${real}`,
    cause,
  });
}

async function fill(file: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, done)).bytesWritten;
  }
  await file.truncate(bytes.length);
  await file.sync();
}

// Windows and some file systems cannot sync a folder, or not even open one.
const unsyncable = new Set(['EPERM', 'EINVAL', 'EISDIR', 'ENOTSUP', 'ENOSYS']);

async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!unsyncable.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}
