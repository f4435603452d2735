import { statfsSync } from 'node:fs';

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
