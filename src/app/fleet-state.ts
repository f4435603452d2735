import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Table, textIn } from '../config/model.ts';
import { readState, stateName } from '../fleet/state.ts';
import { sameGitlab } from '../gitlab/url.ts';
import { idOf, urlOf } from '../runner/select.ts';
import type { Env } from '../world.ts';

/** Where the state of `apply` stands that belongs to a config.toml. */
export const statePath = (path: string): string => join(dirname(path), stateName(basename(path)));

/** What `apply` last set in GitLab of the runner of an entry, by the names of GitLab's API; nothing where it set nothing. */
export type LastSet = (runner: Table) => Readonly<Record<string, unknown>> | undefined;

/** Reads what `apply` last set, beside a config.toml (`path`); a state that is not there or cannot be read tells nothing. */
export function readLastSet(path: string, env: Env): LastSet {
  const file = statePath(path);
  const state = existsSync(file) ? readState(readFileSync(file, 'utf8')) : undefined;
  const all = Object.values(state?.runners ?? {});
  return (runner) => {
    const url = urlOf(runner, env);
    const here = all.filter((one) => sameGitlab(one.url, url));
    const id = idOf(runner);
    const byId = here.find((one) => one.id !== undefined && one.id === id);
    const byName = here.find((one) => one.id === undefined && one.name === textIn(runner, 'name'));
    return (byId ?? byName)?.gitlab;
  };
}
