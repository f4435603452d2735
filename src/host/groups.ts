import type { Removal } from './removals.ts';
import type { Stock } from './stock.ts';

/** How much of one kind there is, and how much of it would go. */
export interface Group {
  /** What scripts call it. */
  readonly key: string;
  readonly name: string;
  readonly count: number;
  readonly size: number;
  readonly going: number;
  readonly goingSize: number;
}

/** What takes space by kinds, what gitlab-runner made apart from what others made. */
export function groupsOf(
  { images, containers, volumes, buildCache }: Stock,
  removals: readonly Removal[],
): Group[] {
  const going = new Map(removals.map((removal) => [`${removal.kind} ${removal.words[0]}`, removal]));
  const group = <T extends { readonly size?: number }>(
    [key, name]: readonly [string, string],
    some: readonly T[],
    word: (one: T) => string,
  ): Group => {
    const gone = some.flatMap((one) => going.get(word(one)) ?? []);
    return { key, name, count: some.length, size: sum(some), going: gone.length, goingSize: sum(gone) };
  };
  const image = ({ id, names }: (typeof images)[number]) => `image ${names[0] ?? id}`;
  const container = ({ name, id }: (typeof containers)[number]) => `container ${name || id}`;
  const volume = ({ name }: { readonly name: string }) => `volume ${name}`;
  const builds = removals.filter(({ kind }) => kind === 'build cache');
  return [
    group(
      ['runnerImages', 'images of gitlab-runner itself'],
      images.filter(({ isRunners }) => isRunners),
      image,
    ),
    group(
      ['otherImages', 'other images'],
      images.filter(({ isRunners }) => !isRunners),
      image,
    ),
    group(
      ['stoppedJobContainers', 'stopped job containers'],
      containers.filter((one) => one.isRunners && one.isStopped),
      container,
    ),
    group(
      ['runningJobContainers', 'running job containers'],
      containers.filter((one) => one.isRunners && !one.isStopped),
      container,
    ),
    group(
      ['otherContainers', 'other containers'],
      containers.filter(({ isRunners }) => !isRunners),
      container,
    ),
    group(
      ['jobCaches', 'cache volumes of jobs'],
      volumes.filter(({ isRunners }) => isRunners),
      volume,
    ),
    group(
      ['otherVolumes', 'other volumes'],
      volumes.filter(({ isRunners }) => !isRunners),
      volume,
    ),
    {
      key: 'buildCache',
      name: 'build cache',
      count: buildCache.count,
      size: buildCache.size,
      going: builds.length && buildCache.count,
      goingSize: sum(builds),
    },
  ];
}

const sum = (some: readonly { readonly size?: number | undefined }[]): number =>
  some.reduce((total, { size }) => total + (size ?? 0), 0);
