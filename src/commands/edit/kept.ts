import { valueAt } from '../../config/model.ts';
import { livesAtGitlab } from '../../settings/rules.ts';
import { type SettingName, settingNames, table } from '../../settings/table.ts';
import type { Draft, EntryRow } from './draft.ts';

/** The settings that GitLab keeps with a runner and config.toml does not hold; its description is the name shown there. */
export const keptNames: readonly SettingName[] = settingNames.filter(
  (name) => name === 'description' || (livesAtGitlab(name) && table[name].api !== undefined),
);

/** What such a setting is called in the menu: its flag without the dashes. */
export const keptWord = (name: SettingName): string => table[name].flag.slice(2);

/** The row of such a setting where GitLab was not asked yet. */
export const rowForKept = (draft: Draft, at: number, name: SettingName): EntryRow => {
  const wanted = valueAt(draft.keptAt(at), [table[name].api!]);
  return {
    value: `kept ${name}`,
    name: keptWord(name),
    isChanged: wanted !== undefined,
    shown: wanted === undefined ? 'stored in GitLab' : keptText(wanted),
    line: `${docOf(name)}. ${draft.accessToken === undefined ? 'Requires an access token' : 'Changed in GitLab'}`,
  };
};

/** What such a setting is for, in one line. */
export const docOf = (name: SettingName): string =>
  name === 'description' ? 'Runner description in GitLab' : table[name].doc;

/** A value that GitLab keeps, as its flag takes it. */
export const keptText = (value: unknown): string =>
  value === null || value === undefined ? '' : Array.isArray(value) ? value.join(',') : String(value);
