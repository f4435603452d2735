import { isAbsolute, join } from 'node:path';
import type {
  Container,
  ContainerSettings,
  ContainerState,
  Health,
  Image,
  Maker,
  Network,
  Port,
} from './container.ts';
import { at, numberAt, shortName, strings, textAt, texts } from './inspected.ts';
import { readMounts } from './mounts.ts';
import type { Inspected } from './run.ts';
import { otherFlags } from './unmapped-flags.ts';

/**
 * Reads what `inspect` prints of a container and of its image, by Docker or by Podman: all that was said when it was
 * made, without what the image says by itself. Without the image (it is gone) everything is repeated.
 */
export function readContainer(container: Inspected, image: Inspected | undefined): Container {
  const labels = strings(at(container, 'Config', 'Labels'));
  return {
    id: textAt(container, 'Id'),
    imageId: withSha(textAt(container, 'Image')),
    settings: readSettings(container, image),
    env: pairsOf(texts(at(container, 'Config', 'Env'))),
    state: readState(container),
    places: placesOf(container),
    madeBy: makerOf(labels),
    folder: textAt(container, 'Config', 'WorkingDir'),
    imageNames: texts(at(image, 'RepoTags')),
    processWords: [textAt(container, 'Path'), ...texts(at(container, 'Args'))],
    labels,
  };
}

/** Reads what `image inspect` prints. */
export const readImage = (image: Inspected): Image => ({
  id: withSha(textAt(image, 'Id')),
  tags: texts(at(image, 'RepoTags')),
  digests: texts(at(image, 'RepoDigests')),
  createdAt: textAt(image, 'Created'),
  size: numberAt(image, 'Size'),
  labels: strings(at(image, 'Config', 'Labels')),
});

const withSha = (id: string): string => (id === '' || id.includes(':') ? id : `sha256:${id}`);

function readSettings(container: Inspected, image: Inspected | undefined): ContainerSettings {
  const name = textAt(container, 'Name').replace(/^\//, '');
  const user = textAt(container, 'Config', 'User');
  const health = readHealth(at(container, 'Config', 'Healthcheck'));
  const log = readLog(container);
  return {
    name,
    image: textAt(container, 'Config', 'Image') || textAt(container, 'ImageName'),
    restart: readRestart(container),
    mounts: readMounts(container),
    env: readEnv(container, image),
    ports: readPorts(container),
    extraHosts: texts(at(container, 'HostConfig', 'ExtraHosts')),
    labels: without(strings(at(container, 'Config', 'Labels')), strings(at(image, 'Config', 'Labels'))),
    securityOptions: readSecurityOptions(container),
    networks: readNetworks(container, name),
    ...(user !== textAt(image, 'Config', 'User') && { user }),
    ...readCommand(container, image),
    ...(health && !isSame(health, readHealth(at(image, 'Config', 'Healthcheck'))) && { health }),
    ...(log && { log }),
    others: otherFlags(container, image),
  };
}

// Docker keeps the one on paths of /proc as what it makes of it: that no path is hidden or read-only.
function readSecurityOptions(container: Inspected): string[] {
  const host = at(container, 'HostConfig');
  const isOpen = ['MaskedPaths', 'ReadonlyPaths'].every((key) => isSame(at(host, key), []));
  const isSaid = isOpen && at(host, 'Privileged') !== true;
  return [...texts(at(host, 'SecurityOpt')), ...(isSaid ? ['systempaths=unconfined'] : [])];
}

function readState(container: Inspected): ContainerState {
  const health =
    textAt(container, 'State', 'Health', 'Status') || textAt(container, 'State', 'Healthcheck', 'Status');
  return {
    status: textAt(container, 'State', 'Status'),
    running: at(container, 'State', 'Running') === true,
    restarting: at(container, 'State', 'Restarting') === true,
    exitCode: numberAt(container, 'State', 'ExitCode'),
    error: textAt(container, 'State', 'Error'),
    outOfMemory: at(container, 'State', 'OOMKilled') === true,
    restarts: numberAt(container, 'RestartCount'),
    startedAt: textAt(container, 'State', 'StartedAt'),
    finishedAt: textAt(container, 'State', 'FinishedAt'),
    ...(health !== '' && health !== 'none' && { health }),
  };
}

function placesOf(container: Inspected): Record<string, string> {
  const mounts = (at(container, 'Mounts') ?? []) as Inspected[];
  return Object.fromEntries(mounts.map((mount) => [textAt(mount, 'Destination'), textAt(mount, 'Source')]));
}

function makerOf(labels: Record<string, string>): Maker | undefined {
  const project = labels['com.docker.compose.project'] ?? labels['io.podman.compose.project'];
  if (project !== undefined) {
    const service = labels['com.docker.compose.service'] ?? labels['io.podman.compose.service'] ?? '';
    const folder = labels['com.docker.compose.project.working_dir'] ?? '';
    const files = (labels['com.docker.compose.project.config_files'] ?? '')
      .split(',')
      .filter(Boolean)
      // Older Composes and podman-compose keep them as they were typed, in that folder.
      .map((file) => (isAbsolute(file) ? file : join(folder, file)));
    return { kind: 'compose', project, service, files };
  }
  const unit = labels.PODMAN_SYSTEMD_UNIT;
  return unit === undefined ? undefined : { kind: 'systemd', unit };
}

function readRestart(container: Inspected): string {
  const name = textAt(container, 'HostConfig', 'RestartPolicy', 'Name') || 'no';
  const most = numberAt(container, 'HostConfig', 'RestartPolicy', 'MaximumRetryCount');
  return name === 'on-failure' && most > 0 ? `${name}:${most}` : name;
}

function readEnv(container: Inspected, image: Inspected | undefined): Record<string, string> {
  const own = pairsOf(texts(at(container, 'Config', 'Env')));
  const given = pairsOf(texts(at(image, 'Config', 'Env')));
  const hostname = textAt(container, 'Config', 'Hostname');
  const usual: Record<string, string> = {
    // Podman puts these into every container.
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    TERM: 'xterm',
    container: 'podman',
    HOSTNAME: hostname,
    HOME: '/root',
  };
  const isPodman = own.container === 'podman';
  return without(own, isPodman ? { ...usual, ...given } : given);
}

const pairsOf = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(lines.map((line) => [line.split('=', 1)[0]!, line.slice(line.indexOf('=') + 1)]));

const without = (all: Record<string, string>, known: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter(([key, value]) => known[key] !== value));

function readPorts(container: Inspected): Port[] {
  const bindings = (at(container, 'HostConfig', 'PortBindings') ?? {}) as Record<string, Inspected[] | null>;
  return Object.entries(bindings).flatMap(([port, places]) =>
    (places ?? []).map((place) => ({
      container: port,
      host: textAt(place, 'HostPort').replace(/^0$/, ''),
      ip: textAt(place, 'HostIp').replace(/^0\.0\.0\.0$/, ''),
    })),
  );
}

function readNetworks(container: Inspected, name: string): Network[] {
  const mode = textAt(container, 'HostConfig', 'NetworkMode');
  const all = (at(container, 'NetworkSettings', 'Networks') ?? {}) as Record<string, Inspected | null>;
  if (/^(host|none|private|container:|ns:|pasta|slirp4netns)/.test(mode) && mode !== 'private') {
    return [readNetwork(mode, all[mode], container, name)];
  }
  const isUsual = (network: string) => ['default', 'bridge', 'podman', 'private', ''].includes(network);
  const names = Object.keys(all).filter((network) => !isUsual(network));
  const usualName = Object.keys(all).find(isUsual);
  const usual = readNetwork(
    mode === 'default' ? mode : 'bridge',
    usualName === undefined ? undefined : all[usualName],
    container,
    name,
  );
  if (names.length === 0) {
    const isPlain = usual.aliases.length === 0 && Object.keys(usual).length === 2;
    if (isUsual(mode)) return isPlain ? [] : [usual];
    return [{ name: mode, aliases: [] }];
  }
  const first = names.includes(mode) ? mode : undefined;
  const ordered = [...(first === undefined ? [] : [first]), ...names.filter((network) => network !== first)];
  return [
    // In the usual network, too: it was connected to the others afterwards.
    ...(first === undefined && usualName !== undefined ? [usual] : []),
    ...ordered.map((network) => readNetwork(network, all[network], container, name)),
  ];
}

function readNetwork(
  network: string,
  entry: Inspected | null | undefined,
  container: Inspected,
  name: string,
): Network {
  const id = textAt(container, 'Id');
  const given = texts(at(entry, 'Aliases'));
  const aliases = given.filter((alias) => alias !== name && !(alias.length >= 12 && id.startsWith(alias)));
  const ip = textAt(entry, 'IPAMConfig', 'IPv4Address');
  const ip6 = textAt(entry, 'IPAMConfig', 'IPv6Address');
  const linkLocal = texts(at(entry, 'IPAMConfig', 'LinkLocalIPs'));
  const links = texts(at(entry, 'Links'));
  const driverOptions = strings(at(entry, 'DriverOpts'));
  return {
    name: network,
    aliases,
    ...(ip !== '' && { ip }),
    ...(ip6 !== '' && { ip6 }),
    ...(linkLocal.length > 0 && { linkLocal }),
    ...(links.length > 0 && { links }),
    ...(Object.keys(driverOptions).length > 0 && { driverOptions }),
  };
}

function readCommand(
  container: Inspected,
  image: Inspected | undefined,
): Pick<ContainerSettings, 'entrypoint' | 'args'> {
  const args = texts(at(container, 'Config', 'Cmd'));
  const entrypoint = entrypointOf(container, args);
  const usual = texts(at(image, 'Config', 'Entrypoint'));
  const isCut = args.length === 0 && texts(at(image, 'Config', 'Cmd')).length > 0;
  const isOwn = !isSame(entrypoint, usual) || isCut;
  // Another entry point takes the image's arguments away, so they are said again.
  if (isOwn) return { entrypoint, args };
  return isSame(args, texts(at(image, 'Config', 'Cmd'))) ? {} : { args };
}

// Older Podmans print the entry point as one line; the process has its words.
function entrypointOf(container: Inspected, args: readonly string[]): string[] {
  const said = at(container, 'Config', 'Entrypoint');
  if (typeof said !== 'string') return texts(said);
  if (said === '') return [];
  const words = [textAt(container, 'Path'), ...texts(at(container, 'Args'))];
  // With --init Podman's own first process stands before them.
  const own = /\/(podman-init|init|catatonit)$/.test(words[0]!) && words[1] === '--' ? words.slice(2) : words;
  return own.slice(0, own.length - args.length);
}

/** Reads a health check as both engines print it. */
function readHealth(said: unknown): Health | undefined {
  const test = texts(at(said, 'Test'));
  const times = {
    interval: 'Interval',
    timeout: 'Timeout',
    startPeriod: 'StartPeriod',
    startInterval: 'StartInterval',
    retries: 'Retries',
  };
  const given = Object.entries(times).flatMap(([name, key]) => {
    const value = numberAt(said, key);
    return value === 0 ? [] : [[name, value]];
  });
  return test.length === 0 && given.length === 0 ? undefined : { test, ...Object.fromEntries(given) };
}

function readLog(container: Inspected): ContainerSettings['log'] {
  const log = at(container, 'HostConfig', 'LogConfig');
  const [driver, size] = [textAt(log, 'Type'), textAt(log, 'Size')];
  const [tag, path] = [textAt(log, 'Tag'), textAt(log, 'Path')];
  const options = strings(at(log, 'Config'));
  // Podman writes these apart.
  if (size !== '' && size !== '0B') options['max-size'] ??= shortName(size);
  if (tag !== '') options.tag ??= tag;
  if (path !== '' && !path.includes(textAt(container, 'Id'))) options.path ??= path;
  const isPodman = textAt(container, 'HostConfig', 'Runtime') === 'oci';
  const usual = (isPodman ? ['', 'json-file', 'k8s-file', 'journald'] : ['', 'json-file']).includes(driver);
  if (usual && Object.keys(options).length === 0) return undefined;
  return { ...(!usual && { driver }), options };
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
