import { followedTag } from '../text/gitlab-runner.ts';
import { choice, type Kind, list, text, Unfit, type Value, whole } from './kinds.ts';

/** One setting of the container that `container install` makes: its flag, how words are read, what it is called. */
export interface ContainerRow {
  readonly flag: `--${string}`;
  readonly kind: Kind;
  readonly ask: string;
  readonly doc: string;
}

/** The one truth about the settings of a runner's container. */
export const containerTable = {
  image: {
    flag: '--image',
    kind: text('NAME', 'image'),
    ask: 'Image without tag',
    doc: 'Image without tag (default: gitlab/gitlab-runner)',
  },
  tag: {
    flag: '--tag',
    kind: pattern(
      'TAG',
      /^[\w][\w.-]{0,127}$/,
      `a tag such as ${followedTag}, alpine-${followedTag}, or latest`,
    ),
    ask: 'Image tag',
    doc: `Image tag, such as alpine-${followedTag} (default: ${followedTag})`,
  },
  name: {
    flag: '--name',
    kind: pattern(
      'NAME',
      /^[a-zA-Z0-9][\w.-]+$/,
      'a name of letters, digits, underscores, dots, and hyphens',
    ),
    ask: 'Container name',
    doc: 'Container name (default: gitlab-runner)',
  },
  folder: {
    flag: '--config-folder',
    kind: pattern(
      'FOLDER|VOLUME',
      /^(?:[a-zA-Z0-9][\w.-]*|\.\.?|(?:[a-zA-Z]:(?=[\\/]))?[^:\p{Cc}]*[/\\~][^:\p{Cc}]*)$/u,
      'a folder such as /srv/gitlab-runner/config, without a colon, or a volume name without /',
    ),
    ask: 'Folder or volume for config.toml',
    doc: 'Folder or volume that contains config.toml',
  },
  socket: {
    flag: '--socket',
    kind: pattern('PATH|none', /^(\/[^:,\s]*|none)$/, 'the path of a socket, or none'),
    ask: 'Engine socket for jobs in containers',
    doc: 'Socket for the docker executor (default: detected)',
  },
  restart: {
    flag: '--restart',
    kind: pattern(
      'POLICY',
      /^(no|always|unless-stopped|on-failure(:\d+)?)$/,
      'one of always, unless-stopped, on-failure[:N], no',
    ),
    ask: 'Restart policy',
    doc: 'Restart policy, such as on-failure:3 (default: always)',
  },
  timezone: {
    flag: '--timezone',
    kind: checked('ZONE', readZone),
    ask: 'Time zone',
    doc: 'Time zone of logs and schedules, such as Europe/Berlin',
  },
  sessionPort: {
    flag: '--session-port',
    kind: { ...whole('PORT', 1), read: readPort },
    ask: 'Port of the session server (interactive web terminals)',
    doc: 'Port of the session server, such as 8093',
  },
  extraHosts: {
    flag: '--add-host',
    kind: list('NAME:IP', 'host-ip'),
    ask: 'Additional host names (NAME:IP)',
    doc: 'Host name and IP address for the container; repeatable',
  },
  ca: {
    flag: '--ca-file',
    kind: text('FILE', 'filled'),
    ask: 'CA certificate file of GitLab (PEM)',
    doc: 'CA certificate file of GitLab (PEM)',
  },
  selinux: {
    flag: '--selinux-label',
    kind: pattern(
      'TYPE|disable',
      /^(disable|\w+)$/,
      'an SELinux type such as container_runtime_t, or the word disable',
    ),
    ask: 'SELinux type',
    doc: 'SELinux type of the process, such as container_runtime_t',
  },
  proxy: {
    flag: '--proxy',
    kind: checked('URL', readProxy),
    ask: 'Proxy to reach GitLab',
    doc: 'Proxy to reach GitLab',
  },
  noProxy: {
    flag: '--no-proxy',
    kind: checked('HOSTS', readHosts),
    ask: 'Hosts to reach without the proxy',
    doc: 'Hosts to reach without the proxy, comma-separated',
  },
  env: {
    flag: '--env',
    kind: list('NAME[=VALUE]', 'variable'),
    ask: 'Environment variables (NAME=VALUE)',
    doc: 'Environment variable of the container; repeatable',
  },
  volumes: {
    flag: '--volume',
    kind: list('VOLUME', 'volume'),
    ask: 'Volumes',
    doc: 'Volume, such as /host:/container:ro; repeatable',
  },
} as const satisfies Record<string, ContainerRow>;

export type ContainerSetting = keyof typeof containerTable;

type Held<R> = R extends { readonly kind: Kind<infer V> } ? V : never;

/** What was given for each setting; one that nobody gave has no key. */
export type ContainerGiven = { -readonly [N in ContainerSetting]?: Held<(typeof containerTable)[N]> };

export const containerSettingNames = Object.keys(containerTable) as ContainerSetting[];

/** Reads the words of the flags; throws `Unfit` with a line for each that does not fit. */
export function readContainerGiven(
  words: Readonly<Record<string, readonly string[] | undefined>>,
): ContainerGiven {
  const given: Record<string, Value> = {};
  const wrong: string[] = [];
  for (const name of containerSettingNames) {
    const said = words[name];
    if (said === undefined) continue;
    const { flag, kind } = containerTable[name] as ContainerRow;
    try {
      given[name] = kind.read(said);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      const shown = name === 'proxy' || name === 'env' ? 'the value' : `"${said.at(-1)}"`;
      wrong.push(`${flag}: ${shown} is not ${error.message}`);
    }
  }
  if (wrong.length > 0) throw new Unfit(wrong.join('\n'));
  return given as ContainerGiven;
}

function checked(hint: string, read: (words: readonly string[]) => string): Kind<string> {
  return { ...text(hint), read };
}

function pattern(hint: string, form: RegExp, right: string): Kind<string> {
  return checked(hint, (words) => {
    const word = words.at(-1) ?? '';
    if (!form.test(word)) throw new Unfit(right);
    return word;
  });
}

/** The forms in which `container install --print` writes a container. */
export const printForms = choice(['docker', 'compose', 'quadlet', 'systemd']);

function readZone(words: readonly string[]): string {
  const word = words.at(-1) ?? '';
  try {
    new Intl.DateTimeFormat('en', { timeZone: word });
    return word;
  } catch {
    throw new Unfit('a time zone such as Europe/Berlin or UTC');
  }
}

function readPort(words: readonly string[]): number {
  const port = Number(words.at(-1));
  if (!/^\d+$/.test(words.at(-1) ?? '') || port < 1 || port > 65535)
    throw new Unfit('a port from 1 to 65535');
  return port;
}

// The same form as for the jobs, where an empty one would take the list away; a new container has none.
function readHosts(words: readonly string[]): string {
  return text('HOSTS', 'no-proxy').read([text('HOSTS', 'filled').read(words)]);
}

function readProxy(words: readonly string[]): string {
  const word = words.at(-1) ?? '';
  if (!/^https?:\/\/\S+$/.test(word) || !URL.canParse(word))
    throw new Unfit('an address such as http://proxy:3128');
  return word;
}
