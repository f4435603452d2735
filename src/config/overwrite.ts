import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Trouble } from '../errors.ts';
import { discard } from './discard.ts';
import { diskTrouble, type FoundFile, readFound } from './found.ts';

/** Where the version before the last change is kept. */
export const keptBeside = (real: string) => join(dirname(real), `.${basename(real)}.previous`);

/** A name for a file that is being written; the next run that writes sweeps up what was left under such names. */
export const draftBeside = (real: string) =>
  join(dirname(real), `.${basename(real)}.${randomBytes(6).toString('hex')}.tmp`);

/** Who hears of doubts, and what stops the replacing as long as the old file stands. */
export interface Overwriting {
  warn?(text: string): void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts a text in place of what was found; false, and nothing is done, when the file is no longer as it was found. Once
 * the new text stands, nothing fails any more: what GitLab knows must not be taken back.
 */
export async function overwrite(found: FoundFile, text: string, how: Overwriting): Promise<boolean> {
  const { real } = found;
  const warn = how.warn?.bind(how);
  const fresh = await draft(real, text);
  try {
    const keepable = await keepOwner(found, fresh.file, fresh.path);
    await fresh.file.sync();
    await fresh.file.close();
    if (!isAsRead(found)) return false;
    how.signal?.throwIfAborted();
    if (found.text !== undefined) await keepPrevious(real, found.text);
    if (!isAsRead(found)) return false;
    how.signal?.throwIfAborted();
    if (!keepable || found.isMountPoint || (found.stats?.nlink ?? 1) > 1) await rewrite(found, text, warn);
    else await moveOver(found, fresh.path, text, warn);
    await settle(dirname(real), warn);
    return true;
  } finally {
    await fresh.file.close().catch(() => undefined);
    discard(fresh.path);
  }
}

// The file is the new one already, so a folder that cannot be synced is no failure of the change.
async function settle(folder: string, warn: Warn): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Windows and some file systems cannot sync a folder at all.
    if (code === 'EIO') warn?.(`The folder ${folder} could not be synced to disk: ${message}`);
  }
}

async function draft(real: string, text: string): Promise<{ path: string; file: FileHandle }> {
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
async function keepOwner({ real, stats }: FoundFile, file: FileHandle, fresh: string): Promise<boolean> {
  if (stats === undefined) return true;
  const mine = await file.stat();
  try {
    if (mine.uid !== stats.uid || mine.gid !== stats.gid) await file.chown(stats.uid, stats.gid);
    await file.chmod(stats.mode & 0o7777);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return false;
    throw error;
  }
  const { copyAttributes } = await import('./attributes.ts');
  return copyAttributes(real, fresh);
}

function isAsRead({ path, real, text }: FoundFile): boolean {
  if (text === undefined) return readFound(path).text === undefined;
  return readFileSync(real).equals(Buffer.from(text));
}

async function keepPrevious(real: string, text: string): Promise<void> {
  const copy = await draft(real, text);
  try {
    await copy.file.sync();
    await copy.file.close();
    await rename(copy.path, keptBeside(real));
    await syncFolder(dirname(real));
  } finally {
    discard(copy.path);
  }
}

async function moveOver(found: FoundFile, fresh: string, text: string, warn: Warn): Promise<void> {
  try {
    await rename(fresh, found.real);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (found.text === undefined || (code !== 'EBUSY' && code !== 'EXDEV')) throw error;
    await rewrite(found, text, warn);
  }
}

/** Writes into the file itself, where it must stay the same file; what was in it comes back if that fails. */
async function rewrite({ real, text: before }: FoundFile, text: string, warn: Warn): Promise<void> {
  const kept = keptBeside(real);
  const file = await open(real, 'r+');
  try {
    await fill(file, text).catch(async (cause) => {
      await fill(file, before ?? '').catch(() => {
        throw half(real, kept, cause);
      });
      throw cause;
    });
  } finally {
    await file.close().catch(() => undefined);
  }
  warn?.(`${real} was rewritten in place, because it cannot be replaced; the version before is in ${kept}`);
}

function half(real: string, kept: string, cause: NodeJS.ErrnoException): Trouble {
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

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems cannot sync a folder.
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    await handle.close();
  }
}

type Warn = ((text: string) => void) | undefined;
