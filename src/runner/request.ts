import type { Credential } from '../settings/credential.ts';
import { tagsOf } from '../settings/rules.ts';
import type { Settings } from '../settings/table.ts';

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
