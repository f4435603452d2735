import { type Table, type Value, valueAt } from '../config/model.ts';
import type { FleetGitlab } from './model.ts';
import type { LastLeaf, LastRunner } from './state.ts';
import type { Leaf } from './wanted.ts';

/** One value that changes; absent is a key that is not there. */
export interface ValueChange {
  readonly path: readonly string[];
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/** Whether two values of the key at a path mean the same to gitlab-runner. */
type Equal = (path: readonly string[], present: unknown, wanted: unknown) => boolean;

/**
 * What changes in a table of config.toml so that it has all that is wanted: keys that differ, and those that were wanted
 * last time and are not any more. All others are left alone.
 */
export function tableChanges(
  present: Table,
  wanted: readonly Leaf[],
  last: readonly LastLeaf[],
  equal: Equal,
): ValueChange[] {
  const changed = wanted.flatMap(({ path, value }): ValueChange[] => {
    const before = valueAt(present, path);
    return isSame(path, before, value, equal) ? [] : [{ path, before, after: value }];
  });
  const names = new Set(wanted.map(({ path }) => nameOf(path)));
  const isWanted = (path: readonly string[]) =>
    names.has(nameOf(path)) || wanted.some((one) => nameOf(one.path.slice(0, path.length)) === nameOf(path));
  const gone = last.flatMap(({ path }): ValueChange[] => {
    const before = valueAt(present, path);
    const stays = before === undefined || isWanted(path) || lasting.has(nameOf(path));
    return stays ? [] : [{ path, before, after: undefined }];
  });
  return [...changed, ...gone];
}

// gitlab-runner compares names of keys whatever their case.
const nameOf = (path: readonly string[]): string => path.join('\n').toLowerCase();

// Without these an entry would be no runner any more.
const lasting: ReadonlySet<string> = new Set(['name', 'executor', 'url']);

// gitlab-runner leaves out what is empty, so an absent key equals its zero value.
function isSame(path: readonly string[], present: Value | undefined, wanted: Value, equal: Equal): boolean {
  if (present !== undefined) return equal(path, present, wanted);
  return wanted === '' || wanted === 0 || wanted === false || (Array.isArray(wanted) && wanted.length === 0);
}

/** What GitLab keeps of a runner, by the names of its API, as it is wanted. */
export type Kept = Readonly<Record<string, unknown>>;

/** What a fleet says of the settings that GitLab keeps; tags as one text, as GitLab takes them. */
export function keptOf({
  description,
  tag_list: tags,
  run_untagged: runUntagged,
  access_level: accessLevel,
  locked,
  paused,
  maximum_timeout: timeout,
  maintenance_note: note,
}: FleetGitlab): Kept {
  const kept = {
    description,
    tag_list: tags?.join(','),
    run_untagged: runUntagged,
    access_level: accessLevel,
    locked,
    paused,
    maximum_timeout: timeout,
    maintenance_note: note,
  };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

/** What is wanted at GitLab with what was wanted last time and is not any more, which goes back to what GitLab gives a new runner. */
export function withDefaultsBack(kept: Kept, last: LastRunner | undefined, present: Kept): Kept {
  const dropped = Object.keys(last?.gitlab ?? {}).filter(
    (key) => !Object.hasOwn(kept, key) && Object.hasOwn(gitlabDefaults, key),
  );
  const back = Object.fromEntries(dropped.map((key) => [key, gitlabDefaults[key]]));
  // A runner without tags that takes no untagged jobs is refused.
  const isIdle = back.tag_list === '' && kept.run_untagged === undefined && present.run_untagged === false;
  return { ...kept, ...back, ...(isIdle && { run_untagged: true }) };
}

const gitlabDefaults: Kept = {
  tag_list: '',
  run_untagged: true,
  access_level: 'not_protected',
  locked: false,
  paused: false,
  maximum_timeout: '',
  maintenance_note: '',
};
