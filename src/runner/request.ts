import type { Credential } from '../settings/credential.ts';
import { tagsOf } from '../settings/rules.ts';
import { type SettingName, type Settings, table } from '../settings/table.ts';
import { harmless } from '../text/sanitize.ts';

/** The group or project that a created runner belongs to, by its id in GitLab. */
export type Owner = { readonly group_id: number } | { readonly project_id: number } | Record<string, never>;

/** The body of POST /runners as gitlab-runner sends it, without its `info`: empty texts and zeros are left out, switches never. */
export function registerBody(
  settings: Settings,
  { token }: Credential,
  info: object,
): { token: string; [parameter: string]: unknown } {
  const tags = settings.tagList ?? '';
  return {
    ...filled('description', settings.description),
    ...filled('maintenance_note', settings.maintenanceNote),
    ...filled('tag_list', tags),
    // A runner without tags that takes no untagged jobs would never work; gitlab-runner decides the same.
    run_untagged: tags === '' || (settings.runUntagged ?? false),
    locked: settings.locked ?? true,
    ...filled('access_level', settings.accessLevel),
    ...filled('maximum_timeout', settings.maximumTimeout),
    paused: settings.paused ?? false,
    info,
    token,
  };
}

/** The body of POST /user/runners: only what was given, and never the id of another kind of owner (GitLab answers 500 to it). */
export function createBody(
  settings: Settings,
  owner: Owner,
): { runner_type: string; [parameter: string]: unknown } {
  const tags = tagsOf(settings);
  return {
    runner_type: `${settings.runnerType}_type`,
    ...owner,
    ...filled('description', settings.description),
    ...filled('maintenance_note', settings.maintenanceNote),
    ...(tags.length > 0 && { tag_list: tags.join(',') }),
    run_untagged: tags.length === 0 || (settings.runUntagged ?? false),
    ...(settings.locked !== undefined && { locked: settings.locked }),
    ...filled('access_level', settings.accessLevel),
    ...filled('maximum_timeout', settings.maximumTimeout),
    ...(settings.paused !== undefined && { paused: settings.paused }),
  };
}

const filled = (field: string, value: string | number | undefined): object =>
  value ? { [field]: value } : {};

/** What of the settings GitLab keeps, by the names of its API, for PUT /runners/:id. */
export const keptBody = (settings: Settings, names: readonly SettingName[]): Record<string, unknown> =>
  Object.fromEntries(
    names.map((name) => [table[name].api!, name === 'tagList' ? tagsOf(settings).join(',') : settings[name]]),
  );

/** The part of a body for PUT /runners/:id that differs from what GET /runners/:id told. */
export const differingAtGitlab = (
  body: object,
  present: Readonly<Record<string, unknown>>,
): Record<string, unknown> =>
  Object.fromEntries(Object.entries(body).filter(([key, value]) => !isSame(value, present[key])));

// Tags go there as one text and come back as a list in any order; what is empty comes back as nothing.
function isSame(wanted: unknown, present: unknown): boolean {
  if (present === null) return wanted === '' || wanted === 0;
  if (!Array.isArray(present)) return wanted === present;
  const tags = new Set(String(wanted).split(',').filter(Boolean));
  return tags.size === present.length && present.every((tag) => tags.has(tag));
}

/** What GitLab keeps, in words: each name of its API with its value, control characters harmless. */
export const keptWords = (kept: object): string =>
  Object.entries(kept)
    .map(([key, value]) => `${key} ${harmless(JSON.stringify(value), 200)}`)
    .join(', ');

/** What GitLab keeps, as it tells it: tags, which go there as one text, as a list. */
export const typedKept = (kept: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(kept).map(([key, value]) =>
      key === 'tag_list' && typeof value === 'string'
        ? [key, value.split(',').filter(Boolean)]
        : [key, value],
    ),
  );
