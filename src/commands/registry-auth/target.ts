import { isSwitchedOn } from '../../app/invocation.ts';
import type { Rollback } from '../../app/rollback.ts';
import { Trouble } from '../../errors.ts';
import { programOf } from '../../host/credential-helper.ts';
import {
  type DockerConfig,
  isIdle,
  type Login,
  loginsIn,
  plainName,
  readDockerConfig,
  secretsIn,
} from '../../host/docker-config.ts';
import type { Output } from '../../terminal/output-schema.ts';
import type { Channel, DiffLine, Say } from '../../terminal/say.ts';
import { harmless } from '../../text/sanitize.ts';
import type { RegistryAuthContext } from './context.ts';

type OutputPlace = NonNullable<Output['places']>[number];
type OutputLogin = NonNullable<Output['registries']>[number];

/** Makes the logins of a target from those that stand there now; doing it twice changes nothing more. */
export type Change = (now: DockerConfig) => DockerConfig;

/** One target where logins are kept, as it was found. */
export interface Target {
  /** In words, such as "the CI/CD variable DOCKER_AUTH_CONFIG of project acme/app". */
  readonly name: string;
  /** Its name in a few words, for a table. */
  readonly label: string;
  /** Its name for `--json`. */
  readonly json: OutputPlace;
  /** What is there; nothing when it is not there, or when nobody was asked. */
  readonly found: DockerConfig | undefined;
  /** Who can read it and what it comes before. */
  readonly about: string;
  /** Whether the change would do anything; not known before GitLab is asked. */
  wouldChange(change: Change): boolean | undefined;
  /** Shows what would change, secrets hidden. */
  show(change: Change, to: Channel): Promise<void>;
  /** Changes it; false when there was nothing to change. `isStale` when a person has thought about it meanwhile. */
  apply(change: Change, rollback: Rollback, isStale: boolean): Promise<boolean>;
}

/** Hides the secrets of a config from now on. */
export const hideLogins = (say: Say, config: DockerConfig | undefined): void =>
  say.hide(secretsIn(config ?? {}));

/** A login in words: its registry, its user and where its secret is. */
export const wordsOn = (login: Login): string => `${harmless(plainName(login.key))}  ${userIn(login)}`;

/** The user of a login, or who is asked for it. */
export function userIn({ user: name, secret, helper }: Login): string {
  const user = name === undefined ? undefined : harmless(name, 80);
  if (helper !== undefined) return harmless(`${user ? `${user}, ` : ''}asks docker-credential-${helper}`);
  if (secret !== undefined && 'identityToken' in secret) return 'identity token';
  return user ?? 'no credentials';
}

/** How a login is kept, for `--json`. */
const keptIn = ({ secret, helper }: Login): OutputLogin['kept'] => {
  if (helper !== undefined) return 'helper';
  if (secret === undefined) return 'nothing';
  return 'password' in secret ? 'password' : 'identity-token';
};

/**
 * Reads what a target holds, and hides its secrets from now on; nothing for no text, or for one that --replace is about.
 */
export function readLogins(
  context: RegistryAuthContext,
  text: string | undefined,
  where: string,
): DockerConfig | undefined {
  if (text === undefined) return undefined;
  try {
    const config = readDockerConfig(text, where);
    hideLogins(context.say, config);
    return config;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (isSwitchedOn(context.verbFlags, 'replace')) return undefined;
    const { message, why, hint } = error;
    const replace = 'To replace it: --replace';
    throw new Trouble(message, { ...(why && { why }), hint: `${hint} ${replace}`, cause: error });
  }
}

/** What changes between two configs, a line for each registry and for the helper of all others, secrets left out. */
export function loginLines(before: DockerConfig | undefined, after: DockerConfig): DiffLine[] {
  return [...registryLines(before, after), ...storeLines(before, after)];
}

const storeLines = (before: DockerConfig | undefined, after: DockerConfig): DiffLine[] =>
  before?.credsStore && !after.credsStore
    ? [{ sign: '-', text: `all others  asks ${harmless(programOf(before.credsStore))}` }]
    : [];

function registryLines(before: DockerConfig | undefined, after: DockerConfig): DiffLine[] {
  const [old, now] = [loginsIn(before ?? {}), loginsIn(after)];
  const names = [...new Set([...old, ...now].map(({ key }) => plainName(key)))].sort();
  return names.flatMap((name): DiffLine[] => {
    const [was, is] = [old, now].map((all) => all.find(({ key }) => plainName(key) === name));
    if (was === undefined) return [{ sign: '+', text: wordsOn(is!) }];
    if (is === undefined) return [{ sign: '-', text: wordsOn(was) }];
    const isKept = JSON.stringify(bodyOf(before, was.key)) === JSON.stringify(bodyOf(after, is.key));
    if (isKept && was.key === is.key) return [{ sign: ' ', text: wordsOn(is) }];
    const how = isKept ? `, as ${harmless(is.key)}` : userIn(was) === userIn(is) ? ', different secret' : '';
    return [
      { sign: '-', text: wordsOn(was) },
      { sign: '+', text: wordsOn(is) + how },
    ];
  });
}

const bodyOf = (config: DockerConfig | undefined, key: string) => [
  config?.auths?.[key],
  config?.credHelpers?.[key],
  config?.credsStore,
];

/** A login for `--json`. */
export const plainLogin = (login: Login): OutputLogin => ({
  registry: plainName(login.key),
  ...(login.user !== undefined && { user: login.user }),
  kept: keptIn(login),
  ...(login.helper !== undefined && { helper: login.helper }),
});

/** The text that a target is to hold; nothing when no login is left in it. */
export const textFor = (config: DockerConfig, write: (config: DockerConfig) => string): string | undefined =>
  isIdle(config) ? undefined : write(config);
