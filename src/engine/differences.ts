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
    ...mounts.map((mount) => `the mount of type ${textAt(mount, 'Type')} at ${textAt(mount, 'Destination')}`),
  ];
}

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
  const one = at(old.printed, 'HostConfig') as Inspected;
  const printed = Object.keys(one ?? {}).filter(
    (key) =>
      !passedOver.has(key) &&
      !isEmpty(one[key]) &&
      !isSame(plain(one[key]), plain(at(made.printed, 'HostConfig', key))),
  );
  const mounts = isSame(mountsOf(old.printed), mountsOf(made.printed)) ? [] : ['mounts'];
  return [...new Set([...read, ...flagsLost(old, made), ...mounts, ...printed])];
}

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

const notRead: ReadonlySet<string> = new Set(['name', 'image', 'restart', 'others']);

const pick = ({ settings }: Both, key: string): unknown => settings[key as keyof ContainerSettings];

// Where things lie and what the engine itself decides; mounts and networks are compared by what was made of them.
const passedOver: ReadonlySet<string> = new Set(
  `Binds Mounts NetworkMode RestartPolicy LogConfig ContainerIDFile ConsoleSize MaskedPaths ReadonlyPaths CgroupManager
  CgroupMode CgroupnsMode Cgroups CgroupConf Runtime Isolation Tmpfs`.split(/\s+/),
);

const mountsOf = (printed: Inspected): unknown[] =>
  ((at(printed, 'Mounts') ?? []) as Inspected[])
    .map((mount) => [textAt(mount, 'Destination'), textAt(mount, 'Source'), at(mount, 'RW')])
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
