import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytesOf } from '../text/size.ts';
import {
  type BuildCache,
  type Container,
  type Image,
  type Inventory,
  isOfRunner,
  isRunnerImage,
  jobOf,
  type Volume,
} from './inventory.ts';
/** Asks the engine by its own command, the words as a list; throws when it refuses. */
export type Ask = (words: readonly string[]) => Promise<string>;

/** Where the engine keeps its things, and the name of its storage driver. */
export interface Root {
  readonly path: string;
  readonly driver: string;
}

/** Asks where the engine keeps its things. */
export async function readRoot(ask: Ask): Promise<Root> {
  const answer = JSON.parse(await ask(['info', '--format', '{{json .}}'])) as {
    readonly DockerRootDir?: string;
    readonly Driver?: string;
    readonly store?: { readonly graphRoot?: string; readonly graphDriverName?: string };
  };
  const { DockerRootDir, Driver, store } = answer;
  return { path: DockerRootDir ?? store?.graphRoot ?? '', driver: Driver ?? store?.graphDriverName ?? '' };
}

/** Asks the engine for all that takes space on its disk. */
export async function readInventory(ask: Ask, program: 'docker' | 'podman', root: Root): Promise<Inventory> {
  const [usage, images, containers, volumes] = await Promise.all([
    readUsage(ask, program),
    inspectAll(ask, 'image', ['image', 'ls', '--quiet', '--no-trunc'], []),
    inspectAll(ask, 'container', ['container', 'ls', '--all', '--quiet', '--no-trunc'], ['--size']),
    inspectAll(ask, 'volume', ['volume', 'ls', '--quiet'], []),
  ]);
  return {
    images: images.map((one) => imageOf(one as RawImage, usage, root)),
    containers: containers.map((one) => containerOf(one as RawContainer)),
    volumes: volumes.map((one) => volumeOf(one as RawVolume, usage)),
    buildCache: usage.buildCache,
  };
}

async function readUsage(ask: Ask, program: 'docker' | 'podman'): Promise<Usage> {
  // Podman has its list as a table only.
  const format = program === 'docker' ? ['--format', '{{json .}}'] : [];
  return usageOf(await ask(['system', 'df', '--verbose', ...format]));
}

async function inspectAll(
  ask: Ask,
  kind: string,
  list: readonly string[],
  flags: readonly string[],
): Promise<unknown[]> {
  const ids = [...new Set((await ask(list)).split(/\s+/).filter(Boolean))];
  const found: unknown[] = [];
  for (let at = 0; at < ids.length; at += batch) {
    found.push(...(await inspect(ask, [kind, 'inspect', ...flags], ids.slice(at, at + batch))));
  }
  return found;
}

const batch = 100;

// Jobs come and go meanwhile: when one of many is gone, each is asked for alone.
async function inspect(ask: Ask, words: readonly string[], ids: readonly string[]): Promise<unknown[]> {
  try {
    return JSON.parse(await ask([...words, '--', ...ids])) as unknown[];
  } catch (error) {
    if (ids.length === 1 && isGone(error)) return [];
    if (!isGone(error)) throw error;
    const found: unknown[] = [];
    for (const id of ids) found.push(...(await inspect(ask, words, [id])));
    return found;
  }
}

/** Whether the engine says that there is no such thing (any more). */
export const isGone = (error: unknown): boolean =>
  error instanceof Error &&
  /no such (image|container|volume|object)|not known|does not exist/i.test(
    `${error.message} ${'why' in error ? error.why : ''}`,
  );

type Labels = Readonly<Record<string, string>> | null | undefined;

interface RawImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
  readonly Created?: string;
  readonly Size?: number;
  readonly Metadata?: { readonly LastTagTime?: string };
}

function imageOf(raw: RawImage, { images }: Usage, root: Root): Image {
  const tags = (raw.RepoTags ?? []).filter((name) => !name.includes('<none>'));
  const digests = (raw.RepoDigests ?? []).filter((name) => !name.includes('<none>'));
  const names = tags.length > 0 ? tags : digests;
  const own = images.get(bare(raw.Id).slice(0, 12));
  const stored = dateOf(raw.Metadata?.LastTagTime) ?? storedAt(root, raw.Id);
  return {
    id: raw.Id,
    names,
    isDangling: names.length === 0,
    isRunners: isRunnerImage(names),
    isLocal: tags.length > 0 && (digests.length === 0 || isMadeHere(tags, root, raw.Id)),
    created: dateOf(raw.Created) ?? new Date(0),
    size: raw.Size ?? 0,
    ...(stored && { stored }),
    ...(own !== undefined && { own }),
  };
}

const bare = (id: string): string => id.replace(/^sha256:/, '');

// Podman does not tell when an image was fetched, but its folder has that date.
function storedAt({ path, driver }: Root, id: string): Date | undefined {
  try {
    return statSync(join(path, `${driver}-images`, bare(id))).mtime;
  } catch {
    return undefined;
  }
}

// Podman gives every image a digest. What came from a registry has layers that are compressed in its manifest.
function isMadeHere(tags: readonly string[], { path, driver }: Root, id: string): boolean {
  if (tags.every((tag) => tag.startsWith('localhost/'))) return true;
  try {
    const manifest = readFileSync(join(path, `${driver}-images`, bare(id), 'manifest'), 'utf8');
    const { layers = [] } = JSON.parse(manifest) as { layers?: readonly { mediaType?: string }[] };
    return layers.some(({ mediaType = '' }) => /\.(diff\.)?tar$/.test(mediaType));
  } catch {
    return false;
  }
}

interface RawContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly Created?: string;
  readonly State: { readonly Status: string; readonly FinishedAt?: string };
  readonly SizeRw?: number;
  readonly Mounts?: readonly { readonly Type?: string; readonly Name?: string }[] | null;
  readonly Config: { readonly Image?: string; readonly Labels?: Labels };
}

function containerOf(raw: RawContainer): Container {
  const name = raw.Name.replace(/^\//, '');
  const labels = raw.Config.Labels ?? {};
  const [job, ended] = [jobOf(name, labels), dateOf(raw.State.FinishedAt)];
  return {
    id: raw.Id,
    name,
    image: raw.Image,
    imageName: raw.Config.Image ?? '',
    isStopped: /^(created|configured|initialized|exited|stopped|dead)$/.test(raw.State.Status),
    isRunners: isOfRunner(name, labels),
    created: dateOf(raw.Created) ?? new Date(0),
    size: raw.SizeRw ?? 0,
    volumes: (raw.Mounts ?? []).flatMap((mount) => mount.Name ?? []),
    ...(job !== undefined && { job }),
    ...(ended && { ended }),
  };
}

interface RawVolume {
  readonly Name: string;
  readonly CreatedAt?: string;
  readonly Labels?: Labels;
}

function volumeOf(raw: RawVolume, { volumes }: Usage): Volume {
  const [created, size] = [dateOf(raw.CreatedAt), volumes.get(raw.Name)];
  return {
    name: raw.Name,
    isRunners: isOfRunner(raw.Name, raw.Labels ?? {}),
    ...(created && { created }),
    ...(size !== undefined && { size }),
  };
}

// Docker and Podman write the first second of the year 1 for never.
function dateOf(words: string | undefined): Date | undefined {
  const date = new Date(words ?? Number.NaN);
  return date.getTime() > 0 ? date : undefined;
}

/** What only `system df` tells: the part of an image that is its own (by the first 12 digits of its id), sizes of volumes, the build cache. */
interface Usage {
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
