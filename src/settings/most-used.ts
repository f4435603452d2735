import type { SettingName } from './table.ts';

/** The settings that most registrations need, by the title under which the help of register shows them. */
export const mostUsedSettings = {
  GitLab: ['url', 'token', 'tokenFile', 'accessTokenFile', 'tlsCaFile'],
  'New runner in GitLab': ['runnerType', 'group', 'project', 'tagList', 'runUntagged'],
  'Runner in config.toml': [
    'description',
    'executor',
    'dockerImage',
    'dockerVolumes',
    'dockerPrivileged',
    'env',
    'preset',
    'concurrent',
    'config',
    'container',
  ],
  'Other flags': ['nonInteractive'],
} as const satisfies Record<string, readonly SettingName[]>;

/** The names of the settings that most registrations need. */
export const mostUsedNames: readonly SettingName[] = Object.values(mostUsedSettings).flat();
