import { strangeFlags, strangePlaces } from './create-command.ts';
import { at, textAt } from './inspected.ts';
import { type InspectedPair, type Leaves, leavesOf, leavesOfImage } from './leaves.ts';
import { strangeMounts } from './mounts.ts';
import type { Inspected } from './run.ts';

/**
 * What of a container cannot be said to `create` again, by what `inspect` prints of it; a line each. These are known
 * before anything is done.
 */
export function uncarried(container: Inspected): string[] {
  const mounts = ((at(container, 'Mounts') ?? []) as Inspected[]).filter(
    (mount) =>
      !/^(bind|volume|tmpfs)$/.test(textAt(mount, 'Type')) &&
      !strangePlaces(container).includes(textAt(mount, 'Destination')),
  );
  return [
    ...(at(container, 'HostConfig', 'AutoRemove') === true
      ? ['--rm: the container is removed as soon as it stops, so it could not be restored']
      : []),
    ...(textAt(container, 'Pod') === ''
      ? []
      : [`its membership in the pod ${textAt(container, 'Pod').slice(0, 12)}`]),
    ...(textAt(container, 'Rootfs') === '' ? [] : ['--rootfs: the container has no image']),
    ...strangeFlags(container),
    ...strangeMounts(container),
    ...mounts.map((mount) => `the mount of type ${textAt(mount, 'Type')} at ${textAt(mount, 'Destination')}`),
  ];
}

/**
 * Where a container that was made anew differs from the one it was made after: the places in what `inspect` prints,
 * without values, which may be secret. All that it prints counts, except what is known to say nothing of the settings and
 * what the two images say by themselves.
 */
export function differences(old: InspectedPair, made: InspectedPair): string[] {
  const both: Both = { one: leavesOf(old), other: leavesOf(made) };
  const images: Both = { one: leavesOfImage(old), other: leavesOfImage(made) };
  const paths = new Set([...both.one.keys(), ...both.other.keys()]);
  const found = [...paths].filter(
    (path) => !isSameAt(both, path) && !isOfImages(both, images, path) && !saysNothing(both, path),
  );
  return [...new Set(found.map((path) => path.replace(/^(Host)?Config\./, '')))];
}

/** The values of the old and of the new container, or of their images. */
interface Both {
  readonly one: Leaves;
  readonly other: Leaves;
}

// What an engine of another version does not write at all is the same as 0 and false.
function isSameAt({ one, other }: Both, path: string): boolean {
  const values = [one.get(path), other.get(path)];
  // No swapping at all is not the same as what the machine does.
  if (path === 'HostConfig.MemorySwappiness') return values[0] === values[1];
  return values[0] === values[1] || values.every((value) => value === undefined || /^(0|false)$/.test(value));
}

function isOfImages(both: Both, images: Both, path: string): boolean {
  // A place that only the new image makes a volume of.
  const place = `Mounts.${/^(?:Mounts|HostConfig\.Binds)\.(\/[^.]*)/.exec(path)?.[1]}`;
  if (!both.one.has(place) && !images.one.has(place) && images.other.has(place)) return true;
  return both.one.get(path) === images.one.get(path) && both.other.get(path) === images.other.get(path);
}

function saysNothing({ one, other }: Both, path: string): boolean {
  if (harmless.some((pattern) => pattern.test(path))) return true;
  const bind = /^HostConfig\.Binds\.(.*)$/.exec(path)?.[1];
  // A volume without a name has got one, and is mounted by it.
  if (bind !== undefined) return !one.has(path) && one.has(`Mounts.${bind}.Name`);
  const long = /^HostConfig\.Mounts\.(.*)\.Source$/.exec(path)?.[1];
  if (long !== undefined) return !one.has(path) && one.has(`Mounts.${long}.Name`);
  // Podman adds these when a container starts.
  if (/^Config\.Env\.(HOSTNAME|HOME)$/.test(path) && one.get('Config.Env.container') === '"podman"')
    return !other.has(path) && [one.get('Config.Hostname'), '"/root"'].includes(one.get(path));
  const pair = [one.get(path) ?? '', other.get(path) ?? ''] as const;
  return defaults.some(([place, isUsual]) => place.test(path) && isUsual(...pair));
}

// What tells one container from another, what only a running one has, and how the first client was attached to it.
const harmless: readonly RegExp[] = [
  /^(Id|Created|Name|Image|ImageName|ImageDigest|RestartCount|ExecIDs|SizeRw|SizeRootFs|ImageManifestDescriptor|lockNumber)\b/,
  /^State\./,
  /^(ResolvConfPath|HostnamePath|HostsPath|LogPath|StaticDir|OCIConfigPath)$/,
  /^GraphDriver\.Data\b/,
  /^Storage\./,
  /^NetworkSettings\.(?!Networks\b)/,
  /^NetworkSettings\.Networks\.[^.]+\.(EndpointID|NetworkID|Gateway|IPAddress|IPPrefixLen|IPv6Gateway)$/,
  /^NetworkSettings\.Networks\.[^.]+\.(GlobalIPv6Address|GlobalIPv6PrefixLen|MacAddress|DNSNames)$/,
  /^HostConfig\.(ContainerIDFile|ConsoleSize)$/,
  /^Config\.(Image|CreateCommand|AttachStdin|AttachStdout|AttachStderr|StdinOnce|sdNotifySocket)$/,
  // Podman writes these when a container starts; the signal is compared by itself.
  /^Config\.Annotations\.(io\.container\.manager|io\.kubernetes\.cri-o\.Created|org\.opencontainers\.image\.stopSignal)$/,
  // Mounts has what became of these; and create of Podman has no --passwd, which matters to images without the user only.
  /^Config\.(Volumes\b|Passwd$)/,
];

type IsUsual = (old: string, made: string) => boolean;

// What an engine decides by itself, in another way when it runs than before, or in another version.
const defaults: readonly (readonly [RegExp, IsUsual])[] = [
  [/^AppArmorProfile$/, (old, made) => /^"(docker|containers)-default/.test(old) && made === ''],
  [/^(Mount|Process)Label$/, (old, made) => withoutLevel(old) === withoutLevel(made)],
  [
    /^HostConfig\.(Masked|Readonly)Paths$/,
    (old, made) => old !== '' && listIn(old).every((one) => listIn(made).includes(one)),
  ],
  [/^HostConfig\.(CgroupnsMode|IpcMode|Runtime)$/, (old) => old === ''],
];

const withoutLevel = (label: string): string => label.replace(/:s0(:c\d+(,c\d+)?)?(?="$)/, '');

const listIn = (text: string): string[] => (text === '' ? [] : JSON.parse(text));
