import type { Stock } from './inventory.ts';
import type { Removal } from './removals.ts';

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
export function groupsOf(stock: Stock, removals: readonly Removal[]): Group[] {
  const going = new Map(removals.map((removal) => [`${removal.kind} ${removal.words[0]}`, removal]));
  const ofThings = kinds.map(({ key, name, things }) => {
    const all = things(stock);
    const gone = all.flatMap(({ word }) => going.get(word) ?? []);
    return { key, name, count: all.length, size: sum(all), going: gone.length, goingSize: sum(gone) };
  });
  const { count, size } = stock.buildCache;
  const builds = removals.filter(({ kind }) => kind === 'build cache');
  const cache = { count, size, going: builds.length > 0 ? count : 0, goingSize: sum(builds) };
  return [...ofThings, { key: 'buildCache', name: 'build cache', ...cache }];
}

/** One thing: the word by which a removal means it, and its size. */
interface Thing {
  readonly word: string;
  readonly size?: number | undefined;
}

const images = ({ images: all }: Stock, isRunners: boolean): Thing[] =>
  all
    .filter((image) => image.isRunners === isRunners)
    .map(({ id, names, size }) => ({ word: `image ${names[0] ?? id}`, size }));

const containers = ({ containers: all }: Stock, isRunners: boolean, isStopped?: boolean): Thing[] =>
  all
    .filter((one) => one.isRunners === isRunners && (isStopped ?? one.isStopped) === one.isStopped)
    .map(({ id, name, size }) => ({ word: `container ${name || id}`, size }));

const volumes = ({ volumes: all }: Stock, isRunners: boolean): Thing[] =>
  all
    .filter((volume) => volume.isRunners === isRunners)
    .map(({ name, size }) => ({ word: `volume ${name}`, size }));

const kinds: readonly { key: string; name: string; things(stock: Stock): Thing[] }[] = [
  { key: 'runnerImages', name: 'images of gitlab-runner itself', things: (stock) => images(stock, true) },
  { key: 'otherImages', name: 'other images', things: (stock) => images(stock, false) },
  {
    key: 'stoppedJobContainers',
    name: 'stopped job containers',
    things: (stock) => containers(stock, true, true),
  },
  {
    key: 'runningJobContainers',
    name: 'running job containers',
    things: (stock) => containers(stock, true, false),
  },
  { key: 'otherContainers', name: 'other containers', things: (stock) => containers(stock, false) },
  { key: 'jobCaches', name: 'cache volumes of jobs', things: (stock) => volumes(stock, true) },
  { key: 'otherVolumes', name: 'other volumes', things: (stock) => volumes(stock, false) },
];

const sum = (some: readonly { readonly size?: number | undefined }[]): number =>
  some.reduce((total, { size }) => total + (size ?? 0), 0);
