import type { ConfigInvocation } from '../../app/invocation.ts';
import type { Config } from '../../config/read.ts';

/** What `registry-auth` starts from. */
export interface RegistryAuthContext extends ConfigInvocation {
  /** The registries named, as people write them. */
  readonly registries: readonly string[];
  /** The access token for the variables, where there is one. */
  readonly access: string | undefined;
  /** config.toml, where there is one. */
  readonly file: Config | undefined;
}

/** Whether targets are going to be changed, and not only looked at. */
export const changesTargets = ({ words, dryRun }: Pick<ConfigInvocation, 'words' | 'dryRun'>): boolean =>
  !dryRun && isChange(words);

/** Whether the words are those of a subcommand that changes targets, also in a dry run. */
export const isChange = ([word]: readonly string[]): boolean => word === 'add' || word === 'remove';

/** The key of the variable in which gitlab-runner looks for logins. */
export const variableKey = 'DOCKER_AUTH_CONFIG';
/** A path as people shorten it. */
export const shortPath = (path: string, home: string): string =>
  home !== '' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
