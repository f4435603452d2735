import type { ContainerSettings, RunFlag } from './container.ts';
import { strangeFlags } from './create-command.ts';
import { at, textAt } from './inspected.ts';
import type { Inspected } from './run.ts';

/**
 * What of a container cannot be said to `create` again, by what `inspect` prints of it; a line each. These are known
 * before anything is done.
 */
export function uncarried(container: Inspected): string[] {
  const mounts = ((at(container, 'Mounts') ?? []) as Inspected[]).filter(
    (mount) => !/^(bind|volume|tmpfs)$/.test(textAt(mount, 'Type')),
  );
  return [
    ...(at(container, 'HostConfig', 'AutoRemove') === true
      ? ['--rm: the container is gone as soon as it stops, and could not be brought back']
      : []),
    ...(textAt(container, 'Pod') === ''
      ? []
      : [`its place in the pod ${textAt(container, 'Pod').slice(0, 12)}`]),
    ...(textAt(container, 'Rootfs') === '' ? [] : ['--rootfs: it has no image']),
    ...strangeFlags(container),
    ...strangeMounts(container),
    ...mounts.map((mount) => `the mount of type ${textAt(mount, 'Type')} at ${textAt(mount, 'Destination')}`),
  ];
}

// What the long form of --mount can say and is not said again.
const strangeMounts = (container: Inspected): string[] =>
  ((at(container, 'HostConfig', 'Mounts') ?? []) as Inspected[]).flatMap((mount) =>
    [
      ['VolumeOptions', 'Subpath'],
      ['BindOptions', 'ReadOnlyNonRecursive'],
      ['BindOptions', 'ReadOnlyForceRecursive'],
    ]
      .filter((path) => !isEmpty(at(mount, ...path)))
      .map((path) => `${path[1]} of the mount at ${textAt(mount, 'Target')}`),
  );

/** One container in two forms: what was read of it, and what `inspect` printed. */
interface Both {
  readonly settings: ContainerSettings;
  readonly printed: Inspected;
}

/**
 * Where a container that was made anew differs from the one it was made after, by names only: their values may be
 * secret. The image, the name and what the new image says by itself are meant to differ.
 */
export function differences(old: Both, made: Both): string[] {
  const read = Object.keys(old.settings).filter(
    (key) => !notRead.has(key) && !isSame(pick(old, key), pick(made, key)),
  );
  const words = isSame(wordsOf(old), wordsOf(made)) ? [] : ['entrypoint and arguments'];
  const mounts = isSame(mountsOf(old.printed), mountsOf(made.printed)) ? [] : ['mounts'];
  const sections = (['HostConfig', 'Config'] as const).flatMap((section) =>
    changedKeys(at(old.printed, section), at(made.printed, section)),
  );
  return [
    ...new Set([
      ...read,
      ...words,
      ...flagsLost(old, made),
      ...mounts,
      ...sections,
      ...pathsOpened(old, made),
      ...logLost(old, made),
      ...networkLost(old, made),
    ]),
  ];
}

// What an engine did not write at all it decides itself; 0 and false may be somebody's word.
function changedKeys(old: unknown, made: unknown): string[] {
  const said = (old ?? {}) as Inspected;
  return Object.keys(said).filter((key) => {
    if (passedOver.has(key)) return false;
    const [one, other] = [said[key], at(made, key)];
    if (isEmpty(one) && (isEmpty(other) || (one !== 0 && one !== false))) return false;
    return !isSame(plain(one), plain(other));
  });
}

// A newer engine may hide more; that nothing is hidden is somebody's word.
const pathsOpened = (old: Both, made: Both): string[] =>
  ['MaskedPaths', 'ReadonlyPaths'].filter((key) => {
    const [one, other] = [old, made].map(({ printed }) => at(printed, 'HostConfig', key));
    return isEmpty(one) !== isEmpty(other);
  });

function logLost(old: Both, made: Both): string[] {
  const [one, other] = [old, made].map(({ printed }) => {
    const log = at(printed, 'HostConfig', 'LogConfig');
    return [textAt(log, 'Type'), textAt(log, 'Tag'), textAt(log, 'Size'), at(log, 'Config') ?? {}];
  });
  return isSame(one, other) ? [] : ['log'];
}

const networkLost = (old: Both, made: Both): string[] =>
  Object.entries((at(old.printed, 'NetworkSettings', 'Networks') ?? {}) as object).flatMap(
    ([name, entry]) => {
      const other = at(made.printed, 'NetworkSettings', 'Networks', name);
      const lost = ['DriverOpts', 'Links'].filter(
        (key) => !isEmpty(at(entry, key)) && !isSame(at(entry, key), at(other, key)),
      );
      return lost.map((key) => `network ${name}: ${key}`);
    },
  );

// An engine keeps the words of an entry point apart from those behind it; the process has them all.
const wordsOf = ({ settings: { entrypoint, args = [] }, printed }: Both): unknown =>
  entrypoint === undefined ? args : [textAt(printed, 'Path'), ...((at(printed, 'Args') ?? []) as unknown[])];

// What the engine adds by itself, such as its usual limits, is no loss.
function flagsLost(old: Both, made: Both): string[] {
  const words = ({ flag, value = '' }: RunFlag) => `${flag} ${value.replace(/^CAP_/, '')}`;
  const there = made.settings.others.map(words);
  return old.settings.others.filter((one) => !there.includes(words(one))).map(({ flag }) => flag);
}

// Newer Dockers write CAP_NET_ADMIN where older ones had NET_ADMIN; the order of a list says nothing here.
const plain = (value: unknown): unknown =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')
    ? value.map((one: string) => one.replace(/^CAP_/, '')).sort()
    : value;

const notRead: ReadonlySet<string> = new Set(['name', 'image', 'restart', 'others', 'entrypoint', 'args']);

const pick = ({ settings }: Both, key: string): unknown => settings[key as keyof ContainerSettings];

// Where things lie and what the engine itself decides, or says in other words each time; the rest of these is compared by
// what was read of it, without what the image says. What is not named here is compared as it is.
const passedOver: ReadonlySet<string> = new Set(
  `Binds Mounts NetworkMode RestartPolicy LogConfig ContainerIDFile ConsoleSize MaskedPaths ReadonlyPaths CgroupManager
  CgroupMode CgroupnsMode Cgroups CgroupConf Runtime Isolation Tmpfs SecurityOpt PortBindings
  Hostname Image Env Labels Cmd Entrypoint ExposedPorts Volumes WorkingDir StopSignal Healthcheck User CreateCommand
  Annotations AttachStdin AttachStdout AttachStderr StdinOnce OnBuild Passwd ArgsEscaped Shell sdNotifySocket NetworkDisabled`.split(
    /\s+/,
  ),
);

const mountsOf = (printed: Inspected): unknown[] =>
  ((at(printed, 'Mounts') ?? []) as Inspected[])
    // Those in memory are compared as flags.
    .filter((mount) => textAt(mount, 'Type') !== 'tmpfs')
    .map((mount) => [
      ...[textAt(mount, 'Destination'), textAt(mount, 'Source'), at(mount, 'RW')],
      textAt(mount, 'Propagation'),
    ])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  value === 0 ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** Whether two values say the same; the order of keys says nothing. */
const isSame = (one: unknown, other: unknown): boolean => ordered(one) === ordered(other);

const ordered = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? '';
