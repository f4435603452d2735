import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Trouble } from '../errors.ts';
import { type HeldFolder, holdFolder } from '../files/folder.ts';
import { isTrusted } from '../files/owner.ts';
import { showRights } from '../text/shell-quote.ts';
import { readKept } from './kept.ts';
import { type Waiting, withLock } from './lock.ts';
import { type Overwriting, overwrite, type Place } from './overwrite.ts';
import { discard, diskTrouble, readFound } from './read-file.ts';

export { type FoundFile, inspectFile } from './read-file.ts';

/** How replacing a file is done: who is asking, who hears about waiting and doubts, and what is otherwise than usual. */
export interface Replacing extends Waiting, Overwriting {}

export interface Replaced {
  readonly written: boolean;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Makes the new text of a file from the present one; `undefined` when there is nothing to write. */
type Decide = (current: { text: string | undefined }) => string | undefined | Promise<string | undefined>;

/**
 * Replaces a file whole or not at all, under a lock, keeping its owner and mode; the version before stays beside it.
 * `decide` gets the text as it is under the lock, and again when somebody else changed the file meanwhile.
 */
export async function replaceFile(path: string, decide: Decide, how: Replacing): Promise<Replaced> {
  const { real } = readFound(path);
  let folder: HeldFolder | undefined;
  try {
    mkdirSync(dirname(real), { recursive: true, mode: 0o700 });
    folder = holdFolder(dirname(real));
    refuseOthers(path, real, how);
    return await replaceIn(folder, path, decide, how);
  } catch (error) {
    if (error instanceof Trouble || (error as NodeJS.ErrnoException).errno === undefined) throw error;
    throw diskTrouble(real, error as NodeJS.ErrnoException, 'write');
  } finally {
    folder?.close();
  }
}

// A file of another user is written only in that user's folder or ours, and where no link leads elsewhere.
function refuseOthers(path: string, real: string, { owner }: Replacing): void {
  if (owner === undefined) return;
  const { uid } = lstatSync(dirname(real));
  if (real === path && (uid === owner.uid || isTrusted(uid))) return;
  throw new Trouble(`${path} is not in a folder of its owner (uid ${owner.uid})`, {
    why: 'A job that runs as this user could have created a link there to overwrite a file of another user.',
    hint: `Check it: ${showRights(dirname(path), path)}`,
  });
}

function replaceIn(folder: HeldFolder, path: string, decide: Decide, how: Replacing): Promise<Replaced> {
  const name = basename(readFound(path).real);
  return withLock(folder, `.${name}.lock`, how, (isHeld) => {
    const checkLock = () => {
      if (!isHeld()) throw heldUp(path);
    };
    return rounds({ folder, name, isWindows: how.machine.isWindows, checkLock }, path, decide, how);
  });
}

const heldUp = (path: string): Trouble =>
  new Trouble(`Another process took over the lock of ${path}, because this process was paused for too long`, {
    hint: 'Nothing was changed. Run the same command again.',
  });

/** The version before the last change; undefined when none was kept. */
export function readPrevious(path: string): string | undefined {
  return readKept(readFound(path).real);
}

/**
 * Puts an earlier version back, the one before the last change unless `pick` gives another; the present one is kept, so
 * doing it twice changes nothing. With `shown`, the two versions that a person has seen, it throws when either is another
 * one by now.
 */
export async function restorePrevious(
  path: string,
  how: Replacing,
  shown?: { present: string | undefined; before: string },
  pick: (path: string) => string | undefined = readPrevious,
): Promise<Replaced> {
  return replaceFile(
    path,
    ({ text: present }) => {
      const text = pick(path);
      if (text === undefined) throw new Trouble(`There is no earlier version of ${path}.`);
      if (shown && (shown.present !== present || shown.before !== text)) {
        throw new Trouble(`Another program changed ${path} in the meantime.`, {
          hint: 'Nothing was restored. Run undo again to see what it would do now.',
        });
      }
      return text;
    },
    how,
  );
}

async function rounds(place: Place, path: string, decide: Decide, how: Replacing): Promise<Replaced> {
  for (let round = 0; round < 5; round++) {
    how.signal?.throwIfAborted();
    const found = readFound(path);
    if (round === 0) sweep(place);
    const after = await decide({ text: found.text });
    if (after === undefined || after === found.text)
      return { written: false, before: found.text, after: found.text };
    if (await overwrite(place, found, after, how)) return { written: true, before: found.text, after };
  }
  throw new Trouble(`Another program keeps changing ${path}`, {
    hint: 'Stop that program, then run the command again. Nothing was changed.',
  });
}

// Under the lock nobody else writes such files, so they were left by a run that was killed.
function sweep({ folder, name }: Place): void {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const drafts = new RegExp(`^\\.${escaped}\\.[0-9a-f]{12}\\.tmp$`);
  for (const entry of readdirSync(folder.at('.'))) {
    if (drafts.test(entry)) discard(folder.at(entry));
  }
}
