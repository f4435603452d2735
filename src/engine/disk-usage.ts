import { Trouble } from '../errors.ts';
import { type Free, freeAt } from './free-space.ts';
import type { Ask, Root } from './read-inventory.ts';

/** Measures what is free, again and again; `place` is what is measured. */
export interface Gauge {
  readonly place: string;
  measure(): Promise<Free>;
}

/** The gauge for a path of this machine; nothing when it is not there. */
export function gaugeAt(path: string): Gauge | undefined {
  if (freeAt(path) === undefined) return undefined;
  return {
    place: path,
    async measure() {
      const free = freeAt(path);
      if (free !== undefined) return free;
      throw new Trouble(`${path} is gone, so free space cannot be measured any more.`);
    },
  };
}

/**
 * A gauge for an engine whose disk cannot be seen from here: `df` in a container of one of the images that are there
 * already; nothing when none of them has a df. Inodes are counted only when they matter.
 */
export async function gaugeByContainer(
  ask: Ask,
  root: Root,
  images: readonly string[],
  hasFiles: boolean,
): Promise<Gauge | undefined> {
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
