import { lstatSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Trouble } from '../errors.ts';
import type { HeldFolder } from '../files/folder.ts';
import { isTrusted } from '../files/owner.ts';
import { readPlainFile } from '../files/plain.ts';
import { removeFile, showFile } from '../text/shell-quote.ts';
import { decode, diskTrouble } from './read-file.ts';

/** What was run when a file was changed. */
export interface Run {
  readonly at: Date;
  /** The command line, without secrets. */
  readonly command: string;
}

/** The name under which the version before the last change of a file is kept beside it. */
export const keptName = (name: string): string => `.${name}.previous`;

/** Where that version is kept. */
export const keptBeside = (real: string): string => join(dirname(real), keptName(basename(real)));

/**
 * The version before the last change of a file; undefined when none was kept. Throws for anything that no run of this
 * program has put there: a link, or a file of a user who is neither trusted nor the owner of the file itself.
 */
export const readKept = (real: string, folder?: HeldFolder): string | undefined =>
  readBeside(real, keptName(basename(real)), folder);

/** What this program has put beside a file, under a name; undefined when nothing is there. Throws as `readKept` does. */
export function readBeside(real: string, name: string, folder?: HeldFolder): string | undefined {
  const path = join(dirname(real), name);
  try {
    const { bytes, stats } = readPlainFile(folder === undefined ? path : folder.at(name));
    refuseForeign(path, real, stats);
    return decode(path, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ELOOP') throw strange(path, 'is a symbolic link');
    throw error instanceof Trouble ? error : diskTrouble(path, error as NodeJS.ErrnoException, 'read');
  }
}

function refuseForeign(path: string, real: string, { uid, nlink }: Stats): void {
  const owner = lstatSync(real, { throwIfNoEntry: false })?.uid;
  if (!isTrusted(uid) && uid !== owner) throw strange(path, `belongs to another user (uid ${uid})`);
  if (nlink > 1 && !isTrusted(lstatSync(dirname(real)).uid)) throw strange(path, 'has another hard link');
}

const strange = (path: string, what: string): Trouble =>
  new Trouble(`${path} ${what}, so it is not a backup made by runner-setup`, {
    why: 'A user with write access to the folder could make runner-setup show or restore a file of another user.',
    hint: `Check it: ${showFile(path)}\nThen remove it; the next change makes a new backup: ${removeFile(path)}`,
  });
