import {
  accessFlags,
  type ConfigInvocation,
  isSwitchedOn,
  misuse,
  quietFlag,
  selectorFlags,
} from '../../app/invocation.ts';
import type { RunnerFilter, RunnersOf } from '../../gitlab/runner-calls.ts';
import type { VerbOption } from '../../terminal/options.ts';

const types = ['instance', 'group', 'project'] as const;
const states = ['online', 'offline', 'stale', 'never_contacted'] as const;

/** The filters of GitLab's lists of runners, as flags. */
export const filterFlags = {
  type: {
    flag: '--type',
    isSwitch: false,
    hint: 'TYPE',
    doc: `Runners of this type: ${types.slice(0, -1).join(', ')}, or ${types.at(-1)}`,
    offers: types,
  },
  status: {
    flag: '--status',
    isSwitch: false,
    hint: 'STATUS',
    doc: `Runners with this status: ${states.slice(0, -1).join(', ')}, or ${states.at(-1)}`,
    offers: states,
  },
  tagList: {
    flag: '--tag-list',
    isSwitch: false,
    hint: 'TAGS',
    doc: 'Runners that have all of these tags, comma-separated',
  },
  versionPrefix: {
    flag: '--version-prefix',
    isSwitch: false,
    hint: 'PREFIX',
    doc: 'Runners whose version begins like this, such as 17. or 18.2',
  },
} as const satisfies Record<string, VerbOption>;

/** Selects paused runners, or with `=false` the others. */
export const pausedFlag = {
  paused: {
    flag: '--paused',
    isSwitch: true,
    doc: 'Paused runners; --paused=false for runners that are not paused',
  },
} as const satisfies Record<string, VerbOption>;

/** Whose runners are listed. */
export const placeFlags = {
  group: {
    flag: '--group',
    isSwitch: false,
    hint: 'GROUP',
    doc: 'Runners that this group can use, by ID or path',
  },
  project: {
    flag: '--project',
    isSwitch: false,
    hint: 'PROJECT',
    doc: 'Runners that this project can use, by ID or path',
  },
} as const satisfies Record<string, VerbOption>;

/** What the commands that change runners at GitLab understand besides filters. */
export const actingFlags = {
  ...selectorFlags,
  url: { ...selectorFlags.url, doc: 'GitLab URL, if config.toml has several or none' },
  id: {
    flag: '--id',
    short: '-i',
    isSwitch: false,
    hint: 'ID',
    doc: 'Select the runner with this ID in GitLab; repeatable',
    offers: 'ids',
  },
  allRunners: { flag: '--all-runners', isSwitch: true, doc: 'Select all runners in config.toml' },
  ...accessFlags,
  ...quietFlag,
} as const satisfies Record<string, VerbOption>;

const valued = { ...filterFlags, ...placeFlags };

type Flags = ConfigInvocation['verbFlags'];

/** Whether runners are selected by a filter of GitLab. */
export const isFiltered = (flags: Flags): boolean =>
  Object.keys(valued).some((name) => (flags[name] ?? []).length > 0);

/** The filter that the flags say; throws a `Trouble` for a word that GitLab does not know. */
export function filterOf(flags: Flags): RunnerFilter {
  const type = oneOf(types, '--type', lastOf(flags, 'type')?.replace(/_type$/, ''));
  const status = oneOf(states, '--status', lastOf(flags, 'status')?.replaceAll('-', '_'));
  const [tags, versionPrefix] = [lastOf(flags, 'tagList'), lastOf(flags, 'versionPrefix')];
  if (versionPrefix !== undefined && !/^\d[\d.]*$/.test(versionPrefix))
    throw misuse(
      `--version-prefix ${versionPrefix} is not the beginning of a version.`,
      'Use digits and dots: --version-prefix 18.2',
    );
  return {
    ...(type !== undefined && { type }),
    ...(status !== undefined && { status }),
    ...(flags.paused !== undefined && { paused: isSwitchedOn(flags, 'paused') }),
    ...(tags !== undefined && { tags }),
    ...(versionPrefix !== undefined && { versionPrefix }),
  };
}

/** Whose runners the flags mean; throws a `Trouble` for a group and a project at once. */
export function placeOf(flags: Flags): RunnersOf {
  const [group, project] = [lastOf(flags, 'group'), lastOf(flags, 'project')];
  if (group !== undefined && project !== undefined)
    throw misuse('--group and --project cannot be combined.', 'Use one of them.');
  if (group !== undefined) return { group };
  return project === undefined ? 'seen' : { project };
}

/**
 * The last value of a flag; throws a `Trouble` for an empty one: a filter whose variable is unset would mean every runner.
 */
export function lastOf(flags: Flags, name: keyof typeof valued): string | undefined {
  const word = flags[name]?.at(-1);
  if (word?.trim() === '')
    throw misuse(
      `${valued[name].flag} is empty.`,
      'Use a value, or omit the flag. Check that its variable is set.',
    );
  return word;
}

function oneOf<const Word extends string>(
  words: readonly Word[],
  flag: string,
  given: string | undefined,
): Word | undefined {
  const found = words.find((word) => word === given);
  if (given === undefined || found !== undefined) return found;
  throw misuse(`${flag}: "${given}" is not one of ${words.join(', ')}.`, `Use one of ${words.join(', ')}.`);
}
