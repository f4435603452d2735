/** A mount of a container. */
export interface Mount {
  readonly type: 'bind' | 'volume';
  /** The path on the machine of the engine, or the name of the volume. */
  readonly source: string;
  readonly target: string;
  /** As behind the second colon of --volume, without `rw`: ro, z, Z, rshared, … */
  readonly options: readonly string[];
  /** As --mount takes it, where it was said so; it can say more than the other form. */
  readonly long?: string;
}

/** A port of the container that the machine answers for. */
export interface Port {
  /** With its protocol: 8093/tcp. */
  readonly container: string;
  /** Empty when the engine picks one. */
  readonly host: string;
  /** Empty for every address. */
  readonly ip: string;
}

/** A network that the container is in, with what it is called there. */
export interface Network {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
  readonly linkLocal?: readonly string[];
  /** CONTAINER:ALIAS, in a network of one's own. */
  readonly links?: readonly string[];
  readonly driverOptions?: Readonly<Record<string, string>>;
}

/** How the engine looks after the health of the container; times in nanoseconds, as the engines keep them. */
export interface Health {
  /** As engines keep it: CMD and words, CMD-SHELL and one line, or NONE; empty when nothing but times were said. */
  readonly test: readonly string[];
  readonly interval?: number;
  readonly timeout?: number;
  readonly startPeriod?: number;
  readonly startInterval?: number;
  readonly retries?: number;
}

/** One more flag of `run`; a switch has no value. */
export interface RunFlag {
  readonly flag: `--${string}`;
  readonly value?: string;
}

/** All that makes one runner container what it is; what its image says by itself is not repeated. */
export interface ContainerSettings {
  readonly name: string;
  /** The reference that the container was made from. */
  readonly image: string;
  /** `no`, `always`, `unless-stopped` or `on-failure[:N]`. */
  readonly restart: string;
  readonly mounts: readonly Mount[];
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly Port[];
  /** NAME:ADDRESS. */
  readonly extraHosts: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly securityOptions: readonly string[];
  /** The networks, that of `--network` first; none for the engine's usual one. */
  readonly networks: readonly Network[];
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly args?: readonly string[];
  readonly health?: Health;
  readonly log?: { readonly driver?: string; readonly options: Readonly<Record<string, string>> };
  /** Everything else, in a fixed order. */
  readonly others: readonly RunFlag[];
}

/** Settings to begin with: a container of an image that says nothing else. */
export const plainContainer = (name: string, image: string): ContainerSettings => ({
  name,
  image,
  restart: 'no',
  mounts: [],
  env: {},
  ports: [],
  extraHosts: [],
  labels: {},
  securityOptions: [],
  networks: [],
  others: [],
});

/** How a container is doing, by `inspect`. */
export interface ContainerState {
  /** created, running, restarting, paused, exited, dead, … */
  readonly status: string;
  readonly running: boolean;
  readonly restarting: boolean;
  readonly exitCode: number;
  /** What the engine says went wrong. */
  readonly error: string;
  readonly outOfMemory: boolean;
  readonly restarts: number;
  /** ISO times; the year 1 stands for never. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** starting, healthy or unhealthy; absent without a health check. */
  readonly health?: string;
}

/** One container as it is: what it is, how it does, and what made it. */
export interface Container {
  readonly id: string;
  /** Of the image that it runs, with `sha256:` in front. */
  readonly imageId: string;
  readonly settings: ContainerSettings;
  /** All its variables, also those that its image or the engine sets itself. */
  readonly env: Readonly<Record<string, string>>;
  readonly state: ContainerState;
  /** Where each mount of its own lies on the machine of the engine, by its place in the container. */
  readonly places: Readonly<Record<string, string>>;
  readonly madeBy: Maker | undefined;
  /** Where its process begins, in the container. */
  readonly folder: string;
  /** What its image is called, as far as the image was looked at. */
  readonly imageNames: readonly string[];
  /** All that its process begins with, also what the image says. */
  readonly processWords: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** What made a container, when it was neither a person nor this program: to change it there. */
export type Maker =
  | {
      readonly kind: 'compose';
      readonly project: string;
      readonly service: string;
      readonly files: readonly string[];
    }
  | { readonly kind: 'systemd'; readonly unit: string };

/** An image as it is on the machine of the engine. */
export interface Image {
  /** With `sha256:` in front. */
  readonly id: string;
  readonly tags: readonly string[];
  /** NAME@sha256:…, for each registry that it came from. */
  readonly digests: readonly string[];
  readonly createdAt: string;
  readonly size: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Where gitlab-runner keeps its config in its image. */
export const configTarget = '/etc/gitlab-runner';
