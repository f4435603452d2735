import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** One thing in a folder: a file with its bytes, a link with its target, or a folder (its path ends in `/`). */
export type Entry = { bytes?: Buffer; link?: string; mode: string };

/** What lies in a folder, by path relative to it, `/` between the parts, sorted. */
export type Folder = Map<string, Entry>;

/** Reads a folder with everything below it; a folder that does not exist is empty. */
export function readFolder(root: string, below = ''): Folder {
  const found: Folder = new Map();
  for (const name of namesIn(join(root, below))) {
    const path = below + name;
    const facts = lstatSync(join(root, path));
    const mode = (facts.mode & 0o7777).toString(8).padStart(4, '0');
    if (facts.isDirectory()) {
      found.set(`${path}/`, { mode });
      for (const [inner, entry] of readFolder(root, `${path}/`)) found.set(inner, entry);
    } else if (facts.isSymbolicLink()) {
      found.set(path, { link: readlinkSync(join(root, path)), mode: '0777' });
    } else {
      found.set(path, {
        bytes: facts.isFile() ? readFileSync(join(root, path)) : Buffer.from('(not a file)'),
        mode,
      });
    }
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Lays files, links and folders into `root`, with their modes. */
export function writeFolder(root: string, folder: Folder): void {
  mkdirSync(root, { recursive: true });
  for (const [path, entry] of folder) {
    const place = join(root, path);
    mkdirSync(path.endsWith('/') ? place : dirname(place), { recursive: true });
    if (entry.link !== undefined) symlinkSync(entry.link, place);
    else if (entry.bytes) writeFileSync(place, entry.bytes);
  }
  // Modes come last and from the inside out: a read-only folder could not be filled any more.
  for (const [path, entry] of [...folder].reverse()) {
    if (entry.link === undefined) chmodSync(join(root, path), Number.parseInt(entry.mode, 8));
  }
}

/** Removes a folder with everything in it, read-only folders included. */
export function removeFolder(root: string): void {
  for (const [path, entry] of readFolder(root)) {
    if (path.endsWith('/') && entry.mode !== '0700') chmodSync(join(root, path), 0o700);
  }
  rmSync(root, { recursive: true, force: true });
}
