import { closeSync, fsyncSync, ftruncateSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Trouble } from '../errors.ts';
import { throughLink } from '../files/folder.ts';

/** A new file that only its owner can read, open and with room for a secret that is still to come. */
export interface SecretFile {
  readonly path: string;
  /** Puts bytes behind the text at once, without waiting for the disk; what cannot be written is left to `fill`. */
  append(bytes: Uint8Array): void;
  /** Puts the text with the secret in place of what it holds, at once and flushed to the disk; false when that failed. */
  fill(text: string): boolean;
  /** Leaves it where it is. */
  close(): void;
  remove(): void;
}

/**
 * Makes a file beside another one, in which a secret is to stand that must not be lost. It holds `text` first, and the
 * room for some more is taken. Throws what the system says.
 */
export function openSecretFile(beside: string, text: string): SecretFile {
  const { path, file } = create(`${realPath(beside)}${ending}`);
  let isOpen = true;
  const shut = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  const close = () => {
    // The room that was taken is needed no longer.
    if (isOpen) isDone(() => ftruncateSync(file, end));
    shut();
  };
  const remove = () => {
    shut();
    // One that stays is found by the next run, for which nothing is left to do.
    isDone(() => rmSync(path, { force: true }));
  };
  const length = Buffer.byteLength(text);
  const room = length + 2048;
  let end = length;
  const append = (bytes: Uint8Array) => {
    isDone(() => writeSync(file, bytes, 0, bytes.length, end));
    end += bytes.length;
  };
  try {
    put(file, text, room);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    path,
    append,
    fill: (full) =>
      isDone(() => {
        replace(file, full, Math.max(room, end));
        end = Buffer.byteLength(full);
      }),
    close,
    remove,
  };
}

/** The files of this kind that stand beside a file, such as those that a run left which was killed. */
export function secretFilesBeside(path: string): string[] {
  const real = `${realPath(path)}${ending}`;
  const [folder, name] = [dirname(real), basename(real)];
  const isOne = (entry: string) => entry.startsWith(name) && /^(-\d+)?$/.test(entry.slice(name.length));
  return namesIn(folder)
    .filter(isOne)
    .sort()
    .map((entry) => join(folder, entry));
}

const ending = '.new-token';

// Beside the file itself, where a link leads to it that may be followed.
function realPath(path: string): string {
  try {
    return throughLink(path);
  } catch (error) {
    if (error instanceof Trouble) throw error;
    return path;
  }
}

// Who may not look into the folder has nothing to finish there.
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function create(wanted: string): { path: string; file: number } {
  for (let number = 1; ; number++) {
    const path = number === 1 ? wanted : `${wanted}-${number}`;
    try {
      return { path, file: openSync(path, 'wx', 0o600) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number === 999) throw error;
    }
  }
}

// Line ends fill the room, so that one text replaces another in one step, and is whole at each moment.
function put(file: number, text: string, room: number): void {
  const bytes = Buffer.from(text.padEnd(room - Buffer.byteLength(text) + text.length, '\n'));
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, done);
  fsyncSync(file);
}

function replace(file: number, text: string, room: number): void {
  put(file, text, room);
  ftruncateSync(file, Buffer.byteLength(text));
}

function isDone(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
