import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readRegularBytes } from '../../files/plain.ts';

/** Where services of a machine are looked for: below a root folder, for the user who asks. */
export interface ServicePlace {
  /** `/`, or another folder that holds the files of a machine. */
  readonly root: string;
  readonly uid: number | undefined;
  readonly home: string;
}

/** More bytes than any file of a service has. */
const mostBytes = 256 * 1024;

/** The text of a file of a service; empty where it cannot be read, or is too long to be one. */
export const textOf = (file: string): string => bytesOf(file).toString();

/** The same as the bytes that the file holds. */
export function bytesOf(file: string): Buffer {
  try {
    const bytes = readRegularBytes(file);
    return bytes.length > mostBytes ? nothing : bytes;
  } catch {
    return nothing;
  }
}

const nothing = Buffer.alloc(0);

/** What is in a folder; nothing where it cannot be read. */
export function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** The names in a folder, which may have hundreds; none where it cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether something has this path, be it a link that leads nowhere; not where the user may not look. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** A user of the machine by name or number: as its user database has them. */
export function userOf(
  root: string,
  nameOrId: string,
): { name: string; uid: number; home: string } | undefined {
  for (const line of textOf(join(root, 'etc/passwd')).split('\n')) {
    const [name = '', , uid, , , home = ''] = line.split(':');
    if (name === nameOrId || uid === nameOrId) return { name, uid: Number(uid), home };
  }
  return undefined;
}
