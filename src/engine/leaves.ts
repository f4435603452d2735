import { constants } from 'node:os';
import { at, strings, textAt, texts } from './inspected.ts';
import type { Inspected } from './run.ts';

/** What `inspect` prints of a container and of its image; the image may be gone. */
export interface InspectedPair {
  readonly printed: Inspected;
  readonly image: Inspected | undefined;
}

/** The values of one container by their paths, as text that can be compared; what is empty is none. */
export type Leaves = ReadonlyMap<string, string>;

/** All values that `inspect` shows of a container, by their paths; its own id and name in them are written as such. */
export const leavesOf = ({ printed }: InspectedPair): Leaves => flat(tidy(printed), namer(printed));

/** What an image says of the values of its containers, by the same paths. */
export function leavesOfImage({ image }: InspectedPair): Leaves {
  const health = at(image, 'Config', 'Healthcheck') ?? at(image, 'HealthCheck') ?? at(image, 'Healthcheck');
  const config = { ...(at(image, 'Config') as object), Healthcheck: health };
  const exposed = Object.keys(strings(at(config, 'ExposedPorts')));
  const PortBindings = Object.fromEntries(exposed.map((port) => [port, null]));
  const volumes = Object.keys(strings(at(config, 'Volumes')));
  const tidied = tidy({ Config: config, HostConfig: { PortBindings } });
  return new Map([
    ...flat(tidied, (text) => text),
    ...volumes.map((place): [string, string] => [`Mounts.${place}`, there]),
  ]);
}

// The order of a list and of what has a key of its own says nothing, but for the words of the process.
function tidy(printed: Inspected): Inspected {
  const { Path, Args, Config, HostConfig, Mounts, ...rest } = printed;
  const { Cmd, Entrypoint, ...config } = (Config ?? {}) as Inspected;
  const host = (HostConfig ?? {}) as Inspected;
  const env = texts(config.Env).map((line) => [line.split('=', 1)[0]!, line.slice(line.indexOf('=') + 1)]);
  return {
    ...rest,
    // An engine keeps the words of an entry point apart from those behind it; the process has them all.
    Words: JSON.stringify(
      Path === undefined ? [...texts(Entrypoint), ...texts(Cmd)] : [Path, ...texts(Args)],
    ),
    Mounts: keyed(((Mounts ?? []) as Inspected[]).map(withoutOwnMode), 'Destination'),
    Config: {
      ...config,
      Env: Object.fromEntries(env),
      StopSignal: signalNumber(textAt(config, 'StopSignal')),
      WorkingDir: textAt(config, 'WorkingDir') || '/',
      Healthcheck: wholeHealth(config.Healthcheck),
    },
    HostConfig: {
      ...host,
      Binds: Object.fromEntries(texts(host.Binds).map((bind) => [targetOf(bind), sortedBind(bind)])),
      Links: texts(host.Links).map((link) => link.replace(`:${textAt(rest, 'Name')}/`, ':/NAME/')),
      RestartPolicy: {
        ...(host.RestartPolicy as object),
        Name: textAt(host, 'RestartPolicy', 'Name') || 'no',
      },
      Mounts: keyed(host.Mounts, 'Target'),
      NetworkMode: textAt(host, 'NetworkMode').replace(/^default$/, 'bridge'),
    },
  };
}

// Docker itself writes z for the volumes that were named.
const withoutOwnMode = (mount: Inspected): Inspected =>
  mount.Type === 'volume' && mount.Mode === 'z' ? { ...mount, Mode: '' } : mount;

const keyed = (list: unknown, key: string): Record<string, unknown> =>
  Object.fromEntries(((list ?? []) as Inspected[]).map((one) => [textAt(one, key), one]));

const targetOf = (bind: string): string => /(?<=:)\/[^:]*/.exec(bind)?.[0] ?? bind;

const sortedBind = (bind: string): string =>
  bind.replace(/(?<=:\/[^:]*:)[^:]*$/, (options) => options.split(',').sort().join());

/** A signal as its number, which Podman prints where Docker prints the name. */
export const signalNumber = (signal: string): number =>
  Number(signal) || constants.signals[`SIG${signal.replace(/^SIG/, '')}` as NodeJS.Signals] || 15;

// Podman says what counts when nothing is said, Docker does not.
function wholeHealth(health: unknown): unknown {
  if (texts(at(health, 'Test')).length === 0) return undefined;
  const said = Object.entries(health as object).filter(([, value]) => value !== 0);
  return JSON.stringify(ordered({ Interval: 30e9, Timeout: 30e9, Retries: 3, ...Object.fromEntries(said) }));
}

// In these each key is somebody's word, whatever is behind it.
const maps =
  /^(Mounts|Config\.(Env|Labels|ExposedPorts|Volumes|Annotations)|HostConfig\.(Binds|Mounts|PortBindings|Sysctls|StorageOpt|Tmpfs|Annotations|LogConfig\.Config)|NetworkSettings\.Networks(\.[^.]+\.DriverOpts)?)$/;

const there = 'there';

function flat(tree: Inspected, name: (text: string) => string, above = ''): Map<string, string> {
  const isMap = maps.test(above);
  return new Map(
    Object.entries(tree).flatMap(([key, value]): [string, string][] => {
      const path = above === '' ? key : `${above}.${key}`;
      const mark: [string, string][] = isMap ? [[path, there]] : [];
      if (value === undefined || value === null || value === '') return mark;
      if (typeof value === 'object' && !Array.isArray(value))
        return [...mark, ...flat(value as Inspected, name, path)];
      return Array.isArray(value) && value.length === 0 ? mark : [[path, leaf(value, name)]];
    }),
  );
}

const leaf = (value: unknown, name: (text: string) => string): string =>
  JSON.stringify(ordered(JSON.parse(name(JSON.stringify(value)))));

// Newer Dockers write CAP_NET_ADMIN where older ones had NET_ADMIN.
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.every((one) => typeof one === 'string')
      ? value.map((one: string) => one.replace(/^CAP_/, '')).sort()
      : value.map(ordered);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, ordered(part)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

// Paths, host names and aliases that an engine makes itself have the id in them.
function namer(printed: Inspected): (text: string) => string {
  const [id, name] = [textAt(printed, 'Id'), textAt(printed, 'Name').replace(/^\//, '')];
  const own = new RegExp(`\\b(${id}|${id.slice(0, 12)})\\b`, 'g');
  return (text) => {
    const tidied = id === '' ? text : text.replace(own, 'ID');
    return name === '' ? tidied : tidied.replaceAll(`"${name}"`, '"NAME"');
  };
}
