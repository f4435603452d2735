/** An image on the engine's disk. */
export interface Image {
  readonly id: string;
  /** What it is called, each of which can be removed: tags, else digests, else nothing. */
  readonly names: readonly string[];
  /** Whether it has no tag and no digest, so that no job can mean it. */
  readonly isDangling: boolean;
  readonly isRunners: boolean;
  /** Whether no registry is known to have it: it was built or loaded here. */
  readonly isLocal: boolean;
  readonly created: Date;
  /** When it came onto this disk, where the engine tells it. */
  readonly stored?: Date;
  readonly size: number;
  /** What goes with it: its size without the layers of others, where that is known. */
  readonly own?: number;
}

/** A container, running or not. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** What it was started from, as it was written: `gitlab/gitlab-runner:v19.4.0`. */
  readonly imageName: string;
  readonly isStopped: boolean;
  readonly isRunners: boolean;
  /** What the containers of one job have in common. */
  readonly job?: string;
  readonly created: Date;
  readonly ended?: Date;
  readonly size: number;
  readonly volumes: readonly string[];
}

/** A named or nameless volume. */
export interface Volume {
  readonly name: string;
  readonly isRunners: boolean;
  readonly created?: Date;
  readonly size?: number;
}

/** What builds have left, all together. */
export interface BuildCache {
  readonly count: number;
  readonly size: number;
  /** What no build uses at the moment. */
  readonly unused: number;
}

/** All that takes space on the disk of an engine. */
export interface Inventory {
  readonly images: readonly Image[];
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
  readonly buildCache: BuildCache;
}

const managed = 'com.gitlab.gitlab-runner.managed';

/**
 * Whether gitlab-runner made this container or volume: by its label (labels.go), or by the names that it gave before
 * it had labels and still gives.
 */
export const isOfRunner = (name: string, labels: Readonly<Record<string, string>>): boolean =>
  labels[managed] === 'true' || cacheName.test(name) || jobName.exec(name) !== null;

// Up to 32 hex digits in place of the project came with 18.4.
const cacheName = /^runner-.+-cache-[0-9a-f]{32}(-protected)?$/;
const jobName = /^(runner-.+-project-\d+-concurrent-\d+)(-.*)?$/;

/** What tells the job of a container: its label, else the slot in its name. */
export function jobOf(name: string, labels: Readonly<Record<string, string>>): string | undefined {
  return labels['com.gitlab.gitlab-runner.job.id'] ?? jobName.exec(name)?.[1];
}

/** Whether an image is gitlab-runner's own or its helper's. */
export const isRunnerImage = (names: readonly string[]): boolean =>
  names.some((name) => runnerImage.test(name));

const runnerImage =
  /(^|\/)(gitlab\/gitlab-runner|gitlab-org\/gitlab-runner(\/[\w-]+)?|gitlab-runner-helper)[:@]/;
