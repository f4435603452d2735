import { version } from '../../package.json';
import { textIn } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import type { Gitlab } from '../gitlab/calls.ts';
import type { Connection } from '../gitlab/connection.ts';
import { type RunnerInfo, runnerInfo } from '../gitlab/features.ts';
import { proxiesOf } from '../gitlab/proxies.ts';
import { lookupBy } from '../host/names.ts';
import { findCertificates, type NamedFiles } from '../host/places.ts';
import { type RunnerEntry, urlOf } from '../runner/select.ts';
import type { Settings } from '../settings/table.ts';
import type { Say } from '../terminal/say.ts';
import { spin } from '../terminal/spin.ts';
import { urlCorrection } from '../text/gitlab-url.ts';
import { harmless } from '../text/sanitize.ts';
import { position, shellLine } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
/** How a GitLab is reached, whichever it is: certificates, proxies, our name, who hears of answers. */
export type ConnectionOptions = Omit<Connection, 'url'>;

interface Reach {
  readonly world: World;
  readonly say: Say;
  /** Where config.toml is: certificates are looked for beside it. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * How a host is reached: with the certificates that are named, else with those of its name beside config.toml, the
 * proxies of the environment, and `pem` as one more trusted certificate. Throws a `Trouble` for a named file that cannot be read.
 */
export function connectionOptions(
  { world, say, path, signal }: Reach,
  host: string,
  named: NamedFiles,
  pem?: string,
): ConnectionOptions {
  warnOfIgnoredSwitch(world, say);
  const { ca, client } = findCertificates(host, named, path, world);
  const lookup = lookupBy(world);
  const pems = [ca?.pem, pem].filter((one) => one !== undefined);
  return {
    agent: agentOf(world),
    ...(signal && { signal }),
    proxies: proxiesOf(world.env),
    ...(lookup && { lookup }),
    onAnswer: (words) => say.detail(words),
    // A runner that is created and then verified hears the same of GitLab twice.
    onWarning: (words) => say.warnings.includes(words) || say.warn(words),
    ...(pems.length > 0 && { ca: pems }),
    ...client,
  };
}

/** Warns once that Node's switch which turns the check of certificates off has no effect, where it is set. */
export function warnOfIgnoredSwitch({ env }: World, say: Say): void {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return;
  const words =
    'NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect on runner-setup. For your own CA, use ' +
    '--tls-ca-file FILE; to trust one certificate, register with --tls-trust SHA-256.';
  if (!say.warnings.includes(words)) say.warn(words);
}

/** Opens a GitLab, asks it, and closes the connection whatever comes; throws what asking throws. */
export async function atGitlab<T>(connection: Connection, ask: (gitlab: Gitlab) => Promise<T>): Promise<T> {
  // Most runs of edit change the file only: they load nothing of this.
  const { openGitlab } = await import('../gitlab/calls.ts');
  const gitlab = openGitlab(connection);
  try {
    return await ask(gitlab);
  } finally {
    await gitlab.close();
  }
}

/** Asks a GitLab behind a spinner that says what is done (`doing`) and which attempt is waited for. */
export function askGitlab<T>(
  { world, say }: Pick<Reach, 'world' | 'say'>,
  doing: string,
  connection: Connection,
  ask: (gitlab: Gitlab) => Promise<T>,
): Promise<T> {
  return spin(world, say, doing, (spinner) =>
    atGitlab({ ...connection, onWait: (wait) => spinner.says(waitWords(wait)) }, ask),
  );
}

/** What is said while an attempt is waited for. */
export const waitWords = ({
  seconds,
  attempt,
  of,
  because,
}: Parameters<NonNullable<Connection['onWait']>>[0]) =>
  `${because}; attempt ${attempt} of ${of} in ${Math.ceil(seconds)} s`;

/** Where the flags that name certificates were given, they win over the runner's own keys. */
type Asker = Pick<Reach, 'world' | 'say' | 'path'> & {
  readonly settings: Pick<Settings, 'tlsCaFile' | 'tlsCertFile' | 'tlsKeyFile'>;
};

/**
 * How the GitLab of a runner of the file is reached, with the certificates that its entry or its host's name tells.
 * Throws a `Trouble` when the entry has no usable url.
 */
export function connectionOf(asker: Asker, entry: RunnerEntry, signal?: AbortSignal): Connection {
  const { world, path, settings } = asker;
  const { at, runner } = entry;
  const url = urlOf(runner, world.env);
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
    const shown = url === '' ? 'has no URL' : `has the URL "${harmless(url, 80)}", which is not valid`;
    throw new Trouble(`The runner #${at + 1} in ${path} ${shown}.`, {
      hint: `runner-setup edit ${position(at)} ${shellLine(urlCorrection(url))}`,
      code: exitCode.usage,
    });
  }
  const named = {
    caFile: settings.tlsCaFile ?? textIn(runner, 'tls-ca-file'),
    certFile: settings.tlsCertFile ?? textIn(runner, 'tls-cert-file'),
    keyFile: settings.tlsKeyFile ?? textIn(runner, 'tls-key-file'),
  };
  return { ...connectionOptions({ ...asker, signal }, new URL(url).hostname, named), url };
}

const name = 'runner-setup';

/** The User-Agent of this program. */
export const agentOf = ({ platform, architecture, versions }: World): string =>
  `${name} ${version} (${platform}/${architecture}; node ${versions.node})`;

/** The `info` that goes with a request about a runner: what it can do, by its executor where that is told. */
export function infoOf(
  world: World,
  { executor, shell, dockerGpus }: Settings,
  withExecutor: boolean,
): RunnerInfo {
  const { platform, architecture } = world;
  return runnerInfo({
    name,
    version,
    platform,
    architecture,
    ...(withExecutor && executor !== undefined && { executor }),
    ...(withExecutor && shell !== undefined && { shell }),
    ...(withExecutor && dockerGpus !== undefined && { gpus: dockerGpus }),
  });
}
