import { basename, dirname, join } from 'node:path';
import { type Table, textIn } from '../config/model.ts';
import { readRegular } from '../files/plain.ts';
import { type FleetState, readState, stateName } from '../fleet-file/state.ts';
import { sameGitlab } from '../gitlab/url.ts';
import { idOf, urlOf } from '../runner/select.ts';
import type { Env } from '../world.ts';

/** Where the state of `apply` stands that belongs to a config.toml. */
export const statePath = (path: string): string => join(dirname(path), stateName(basename(path)));

/** Reads what `apply` keeps beside a config.toml; nothing where it is not there, and `unreadable` for what is no state. */
export function stateBeside(path: string): FleetState | 'unreadable' | undefined {
  try {
    return readState(readRegular(statePath(path))) ?? 'unreadable';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'unreadable';
  }
}

/** What `apply` last set in GitLab of the runner of an entry, by the names of GitLab's API; nothing where it set nothing. */
export type LastSet = (runner: Table) => Readonly<Record<string, unknown>> | undefined;

/** Reads what `apply` last set, beside a config.toml (`path`); a state that is not there or cannot be read tells nothing. */
export function readLastSet(path: string, env: Env): LastSet {
  const state = stateBeside(path);
  const all = state === undefined || state === 'unreadable' ? [] : Object.values(state.runners);
  return (runner) => {
    const url = urlOf(runner, env);
    const here = all.filter((one) => sameGitlab(one.url, url));
    const id = idOf(runner);
    const byId = here.find((one) => one.id !== undefined && one.id === id);
    const byName = here.find((one) => one.id === undefined && one.name === textIn(runner, 'name'));
    return (byId ?? byName)?.gitlab;
  };
}
