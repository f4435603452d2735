import { type Container, type Image, type Inventory, isRunnerImage, type Volume } from './inventory.ts';
/** What should stay. */
export interface RemovalRequest {
  readonly now: Date;
  /** What was made, fetched or used less than so many milliseconds ago stays. */
  readonly ttl: number;
  /** Images that stay: `ruby:*`, `registry.example.com/*`, a name without a tag for all of its tags, an id. */
  readonly keep: readonly string[];
  /** Whether each end of a name is a short form of it, as for Podman: `app` of `registry.example.com/group/app`. */
  readonly takesEnds?: boolean;
}

type Kind = 'container' | 'image' | 'volume' | 'build cache';

/** One thing that would be removed. */
export interface Removal {
  readonly kind: Kind;
  /** What it is called on the screen. */
  readonly name: string;
  /** What the engine is told to remove: its names, or its id. */
  readonly words: readonly string[];
  /** The bytes that should come free, as far as the engine knows. */
  readonly size: number | undefined;
  /** The last time that it is known to have been made, fetched or used. */
  readonly since?: Date;
  /** Whether it cannot be fetched again, as far as the engine knows. */
  readonly isLocal?: boolean;
}

/**
 * What would be removed, in this order: stopped containers of jobs, images without a name, caches of jobs, what builds
 * left, and images; of each the oldest first. Whatever a container uses that stays is not among them.
 */
export function planRemovals(inventory: Inventory, request: RemovalRequest): Removal[] {
  const containers = goingContainers(inventory.containers, request);
  const staying = inventory.containers.filter((one) => !containers.includes(one));
  const images = goingImages(inventory, staying, request);
  const ofImages = (some: readonly Image[]) =>
    oldestFirst(some.map((image) => imageRemoval(image, inventory.containers)));
  return [
    ...oldestFirst(containers.map(containerRemoval)),
    ...ofImages(images.filter(({ isDangling }) => isDangling)),
    ...oldestFirst(goingVolumes(inventory.volumes, staying, request).map(volumeRemoval)),
    ...buildCacheRemoval(inventory),
    ...ofImages(images.filter(({ isDangling }) => !isDangling)),
  ];
}

const oldestFirst = (removals: readonly Removal[]): Removal[] =>
  removals.toSorted((a, b) => Number(a.since ?? 0) - Number(b.since ?? 0));

const isOld = (since: Date | undefined, { now, ttl }: RemovalRequest): boolean =>
  since === undefined || now.getTime() - since.getTime() >= ttl;

const later = (...dates: readonly (Date | undefined)[]): Date | undefined =>
  dates.filter((date) => date !== undefined).toSorted((a, b) => b.getTime() - a.getTime())[0];

// The containers of a job start and end in turn: as long as one runs the others are needed.
function goingContainers(containers: readonly Container[], request: RemovalRequest): Container[] {
  const busy = new Set(
    containers
      .filter(({ isStopped, ended, created }) => !isStopped || !isOld(later(created, ended), request))
      .map(({ job }) => job),
  );
  return containers.filter(
    ({ isStopped, isRunners, job, created, ended }) =>
      isRunners &&
      isStopped &&
      isOld(later(created, ended), request) &&
      (job === undefined || !busy.has(job)),
  );
}

function goingVolumes(
  volumes: readonly Volume[],
  staying: readonly Container[],
  request: RemovalRequest,
): Volume[] {
  const used = new Set(staying.flatMap((container) => container.volumes));
  return volumes.filter(
    ({ name, isRunners, created }) => isRunners && !used.has(name) && isOld(created, request),
  );
}

function goingImages(inventory: Inventory, staying: readonly Container[], request: RemovalRequest): Image[] {
  const used = new Set(staying.map(({ image }) => image));
  const needed = neededByRunner(inventory);
  return inventory.images.filter(
    (image) =>
      !used.has(image.id) &&
      !needed.has(image.id) &&
      !isKept(image, request.keep, request.takesEnds) &&
      isOld(lastUse(image, inventory.containers), request),
  );
}

/** When an image was last known to be of use: fetched, or a container made of it; else when it was built. */
const lastUse = ({ id, stored, created }: Image, containers: readonly Container[]): Date | undefined => {
  const uses = containers.filter(({ image }) => image === id);
  return later(stored, ...uses.flatMap((one) => [one.created, one.ended])) ?? created;
};

/**
 * The images that gitlab-runner needs again at the next job although no container uses them now: its helper in the
 * version of a runner that is there as a container, and the newest of each.
 */
export function neededByRunner({ images, containers }: Inventory): Set<string> {
  const own = images.filter(({ names }) => isRunnerImage(names));
  const isHelper = (image: Image) => image.names.some((name) => name.includes('runner-helper'));
  const versions = containers
    .filter(({ imageName }) => isRunnerImage([imageName]))
    .map(({ imageName }) => versionIn(imageName));
  const newest = [own.filter(isHelper), own.filter((image) => !isHelper(image))].flatMap(newestOf);
  const matching = own.filter((image) => image.names.some((name) => versions.includes(versionIn(name))));
  return new Set([...newest, ...matching.filter(isHelper)].map(({ id }) => id));
}

// Tags of the helper name the machine, too: x86_64-v19.4.0, alpine3.21-x86_64-v19.4.0.
const versionIn = (name: string): string => name.replace(/^.*[:@]/, '').replace(/^.*?-(?=v\d)/, '');

function newestOf(images: readonly Image[]): Image[] {
  const [first] = images.toSorted((a, b) => b.created.getTime() - a.created.getTime());
  if (first === undefined) return [];
  const versions = first.names.map(versionIn);
  return images.filter(
    (image) => image === first || image.names.some((name) => versions.includes(versionIn(name))),
  );
}

/** Whether a pattern of the keep list means this image, by its whole name, by a shorter form of it, or by its id. */
export function isKept(
  { id, names }: Pick<Image, 'id' | 'names'>,
  keep: readonly string[],
  takesEnds = false,
): boolean {
  const bare = id.replace(/^sha256:/, '');
  return keep.some((pattern) => {
    if (
      /^[0-9a-f]{6,64}$/.test(pattern.replace(/^sha256:/, '')) &&
      bare.startsWith(pattern.replace(/^sha256:/, ''))
    )
      return true;
    const fits = globOf(pattern);
    return names.flatMap((name) => formsOf(name, takesEnds)).some((form) => fits.test(form));
  });
}

// docker.io/library/ruby:3.3 is also called library/ruby:3.3 and ruby:3.3, and all its tags ruby; so is what Podman built
// here, localhost/ruby:3.3.
function formsOf(name: string, takesEnds: boolean): string[] {
  const short = name.replace(/^((index\.)?docker\.io|localhost)\//, '');
  const bare = short.replace(/^library\//, '');
  const parts = name.split('/');
  const official = bare.includes('/') ? [] : [`library/${bare}`, `docker.io/library/${bare}`];
  const whole = [
    ...[name, short, bare],
    ...(/^(localhost|[^/]*[.:][^/]*)\//.test(short) || name.startsWith('localhost/')
      ? []
      : [`docker.io/${bare}`, ...official]),
    ...(takesEnds ? parts.map((_, at) => parts.slice(at).join('/')) : []),
  ];
  return whole.flatMap((form) => [form, form.replace(/(@[^/]*|:[^:/]*)$/, '')]);
}

const globOf = (pattern: string): RegExp => {
  const literal = pattern.replace(/[$()+.[\\\]^{|}]/g, '\\$&');
  return new RegExp(`^${literal.replace(/\*+/g, '.*').replaceAll('?', '.')}$`);
};

const containerRemoval = ({ id, name, size, created, ended }: Container): Removal => ({
  kind: 'container',
  name: name || shortId(id),
  words: [name || id],
  size,
  since: later(created, ended)!,
});

// Without force an engine takes an image away only by its last name.
function imageRemoval(image: Image, containers: readonly Container[]): Removal {
  const { id, names, isDangling, isLocal, size, own } = image;
  return {
    kind: 'image',
    name: isDangling ? shortId(id) : names.join(', '),
    words: names.length > 0 ? names : [id],
    size: own ?? size,
    since: lastUse(image, containers)!,
    ...(isLocal && { isLocal }),
  };
}

const volumeRemoval = ({ name, size, created }: Volume): Removal => ({
  kind: 'volume',
  name,
  words: [name],
  size,
  ...(created && { since: created }),
});

function buildCacheRemoval({ buildCache: { count, unused } }: Inventory): Removal[] {
  if (count === 0 || unused === 0) return [];
  return [{ kind: 'build cache', name: 'what no build uses', words: [], size: unused }];
}

const shortId = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);

/** How much of one kind there is, and how much of it would go. */
interface Group {
  /** What scripts call it. */
  readonly key: string;
  readonly name: string;
  readonly count: number;
  readonly size: number;
  readonly going: number;
  readonly goingSize: number;
}

/** What takes space by kinds, what gitlab-runner made apart from what others made. */
export function groupsOf(inventory: Inventory, removals: readonly Removal[]): Group[] {
  const going = new Map(removals.map((removal) => [`${removal.kind} ${removal.words[0]}`, removal]));
  const ofThings = kinds.map(({ key, name, things }) => {
    const all = things(inventory);
    const gone = all.flatMap(({ word }) => going.get(word) ?? []);
    return { key, name, count: all.length, size: sum(all), going: gone.length, goingSize: sum(gone) };
  });
  const { count, size } = inventory.buildCache;
  const builds = removals.filter(({ kind }) => kind === 'build cache');
  const cache = { count, size, going: builds.length > 0 ? count : 0, goingSize: sum(builds) };
  return [...ofThings, { key: 'buildCache', name: 'build cache', ...cache }];
}

/** One thing: the word by which a removal means it, and its size. */
interface Thing {
  readonly word: string;
  readonly size?: number | undefined;
}

const images = ({ images: all }: Inventory, isRunners: boolean): Thing[] =>
  all
    .filter((image) => image.isRunners === isRunners)
    .map(({ id, names, size }) => ({ word: `image ${names[0] ?? id}`, size }));

const containers = ({ containers: all }: Inventory, isRunners: boolean, isStopped?: boolean): Thing[] =>
  all
    .filter((one) => one.isRunners === isRunners && (isStopped ?? one.isStopped) === one.isStopped)
    .map(({ id, name, size }) => ({ word: `container ${name || id}`, size }));

const volumes = ({ volumes: all }: Inventory, isRunners: boolean): Thing[] =>
  all
    .filter((volume) => volume.isRunners === isRunners)
    .map(({ name, size }) => ({ word: `volume ${name}`, size }));

const kinds: readonly { key: string; name: string; things(inventory: Inventory): Thing[] }[] = [
  {
    key: 'runnerImages',
    name: 'images of gitlab-runner itself',
    things: (inventory) => images(inventory, true),
  },
  { key: 'otherImages', name: 'other images', things: (inventory) => images(inventory, false) },
  {
    key: 'stoppedJobContainers',
    name: 'stopped job containers',
    things: (inventory) => containers(inventory, true, true),
  },
  {
    key: 'runningJobContainers',
    name: 'running job containers',
    things: (inventory) => containers(inventory, true, false),
  },
  { key: 'otherContainers', name: 'other containers', things: (inventory) => containers(inventory, false) },
  { key: 'jobCaches', name: 'cache volumes of jobs', things: (inventory) => volumes(inventory, true) },
  { key: 'otherVolumes', name: 'other volumes', things: (inventory) => volumes(inventory, false) },
];

const sum = (some: readonly { readonly size?: number | undefined }[]): number =>
  some.reduce((total, { size }) => total + (size ?? 0), 0);
