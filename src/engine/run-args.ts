import { quote } from '../text/shell-quote.ts';
import type { ContainerSettings, Health, Mount, Network, Port } from './container.ts';

/** A container as words of `run`: values of variables stand apart, so that no secret is among the words. */
interface RunWords {
  /** Behind the program: `run -d --name …`. */
  readonly words: readonly string[];
  /** The values for each `--env NAME` of the words, for the environment of the command. */
  readonly env: Readonly<Record<string, string>>;
  /** Lines for an `--env-file`: variables that the program itself would heed, too. */
  readonly fileLines: readonly string[];
  /** Commands to run afterwards: the networks beyond the first. */
  readonly afterwards: readonly (readonly string[])[];
}

/**
 * Writes a container as the words of `run` (or `create`). `shown` puts the values of the variables named in it among the
 * words, for a person to copy.
 */
export function runWords(settings: ContainerSettings, how: RunHow = {}): RunWords {
  const { name, image, entrypoint = [], args = [] } = settings;
  const [first, ...more] = settings.networks;
  const { verb = ['run', '-d'], shown = [] } = how;
  const file = Object.entries(settings.env).filter(
    ([key, value]) => how.envFile !== undefined && isHeeded(key, value) && !shown.includes(key),
  );
  const named = Object.entries(settings.env).filter(([key]) => !file.some(([other]) => other === key));
  const words = [
    ...verb,
    '--name',
    name,
    ...(settings.restart === 'no' ? [] : ['--restart', settings.restart]),
    ...(how.pull === undefined ? [] : ['--pull', how.pull]),
    ...settings.mounts.flatMap(mountWords),
    ...(file.length === 0 ? [] : ['--env-file', how.envFile!]),
    ...named.flatMap(([key, value]) => ['--env', shown.includes(key) ? `${key}=${value}` : key]),
    ...settings.ports.flatMap((port) => ['--publish', portWord(port)]),
    ...settings.extraHosts.flatMap((host) => ['--add-host', host]),
    ...settings.securityOptions.flatMap((option) => ['--security-opt', securityWord(option, how)]),
    ...(first === undefined ? [] : networkWords(first)),
    ...(settings.user === undefined ? [] : ['--user', settings.user]),
    ...(settings.health === undefined ? [] : healthWords(settings.health)),
    ...logWords(settings),
    ...Object.entries(settings.labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...settings.others.flatMap(({ flag, value }) => (value === undefined ? [flag] : [flag, value])),
    ...(settings.entrypoint === undefined ? [] : ['--entrypoint', entrypoint[0] ?? '']),
    image,
    ...entrypoint.slice(1),
    ...args,
  ];
  return {
    words,
    env: Object.fromEntries(named.filter(([key]) => !shown.includes(key))),
    fileLines: file.map(([key, value]) => `${key}=${value}`),
    afterwards: more.map((network) => ['network', 'connect', ...connectWords(network), network.name, name]),
  };
}

// Docker keeps the whole profile, and takes it by a file only.
const securityWord = (option: string, { profile = 'PROFILE.json' }: RunHow): string =>
  profileIn(option) === undefined ? option : `seccomp=${profile}`;

/** The profile of seccomp that a security option holds itself; nothing when it names one, or is about something else. */
export const profileIn = (option: string): string | undefined => /^seccomp[=:](\s*\{.*)$/s.exec(option)?.[1];

export interface RunHow {
  /** Where the profile of seccomp is that the engine has kept. */
  readonly profile?: string;
  /** `run -d` unless said. */
  readonly verb?: readonly string[];
  /** Whether the engine may pull the image by itself. */
  readonly pull?: 'never' | 'missing';
  /** Where the lines of the variables that the program itself heeds are. */
  readonly envFile?: string;
  /** The variables whose values may stand among the words. */
  readonly shown?: readonly string[];
}

// In the environment of the command these would change the command itself, not only the container.
const isHeeded = (name: string, value: string): boolean =>
  !/[\n\r]/.test(value) &&
  /^(DOCKER|CONTAINER|CONTAINERS|BUILDAH|STORAGE|REGISTRY|XDG|LD|GO|SSL|SSH)_|^(PATH|HOME|TMPDIR|USER|SHELL|IFS|GODEBUG|CONTAINERS)$|^(HTTPS?|ALL|NO|FTP)_PROXY$/i.test(
    name,
  );

/** A mount as two words; a path with a colon in it takes the long form. */
export function mountWords({ type, source, target, options, long }: Mount): string[] {
  if (long !== undefined) return ['--mount', long];
  const isShort = !`${source}${target}`.includes(':') || /^[A-Za-z]:[\\/]/.test(source);
  if (isShort) {
    return ['--volume', [source, target, options.join(',')].filter((part) => part !== '').join(':')];
  }
  const parts = [`type=${type}`, `source=${source}`, `target=${target}`];
  const propagation = options.find((option) => /^r?(shared|slave|private)$/.test(option));
  const more = [
    ...(options.includes('ro') ? ['readonly'] : []),
    ...(options.includes('nocopy') ? ['volume-nocopy'] : []),
    ...(propagation === undefined ? [] : [`bind-propagation=${propagation}`]),
  ];
  return ['--mount', [...parts, ...more].join(',')];
}

/** A port as --publish takes it. */
export function portWord({ container, host, ip }: Port): string {
  const place = ip === '' ? [] : [ip.includes(':') ? `[${ip}]` : ip];
  return [...place, ...(host === '' && ip === '' ? [] : [host]), container.replace(/\/tcp$/, '')].join(':');
}

// Options of a network's driver are known to the long form only.
function networkWords(network: Network): string[] {
  const options = Object.entries(network.driverOptions ?? {});
  if (options.length === 0) {
    return [
      '--network',
      network.name,
      ...placeWords(network).map((word) => word.replace(/^--alias$/, '--network-alias')),
    ];
  }
  const words = placeWords({ ...network, links: [] });
  const links = (network.links ?? []).flatMap((link) => ['--link', link]);
  const places = words.flatMap((word, index) =>
    index % 2 === 0 ? [`${word.slice(2)}=${words[index + 1]}`] : [],
  );
  const more = options.map(([key, value]) => `driver-opt=${key}=${value}`);
  return ['--network', [`name=${network.name}`, ...places, ...more].join(','), ...links];
}

const connectWords = (network: Network): string[] => [
  ...placeWords(network),
  ...Object.entries(network.driverOptions ?? {}).flatMap(([key, value]) => [
    '--driver-opt',
    `${key}=${value}`,
  ]),
];

const placeWords = ({ aliases, ip, ip6, linkLocal = [], links = [] }: Network): string[] => [
  ...aliases.flatMap((alias) => ['--alias', alias]),
  ...(ip === undefined ? [] : ['--ip', ip]),
  ...(ip6 === undefined ? [] : ['--ip6', ip6]),
  ...linkLocal.flatMap((one) => ['--link-local-ip', one]),
  ...links.flatMap((one) => ['--link', one]),
];

function healthWords({ test, interval, timeout, startPeriod, startInterval, retries }: Health): string[] {
  const [form, ...words] = test;
  if (form === 'NONE') return ['--no-healthcheck'];
  // The engines take one line; words of a list are quote for the shell that will read it.
  const line = form === 'CMD' ? words.map(quote).join(' ') : words.join(' ');
  return [
    ...(form === undefined ? [] : ['--health-cmd', line]),
    ...(interval === undefined ? [] : ['--health-interval', seconds(interval)]),
    ...(timeout === undefined ? [] : ['--health-timeout', seconds(timeout)]),
    ...(startPeriod === undefined ? [] : ['--health-start-period', seconds(startPeriod)]),
    ...(startInterval === undefined ? [] : ['--health-start-interval', seconds(startInterval)]),
    ...(retries === undefined ? [] : ['--health-retries', String(retries)]),
  ];
}

/** Nanoseconds as engines read them. */
export const seconds = (nanoseconds: number): string => `${nanoseconds / 1e9}s`;

function logWords({ log }: ContainerSettings): string[] {
  if (log === undefined) return [];
  const options = Object.entries(log.options).flatMap(([key, value]) => ['--log-opt', `${key}=${value}`]);
  return [...(log.driver === undefined ? [] : ['--log-driver', log.driver]), ...options];
}
