import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Trouble } from '../errors.ts';
import { diskTrouble, type FoundFile, readFound } from './found.ts';
import { type Waiting, withLock } from './lock.ts';

export { type FoundFile, inspectFile } from './found.ts';

/** How replacing a file is done: who is asking, and who hears about waiting and doubts. */
export interface Replacing extends Waiting {
  warn?(text: string): void;
}

export interface Replaced {
  readonly written: boolean;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Makes the new text of a file from the present one; `undefined` when there is nothing to write. */
export type Decide = (current: {
  text: string | undefined;
}) => string | undefined | Promise<string | undefined>;

/**
 * Replaces a file whole or not at all, under a lock, keeping its owner and mode; the version before stays beside it.
 * `decide` gets the text as it is under the lock, and again when somebody else changed the file meanwhile.
 */
export async function replaceFile(path: string, decide: Decide, how: Replacing): Promise<Replaced> {
  const { real } = readFound(path);
  try {
    mkdirSync(dirname(real), { recursive: true, mode: 0o700 });
    return await withLock(join(dirname(real), `.${basename(real)}.lock`), how, () =>
      rounds(path, decide, how),
    );
  } catch (error) {
    if (error instanceof Trouble || (error as NodeJS.ErrnoException).errno === undefined) throw error;
    throw diskTrouble(real, error as NodeJS.ErrnoException, 'write');
  }
}

/** The version before the last change; undefined when none was kept. */
export function readPrevious(path: string): string | undefined {
  return readFound(keptBeside(readFound(path).real)).text;
}

/** Puts the version before the last change back; the present one is kept, so doing it twice changes nothing. */
export async function restorePrevious(path: string, how: Replacing): Promise<Replaced> {
  return replaceFile(
    path,
    () => {
      const text = readPrevious(path);
      if (text === undefined) throw new Trouble(`There is no earlier version of ${path}`);
      return text;
    },
    how,
  );
}

const keptBeside = (real: string) => join(dirname(real), `.${basename(real)}.previous`);

async function rounds(path: string, decide: Decide, how: Replacing): Promise<Replaced> {
  for (let round = 0; round < 5; round++) {
    how.signal?.throwIfAborted();
    const found = readFound(path);
    if (round === 0) sweep(found.real, how.machine.now().getTime());
    const after = await decide({ text: found.text });
    if (after === undefined || after === found.text)
      return { written: false, before: found.text, after: found.text };
    if (await write(found, after, how)) return { written: true, before: found.text, after };
  }
  throw new Trouble(`${path} is being changed all the time by another program`, {
    hint: 'Stop that program and try again; nothing was changed.',
  });
}

// Under the lock nobody else writes such files, so they were left by a run that was killed. Drafts of locks may be
// somebody's who is waiting: only old ones go.
function sweep(real: string, now: number): void {
  const name = basename(real).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const drafts = new RegExp(`^\\.${name}\\.[0-9a-f]{12}\\.tmp$`);
  const locks = new RegExp(`^\\.${name}\\.lock\\.[0-9a-f]{16}$`);
  for (const entry of readdirSync(dirname(real))) {
    const path = join(dirname(real), entry);
    const isOld =
      locks.test(entry) && now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > 60_000;
    if (isOld || drafts.test(entry)) rmSync(path, { force: true });
  }
}

async function write(found: FoundFile, text: string, how: Replacing): Promise<boolean> {
  const { real } = found;
  const fresh = await draft(real, text);
  try {
    const keepable = await keepOwner(found, fresh.file, fresh.path);
    await fresh.file.sync();
    await fresh.file.close();
    if (!isAsRead(found)) return false;
    if (found.text !== undefined) await keepPrevious(real, found.text);
    if (!isAsRead(found)) return false;
    if (!keepable || found.isMountPoint || (found.stats?.nlink ?? 1) > 1) await rewrite(found, text, how);
    else await moveOver(found, fresh.path, text, how);
    await syncFolder(dirname(real));
    return true;
  } finally {
    await fresh.file.close().catch(() => undefined);
    rmSync(fresh.path, { force: true });
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

async function moveOver(found: FoundFile, fresh: string, text: string, how: Replacing): Promise<void> {
  try {
    await rename(fresh, found.real);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (found.text === undefined || (code !== 'EBUSY' && code !== 'EXDEV')) throw error;
    await rewrite(found, text, how);
  }
}

/** Writes into the file itself, where it must stay the same file; what was in it comes back if that fails. */
async function rewrite({ real, text: before }: FoundFile, text: string, how: Replacing): Promise<void> {
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
  how.warn?.(
    `${real} was rewritten in place, because it cannot be replaced; the version before is in ${kept}`,
  );
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
