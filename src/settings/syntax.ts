import { isIP } from 'node:net';
import { posix, win32 } from 'node:path';
import { isPlaceholder } from '../text/expand.ts';
import { defaultImage } from './executors.ts';

/** The forms that text settings are checked against; the forms are Docker's, Kubernetes' and Go's. */
export type Syntax =
  | 'filled'
  | 'duration'
  | 'docker-size'
  | 'docker-cpus'
  | 'quantity'
  | 'volume'
  | 'host-ip'
  | 'ip'
  | 'host'
  | 'proxy'
  | 'no-proxy'
  | 'clone-url'
  | 'name=value'
  | 'variable'
  | 'image'
  | 'port'
  | 'engine'
  | 'listen'
  | 'sha256';

/** Checks one word against a form; gives what would be right when it does not fit. */
export function checkSyntax(syntax: Syntax, word: string): string | undefined {
  const { fits, right } = forms[syntax];
  return fits(word) ? undefined : right;
}

interface Form {
  readonly right: string;
  fits(word: string): boolean;
}

const pattern = (expression: RegExp, right: string): Form => ({
  right,
  fits: (word) => expression.test(word),
});

const forms: Record<Syntax, Form> = {
  filled: pattern(/\S/, 'a value'),
  duration: pattern(
    /^[+-]?(((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+|0)$/,
    'a duration with units, such as 90s or 1h30m',
  ),
  'docker-size': pattern(/^(-1|\d+(\.\d+)?\s?([kmgtp]i?b?|b)?)$/i, 'a size such as 512m or 2g'),
  'docker-cpus': pattern(/^\d*\.?\d+$/, 'a number of CPUs such as 2 or 0.5'),
  quantity: pattern(
    /^[+-]?(\d+\.?\d*|\.\d+)(m|[kMGTPE]i?|Ki|[eE]\d+)?$/,
    'a quantity such as 500m, 2 or 1Gi',
  ),
  volume: {
    right: 'a volume: /in/container, /host:/in/container[:ro] or name:/in/container',
    fits: isVolume,
  },
  'host-ip': {
    right: 'host:IP such as gitlab.local:10.0.0.5, or host:host-gateway',
    fits: isHostIp,
  },
  host: pattern(/^\S+$/, 'a host name or IP address, without spaces'),
  ip: { right: 'an IP address such as 10.0.0.2, without brackets or port', fits: (word) => isIP(word) !== 0 },
  proxy: pattern(
    /^(((https?|socks5h?):\/\/)?([^\s/@]+@)?(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?\/?)?$/i,
    'a proxy URL such as http://proxy.example.com:3128 (write @ in a password as %40)',
  ),
  // Programs disagree about what stands between: blanks beside a comma are the most that all of them pass over.
  'no-proxy': pattern(
    /^\s*[^\s,;]*\s*(,\s*[^\s,;]*\s*)*$/,
    'a comma-separated list of hosts, such as .example.com,10.0.0.5',
  ),
  // git clones over these; gitlab-runner puts the path of the project behind it.
  'clone-url': pattern(
    /^((https?|ssh):\/\/([^\s/@]+@)?(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?(\/[^\s?#]*)?|[\w-]+(\.[\w-]+)+(:\d{1,5})?)?$/i,
    'a URL at which jobs reach GitLab, such as https://gitlab.example.com or ssh://git@gitlab.example.com',
  ),
  'name=value': pattern(/^[^=\s]+=/, 'NAME=value'),
  variable: pattern(/^[^=\s]+(=|$)/, 'NAME=VALUE or NAME, without spaces in the name'),
  image: {
    right: `an image such as ${defaultImage} or registry.example.com/group/image:tag`,
    fits: (word) => isPlaceholder(word) || isImage(word),
  },
  // A number alone is a host for Go's net.Listen, and gitlab-runner ends at its start.
  listen: pattern(
    /^(|:\d{1,5}|[\w.-]*[a-z.][\w.-]*(:[\w-]+)?|\[[\da-f:.%\w]*\]:[\w-]+|\S*(\$|\{\{|<%).*)$/i,
    'host:port or :port, such as :9252 or 127.0.0.1:9252',
  ),
  // Docker's client wants a scheme; a path alone would be taken for nothing it knows.
  engine: pattern(
    /^(|[a-z]+:\/\/\S+|\$\S+)$/,
    'the address of a container engine, such as unix:///var/run/docker.sock or tcp://host:2376',
  ),
  port: {
    right: 'a port from 1 to 65535',
    fits: (word) => /^\d{1,5}$/.test(word) && Number(word) > 0 && Number(word) <= 65_535,
  },
  // As openssl, curl and browsers write it: with colons or without, and with its name before it.
  sha256: pattern(
    /^\s*(sha-?256( fingerprint)?\s*[:=]\s*)?([\da-f]{2}[:\s-]?){31}[\da-f]{2}\s*$/i,
    'a SHA-256 fingerprint: 64 hexadecimal digits, with colons or without',
  ),
};

// gitlab-runner reads ro and rw in any case; O is Podman's overlay.
const modes = /^([rR][oOwW]|z|Z|O|U|nocopy|cached|delegated|consistent|r?shared|r?slave|r?private)$/;

// The grammar of image names (distribution/reference): the domain may have capitals, the path none.
const pathPart = '[a-z\\d]+(?:(?:\\.|_{1,2}|-+)[a-z\\d]+)*';
const domain = '(?:[a-zA-Z\\d](?:[a-zA-Z\\d.-]*[a-zA-Z\\d])?|\\[[a-fA-F\\d:]+\\])(?::\\d+)?';
const imageForm = new RegExp(
  `^(?:${domain}/)?${pathPart}(?:/${pathPart})*(?::\\w[\\w.-]{0,127})?(?:@[A-Za-z][\\w+.-]*:[a-fA-F\\d]{32,})?$`,
);

/** Whether a word names an image as Docker and Kubernetes read it. */
const isImage = (word: string): boolean => imageForm.test(word);

function isVolume(word: string): boolean {
  // Several in one word: what somebody meant for a list, and Docker would take for one odd path.
  if (/[,\s]\s*\//.test(word)) return false;
  const parts = volumeParts(word);
  return parts?.modes.every((mode) => modes.test(mode)) ?? false;
}

/**
 * The parts of a volume as Docker reads them, for Linux and Windows paths; `undefined` when it is not one.
 * A path may hold `$VARIABLES`, which gitlab-runner expands for each job.
 */
export function volumeParts(word: string): { source?: string; target: string; modes: string[] } | undefined {
  const pieces = word.match(/[a-zA-Z]:[\\/][^:]*|[^:]+/g) ?? [];
  if (pieces.join(':') !== word) return undefined;
  const isPath = (piece: string | undefined) =>
    piece !== undefined && /^([/$~]|[a-zA-Z]:[\\/]|\\\\)/.test(piece);
  const isName = (piece: string | undefined) => piece !== undefined && /^[a-zA-Z0-9$][\w.${}-]*$/.test(piece);
  const [first, second, third] = pieces;
  const split = (text: string | undefined) => text?.split(',') ?? [];
  if (isPath(first) && !isPath(second) && pieces.length <= 2) {
    return { target: first!, modes: split(second) };
  }
  if ((isPath(first) || isName(first)) && isPath(second) && pieces.length <= 3) {
    return { source: first!, target: second!, modes: split(third) };
  }
  return undefined;
}

/**
 * `host:ip` as Docker's API wants it, which gitlab-runner hands it to as it stands: `host=ip` and the brackets of IPv6
 * are forms of the docker command alone, since its version 25.
 */
export const tidyHostIp = (word: string): string =>
  word.replace(/^([^:=]*)[:=]\[?(.*?)\]?$/, (_, host: string, address: string) => `${host}:${address}`);

// As the docker command takes it.
function isHostIp(word: string): boolean {
  const at = word.search(/[:=]/);
  if (!/^[\w$][\w.${}-]*$/.test(word.slice(0, Math.max(at, 0)))) return false;
  const address = word.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
  return address === 'host-gateway' || isIP(address) !== 0;
}

/** The volumes of a list that are mounted where an earlier one is: that one, this one, and the path in the container. */
export function doubleMounts(
  volumes: readonly string[],
): { before: string; volume: string; target: string }[] {
  if (volumes.length < 2) return [];
  const seen = new Map<string, string>();
  return volumes.flatMap((volume) => {
    const target = mountTarget(volume);
    const before = seen.get(target);
    seen.set(target, before ?? volume);
    return before === undefined ? [] : [{ before, volume, target }];
  });
}

/** The path in the container at which a volume is mounted; `//`, `/./`, `..` and a slash at its end make no difference. */
export function mountTarget(volume: string): string {
  const target = volumeParts(volume)?.target ?? volume;
  if (isWindowsPath(target))
    return win32
      .normalize(target)
      .replace(/(.)[\\]+$/, '$1')
      .toLowerCase();
  if (!target.startsWith('/')) return target.replace(/(.)\/+$/, '$1');
  return posix
    .normalize(target)
    .replace(/^\/{2,}/, '/')
    .replace(/(.)\/+$/, '$1');
}

/** Whether a path begins with a drive, as those of Windows do. */
export const isWindowsPath = (path: string): boolean => /^[a-z]:([\\/]|$)/i.test(path);
