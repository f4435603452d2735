import { textIn } from '../config/model.ts';
import { isCreatedRunnerToken } from '../settings/credential.ts';
import { type Entries, idOf, nameOf } from './select.ts';

/**
 * How a runner leaves: `local` only its entry in the file; `manager` this machine alone, the runner stays in GitLab;
 * `token` and `id` the whole runner, by its own token or by its id with an access token.
 */
type RemovalMethod = 'local' | 'manager' | 'token' | 'id';

/** One runner that is to go, and how. */
export interface Removal extends Entries {
  readonly way: RemovalMethod;
}

/** What was asked for: only the entry, or the whole runner. */
export interface RemovalRequest {
  readonly local: boolean;
  readonly whole: boolean;
}

/**
 * Decides how a runner leaves, as gitlab-runner does (unregister.go 79-85): a token that GitLab made with its runner
 * takes only this machine away, an older one the whole runner.
 */
export function removalOf(entries: Entries, token: string, { local, whole }: RemovalRequest): Removal {
  if (local) return { first: entries.first, all: [entries.first], way: 'local' };
  if (!isCreatedRunnerToken(token)) return { ...entries, way: 'token' };
  return { ...entries, way: whole ? 'id' : 'manager' };
}

/** What is going to happen to a runner, in one or two sentences. */
export function sentenceOf({ first, all, way }: Removal): string {
  const { at, runner } = first;
  const id = idOf(runner);
  const who = nameOf(first);
  const where = `GitLab at ${textIn(runner, 'url')}`;
  const runnerThere = id === undefined ? 'the runner' : `runner ${id}`;
  const others = all.filter((one) => one.at !== at).map((one) => `#${one.at + 1}`);
  const copies =
    others.length === 0 ? '' : ` Its copies with the same token will also be removed: ${others.join(', ')}.`;
  switch (way) {
    case 'local':
      return `${who} will be removed from config.toml. Nothing changes in ${where}.`;
    case 'manager':
      return `${who} will be removed from config.toml, and this machine from ${runnerThere} in ${where}.${copies} To delete the runner in GitLab as well, add --runner.`;
    default:
      return `${who} will be removed from config.toml, and ${runnerThere} will be deleted in ${where} for all machines that use it.${copies}`;
  }
}
