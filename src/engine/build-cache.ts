import { bytesOf } from '../text/size.ts';
import type { BuildCache } from './inventory.ts';

/** What only `system df` tells: the part of an image that is its own (by the first 12 digits of its id), sizes of volumes, the build cache. */
export interface Usage {
  readonly images: ReadonlyMap<string, number>;
  readonly volumes: ReadonlyMap<string, number>;
  readonly buildCache: BuildCache;
}

/** Reads `system df --verbose`: Docker's object, or the tables that Podman prints. */
export const usageOf = (words: string): Usage =>
  words.trimStart().startsWith('{') ? usageOfObject(words) : usageOfTables(words);

interface Row {
  readonly [field: string]: string | boolean | undefined;
}

function usageOfObject(words: string): Usage {
  const { Images, Volumes, BuildCache } = JSON.parse(words) as Record<string, Row[] | null>;
  return {
    images: sizesOf(
      Images ?? [],
      (row) =>
        String(row.ID)
          .replace(/^sha256:/, '')
          .slice(0, 12),
      'UniqueSize',
    ),
    volumes: sizesOf(Volumes ?? [], (row) => String(row.Name), 'Size'),
    buildCache: buildCacheOf(BuildCache ?? []),
  };
}

const sizesOf = (rows: readonly Row[], key: (row: Row) => string, field: string): Map<string, number> =>
  new Map(
    rows.flatMap((row) => {
      const size = bytesOf(String(row[field]));
      return size === undefined ? [] : [[key(row), size] as const];
    }),
  );

function buildCacheOf(rows: readonly Row[]): BuildCache {
  const isOn = (word: unknown) => word === true || word === 'true';
  // What is shared is counted with the images.
  const own = rows.filter(({ Shared }) => !isOn(Shared));
  const total = (some: readonly Row[]) =>
    some.reduce((sum, { Size }) => sum + (bytesOf(String(Size)) ?? 0), 0);
  return { count: rows.length, size: total(own), unused: total(own.filter(({ InUse }) => !isOn(InUse))) };
}

function usageOfTables(words: string): Usage {
  const [images, volumes] = ['IMAGE ID', 'VOLUME NAME'].map((title) => tableWith(words, title));
  return {
    images: sizesOf(images!, (row) => String(row['IMAGE ID']), 'UNIQUE SIZE'),
    volumes: sizesOf(volumes!, (row) => String(row['VOLUME NAME']), 'SIZE'),
    buildCache: { count: 0, size: 0, unused: 0 },
  };
}

// The first table that has this title: cells stand two blanks or more apart, and none of those read here is empty.
function tableWith(words: string, title: string): Row[] {
  const lines = words.split('\n');
  const start = lines.findIndex((line) => line.includes(title));
  if (start < 0) return [];
  const titles = lines[start]!.trim().split(/\s{2,}/);
  const end = lines.findIndex((line, at) => at > start && line.trim() === '');
  return lines.slice(start + 1, end < 0 ? undefined : end).map((line) =>
    Object.fromEntries(
      line
        .trim()
        .split(/\s{2,}/)
        .map((cell, at) => [titles[at] ?? at, cell]),
    ),
  );
}
