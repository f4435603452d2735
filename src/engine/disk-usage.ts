import { statfsSync } from 'node:fs';
import { Trouble } from '../errors.ts';
import type { Ask, Root } from './read-inventory.ts';

/** Measures what is free, again and again; `place` is what is measured. */
export interface DiskUsage {
  readonly place: string;
  measure(): Promise<Free>;
}

/** The gauge for a path of this machine; nothing when it is not there. */
export function diskUsageAt(path: string): DiskUsage | undefined {
  if (freeAt(path) === undefined) return undefined;
  return {
    place: path,
    async measure() {
      const free = freeAt(path);
      if (free !== undefined) return free;
      throw new Trouble(`${path} no longer exists, so free space cannot be measured.`);
    },
  };
}

/**
 * A gauge for an engine whose disk cannot be seen from here: `df` in a container of one of the images that are there
 * already; nothing when none of them has a df. Inodes are counted only when they matter.
 */
export async function diskUsageByContainer(
  ask: Ask,
  root: Root,
  images: readonly string[],
  hasFiles: boolean,
): Promise<DiskUsage | undefined> {
  for (const image of images) {
    let first = await measureIn(ask, image, hasFiles).catch(passOver);
    if (first === undefined) continue;
    const measure = async () => {
      const free = first ?? (await measureIn(ask, image, hasFiles));
      first = undefined;
      return free;
    };
    return { place: root.path, measure };
  }
  return undefined;
}

async function measureIn(ask: Ask, image: string, hasFiles: boolean): Promise<Free> {
  const df = async (flag: string) => {
    const words = [
      'run',
      '--rm',
      '--pull=never',
      '--network=none',
      '--entrypoint=df',
      image,
      '-P',
      flag,
      '/',
    ];
    const last = (await ask(words)).trim().split('\n').at(-1) ?? '';
    const [, size = 0, , free = 0] = last.split(/\s+/).map(Number);
    return { size, free };
  };
  const space = await df('-k');
  const files = hasFiles ? await df('-i') : { size: 0, free: 0 };
  return {
    bytes: space.free * 1024,
    size: space.size * 1024,
    ...(files.size > 0 && { files: files.free }),
  };
}

// An image without df says so in many ways; that the engine is away it says at the next question.
function passOver(error: unknown): undefined {
  if (!(error instanceof Trouble)) throw error;
}

/** What is free on a file system, in bytes and in files; `files` is absent where it has no fixed number of them. */
export interface Free {
  readonly bytes: number;
  readonly files?: number;
  readonly size: number;
}

/** One limit: cleaning begins below `low` and ends at `expected`. */
export interface Limit {
  readonly low: number;
  readonly expected: number;
}

/** When to clean and how far; without any limit all goes that may go. */
export interface Limits {
  readonly bytes?: Limit;
  readonly files?: Limit;
}

/** What is free where a path lies, for those without special rights; nothing when the path is not there. */
export function freeAt(path: string): Free | undefined {
  try {
    const { bavail, bsize, blocks, files, ffree } = statfsSync(path);
    return { bytes: bavail * bsize, size: blocks * bsize, ...(files > 0 && { files: ffree }) };
  } catch {
    return undefined;
  }
}

/** Whether a limit was given at all. */
export const hasLimit = ({ bytes, files }: Limits): boolean => bytes !== undefined || files !== undefined;

/** Whether something is under its limit, so that cleaning begins. */
export const isLow = (free: Free, { bytes, files }: Limits): boolean =>
  under(free.bytes, bytes?.low) || under(free.files, files?.low);

/** Whether everything is where it should be, so that cleaning ends. */
export const isReached = (free: Free, { bytes, files }: Limits): boolean =>
  !under(free.bytes, bytes?.expected) && !under(free.files, files?.expected);

const under = (free: number | undefined, limit: number | undefined): boolean =>
  free !== undefined && limit !== undefined && free < limit;

/**
 * How many of some removals, in their order, should bring what is expected, by the sizes that are known; nothing when
 * that cannot be said: files are not counted beforehand, and all together may be too little.
 */
export function enoughOf(
  removals: readonly { readonly size: number | undefined }[],
  free: Free,
  { bytes, files }: Limits,
): number | undefined {
  if (under(free.files, files?.expected)) return undefined;
  let sum = free.bytes;
  for (const [at, { size }] of removals.entries()) {
    sum += size ?? 0;
    if (!under(sum, bytes?.expected)) return at + 1;
  }
  return undefined;
}
