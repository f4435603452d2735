import type { Mount, RunFlag } from './container.ts';
import { strangePlaces } from './create-command.ts';
import { at, strings, textAt, texts } from './inspected.ts';
import type { Inspected } from './run.ts';

/**
 * The mounts of a container by what `inspect` prints, in the order of their places: volumes without a name have got one
 * from the engine, under which they are mounted again, so that nothing in them is lost.
 */
export function readMounts(container: Inspected): Mount[] {
  const all = (at(container, 'Mounts') ?? []) as Inspected[];
  return all
    .filter((mount) => /^(bind|volume)$/.test(textAt(mount, 'Type')) && !isOfOthers(mount, container))
    .filter((mount) => !strangePlaces(container).includes(textAt(mount, 'Destination')))
    .map((mount) => readMount(mount, container))
    .sort((a, b) => (a.target < b.target ? -1 : 1));
}

// What came with --volumes-from comes with it again; on Docker only what was said of the container itself is kept apart.
function isOfOthers(mount: Inspected, container: Inspected): boolean {
  if (texts(at(container, 'HostConfig', 'VolumesFrom')).length === 0) return false;
  const binds = texts(at(container, 'HostConfig', 'Binds')).map((bind) => /(?<=:)\/[^:]*/.exec(bind)?.[0]);
  const long = longMounts(container).map((one) => textAt(one, 'Target'));
  const own = [...binds, ...long, ...Object.keys(strings(at(container, 'Config', 'Volumes')))];
  return !own.includes(textAt(mount, 'Destination'));
}

function readMount(mount: Inspected, container: Inspected): Mount {
  const type = textAt(mount, 'Type') as Mount['type'];
  const target = textAt(mount, 'Destination');
  const short = saidOptions(target, container);
  const propagation = textAt(mount, 'Propagation');
  const options = [
    ...(at(mount, 'RW') === false ? ['ro'] : []),
    ...[...short].filter((option) =>
      /^(z|Z|U|O|nocopy|consistent|cached|delegated|noexec|exec|suid|dev)$/.test(option),
    ),
    // Podman writes these of every volume.
    ...(type === 'bind' ? [...short].filter((option) => /^(nosuid|nodev|bind)$/.test(option)) : []),
    ...(/^(|private|rprivate)$/.test(propagation) || type === 'volume' ? [] : [propagation]),
  ];
  const source = textAt(mount, type === 'volume' ? 'Name' : 'Source');
  const said = longMounts(container).find((one) => textAt(one, 'Target').replace(/(?<=.)\/$/, '') === target);
  return { type, source, target, options, ...(said && { long: longForm({ Type: type, ...said }, source) }) };
}

// Docker keeps what stood behind the second colon in Binds, and in Mode, where dockerd itself writes z for volumes that
// were named; Podman forgets z, Z and U, but not its command line.
function saidOptions(target: string, container: Inspected): Set<string> {
  const binds = texts(at(container, 'HostConfig', 'Binds'));
  const created = texts(at(container, 'Config', 'CreateCommand')).map((word) =>
    word.replace(/^(--volume=|-v=?)/, ''),
  );
  const mounts = ((at(container, 'Mounts') ?? []) as Inspected[]).filter(
    (mount) => textAt(mount, 'Destination') === target && textAt(mount, 'Type') === 'bind',
  );
  const found = [...binds, ...created].flatMap((bind) => {
    const [, place, options] = /^(?:.*?):(\/[^:]*?)\/?(?::([^:]*))?$/.exec(bind) ?? [];
    return place === target.replace(/\/$/, '') ? (options ?? '').split(',') : [];
  });
  return new Set([...found, ...mounts.flatMap((mount) => textAt(mount, 'Mode').split(','))].filter(Boolean));
}

const longMounts = (container: Inspected): Inspected[] =>
  (at(container, 'HostConfig', 'Mounts') ?? []) as Inspected[];

// Docker keeps what was said with --mount apart, with all that only this form can say.
function longForm(mount: Inspected, source: string): string {
  const [mode, options] = [at(mount, 'TmpfsOptions', 'Mode'), at(mount, 'VolumeOptions')];
  const pairs = (key: string, ...path: string[]) =>
    Object.entries(strings(at(options, ...path))).map(([name, word]) => `${key}=${name}=${word}`);
  const words: [string, unknown][] = [
    ['type', textAt(mount, 'Type')],
    ['source', textAt(mount, 'Source') || source],
    ['target', textAt(mount, 'Target')],
    ['readonly', at(mount, 'ReadOnly')],
    ['consistency', at(mount, 'Consistency')],
    ['bind-propagation', at(mount, 'BindOptions', 'Propagation')],
    [nonRecursive, at(mount, 'BindOptions', 'NonRecursive')],
    ['volume-nocopy', at(options, 'NoCopy')],
    ['volume-driver', at(options, 'DriverConfig', 'Name')],
    ['tmpfs-size', at(mount, 'TmpfsOptions', 'SizeBytes')],
    ['tmpfs-mode', typeof mode === 'number' ? mode.toString(8) : undefined],
  ];
  const parts = words.flatMap(([key, word]) => (word ? [word === true ? key : `${key}=${word}`] : []));
  return [...parts, ...pairs('volume-label', 'Labels'), ...pairs('volume-opt', 'DriverConfig', 'Options')]
    .map((part) => (/[,"\n]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part))
    .join(',');
}

// A bind mount without what is mounted below it.
const nonRecursive = 'bind-nonrecursive';

/** What the long form of --mount can say and is not said again; a line each. */
export const strangeMounts = (container: Inspected): string[] =>
  longMounts(container).flatMap((mount) =>
    [
      ['VolumeOptions', 'Subpath'],
      ['BindOptions', 'ReadOnlyNonRecursive'],
      ['BindOptions', 'ReadOnlyForceRecursive'],
    ]
      .filter((path) => ![undefined, null, '', false].includes(at(mount, ...path) as undefined))
      .map((path) => `${path[1]} of the mount at ${textAt(mount, 'Target')}`),
  );

/** The mounts in memory, as --tmpfs and --mount take them. */
export function readTmpfs(container: Inspected): RunFlag[] {
  const short = Object.entries(strings(at(container, 'HostConfig', 'Tmpfs')));
  const long = longMounts(container).filter((mount) => textAt(mount, 'Type') === 'tmpfs');
  return [
    ...short.map(
      ([target, options]): RunFlag => ({
        flag: '--tmpfs',
        value: options === '' ? target : `${target}:${options}`,
      }),
    ),
    ...long.map((mount): RunFlag => ({ flag: '--mount', value: longForm(mount, '') })),
  ];
}
