import type { ConfigInvocation } from '../../app/invocation.ts';
import type { Rollback } from '../../app/rollback.ts';
import type { Config } from '../../config/read.ts';
import { type DockerConfig, type Login, plainName, secretsIn } from '../../host/docker-config.ts';
import { masker } from '../../settings/mask.ts';
import type { Say, Way } from '../../terminal/say.ts';
import { harmless } from '../../text/sanitize.ts';

/** What `registry-auth` starts from. */
export interface RegistryAuthContext extends ConfigInvocation {
  /** The registries named, as people write them. */
  readonly registries: readonly string[];
  /** The access token for the variables, where there is one. */
  readonly access: string | undefined;
  /** config.toml, where there is one. */
  readonly file: Config | undefined;
}

/** Whether places are going to be changed, and not only looked at. */
export const changesPlaces = ({ words, dryRun }: Pick<ConfigInvocation, 'words' | 'dryRun'>): boolean =>
  !dryRun && (words[0] === 'add' || words[0] === 'remove');

/** The key of the variable in which gitlab-runner looks for logins. */
export const variableKey = 'DOCKER_AUTH_CONFIG';

/** Makes the logins of a place from those that stand there now; doing it twice changes nothing more. */
export type Change = (now: DockerConfig) => DockerConfig;

/** One place where logins are kept, as it was found. */
export interface Target {
  /** In words, such as "the CI/CD variable DOCKER_AUTH_CONFIG of project acme/app". */
  readonly name: string;
  /** The same in a few words, for a table. */
  readonly label: string;
  /** The same for `--json`. */
  readonly json: object;
  /** What is there; nothing when it is not there, or when nobody was asked. */
  readonly found: DockerConfig | undefined;
  /** Who can read it and what it comes before. */
  readonly about: string;
  /** Whether the change would do anything; not known before GitLab is asked. */
  wouldChange(change: Change): boolean | undefined;
  /** Shows what would change, secrets hidden. */
  show(change: Change, to: Way): Promise<void>;
  /** Changes it; false when there was nothing to change. `isStale` when a person has thought about it meanwhile. */
  carryOut(change: Change, guard: Rollback, isStale: boolean): Promise<boolean>;
}

/** Hides the secrets of a config from now on. */
export const hideLogins = (say: Say, config: DockerConfig | undefined): void =>
  say.hide(masker(secretsIn(config ?? {})));

/** A login in words: its registry, its user and where its secret is. */
export const wordsOn = (login: Login): string => `${harmless(plainName(login.key))}  ${userIn(login)}`;

/** The user of a login, or who is asked for it. */
export function userIn({ user: name, secret, helper }: Login): string {
  const user = name === undefined ? undefined : harmless(name, 80);
  if (helper !== undefined) return harmless(`${user ? `${user}, ` : ''}asks docker-credential-${helper}`);
  if (secret !== undefined && 'identityToken' in secret) return 'identity token';
  return user ?? 'no login';
}

/** How a login is kept, for `--json`. */
export const keptIn = ({ secret, helper }: Login): string => {
  if (helper !== undefined) return 'helper';
  if (secret === undefined) return 'nothing';
  return 'password' in secret ? 'password' : 'identity-token';
};

/** A path as people shorten it. */
export const shortPath = (path: string, home: string): string =>
  home !== '' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
