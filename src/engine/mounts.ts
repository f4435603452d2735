import type { Mount } from './container.ts';
import { at, strings, textAt, texts } from './inspected.ts';
import type { Inspected } from './run.ts';

/**
 * The mounts of a container by what `inspect` prints, in the order of their places: volumes without a name have got one
 * from the engine, under which they are mounted again, so that nothing in them is lost.
 */
export function readMounts(container: Inspected): Mount[] {
  const all = (at(container, 'Mounts') ?? []) as Inspected[];
  return all
    .filter((mount) => /^(bind|volume)$/.test(textAt(mount, 'Type')))
    .map((mount) => readMount(mount, container))
    .sort((a, b) => (a.target < b.target ? -1 : 1));
}

function readMount(mount: Inspected, container: Inspected): Mount {
  const type = textAt(mount, 'Type') as Mount['type'];
  const target = textAt(mount, 'Destination');
  const said = saidOptions(target, container);
  const propagation = textAt(mount, 'Propagation');
  const options = [
    ...(at(mount, 'RW') === false ? ['ro'] : []),
    ...[...said].filter((option) =>
      /^(z|Z|U|O|nocopy|consistent|cached|delegated|noexec|exec|suid|dev|bind-nonrecursive)$/.test(option),
    ),
    ...(/^(|private|rprivate)$/.test(propagation) || type === 'volume' ? [] : [propagation]),
  ];
  return { type, source: textAt(mount, type === 'volume' ? 'Name' : 'Source'), target, options };
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
  return new Set(
    [
      ...found,
      ...longOptions(target, container),
      ...mounts.flatMap((mount) => textAt(mount, 'Mode').split(',')),
    ].filter(Boolean),
  );
}

// What only the long form of --mount says, on Docker.
function longOptions(target: string, container: Inspected): string[] {
  const said = ((at(container, 'HostConfig', 'Mounts') ?? []) as Inspected[]).filter(
    (mount) => textAt(mount, 'Target').replace(/(?<=.)\/$/, '') === target,
  );
  return said.flatMap((mount) => [
    ...(at(mount, 'VolumeOptions', 'NoCopy') === true ? ['nocopy'] : []),
    ...(at(mount, 'BindOptions', 'NonRecursive') === true ? [nonRecursive] : []),
  ]);
}

/** The option of a bind mount without what is mounted below it; only the long form of --mount has it. */
export const nonRecursive = 'bind-nonrecursive';

/** What the long form of --mount can say and is not said again; a line each. */
export const strangeMounts = (container: Inspected): string[] =>
  ((at(container, 'HostConfig', 'Mounts') ?? []) as Inspected[]).flatMap((mount) =>
    [
      ['VolumeOptions', 'Subpath'],
      ['BindOptions', 'ReadOnlyNonRecursive'],
      ['BindOptions', 'ReadOnlyForceRecursive'],
    ]
      .filter((path) => ![undefined, null, '', false].includes(at(mount, ...path) as undefined))
      .map((path) => `${path[1]} of the mount at ${textAt(mount, 'Target')}`),
  );

/** The mounts in memory, as --tmpfs takes them. */
export function readTmpfs(container: Inspected): string[] {
  const plain = Object.entries(strings(at(container, 'HostConfig', 'Tmpfs')));
  const mounts = ((at(container, 'HostConfig', 'Mounts') ?? []) as Inspected[]).filter(
    (mount) => textAt(mount, 'Type') === 'tmpfs',
  );
  return [
    ...plain.map(([target, options]) => (options === '' ? target : `${target}:${options}`)),
    ...mounts.map((mount) => {
      const [size, mode] = [textAt(mount, 'TmpfsOptions', 'SizeBytes'), at(mount, 'TmpfsOptions', 'Mode')];
      const options = [size && `size=${size}`, typeof mode === 'number' && `mode=${mode.toString(8)}`].filter(
        Boolean,
      );
      return [textAt(mount, 'Target'), options.join(',')].filter(Boolean).join(':');
    }),
  ];
}
