import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type FoundFile, readFound } from './found.ts';

/** Where the version before the last change is kept. */
export const keptBeside = (real: string) => join(dirname(real), `.${basename(real)}.previous`);

/** Puts a text in place of what was found; false, and nothing is done, when the file is no longer as it was found. */
export async function overwrite(found: FoundFile, text: string, warn: Warn): Promise<boolean> {
  const { real } = found;
  const fresh = await draft(real, text);
  try {
    const keepable = await keepOwner(found, fresh.file, fresh.path);
    await fresh.file.sync();
    await fresh.file.close();
    if (!isAsRead(found)) return false;
    if (found.text !== undefined) await keepPrevious(real, found.text);
    if (!isAsRead(found)) return false;
    if (!keepable || found.isMountPoint || (found.stats?.nlink ?? 1) > 1) await rewrite(found, text, warn);
    else await moveOver(found, fresh.path, text, warn);
    await settle(dirname(real), warn);
    return true;
  } finally {
    await fresh.file.close().catch(() => undefined);
    rmSync(fresh.path, { force: true });
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
  const path = join(dirname(real), `.${basename(real)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    return { path, file };
  } catch (error) {
    await file.close();
    rmSync(path, { force: true });
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
    rmSync(copy.path, { force: true });
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
  const file = await open(real, 'r+');
  try {
    await fill(file, text);
  } catch (error) {
    await fill(file, before ?? '');
    throw error;
  } finally {
    await file.close();
  }
  const kept = keptBeside(real);
  warn?.(`${real} was rewritten in place, because it cannot be replaced; the version before is in ${kept}`);
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
