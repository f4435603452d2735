import { table } from '../settings/table.ts';

/** What the value of a key is; `id` is a whole number or a path, a list the words that are allowed. */
type FleetType = 'text' | 'texts' | 'whole' | 'yes' | 'id' | readonly string[];

/** One key of a fleet file that config.toml does not have. */
export interface FleetKey {
  readonly type: FleetType;
  readonly doc: string;
}

/** The keys of `defaults`, without the tables `gitlab` and `config`. */
export const defaultsKeys: Readonly<Record<string, FleetKey>> = {
  hosts: { type: 'texts', doc: 'Patterns of host names, such as `build-*`. Without it: all hosts' },
  labels: { type: 'texts', doc: 'Labels that must all be given with `--label`. Without it: all hosts' },
  preset: { type: 'text', doc: 'Name or path of a preset' },
  template: { type: 'text', doc: 'File with one `[[runners]]` section' },
};

/** The keys of a runner, without its tables `gitlab` and `config`. */
export const runnerKeys: Readonly<Record<string, FleetKey>> = {
  key: {
    type: 'text',
    doc: 'Identity of the runner, unique in the fleet; keep it for the life of the runner',
  },
  ...defaultsKeys,
};

/** The settings that GitLab keeps with a runner, by the names of its API. */
const keptKeys = {
  description: { type: 'text', doc: 'Name of the runner in GitLab' },
  tag_list: { type: 'texts', doc: table.tagList.doc },
  run_untagged: { type: 'yes', doc: table.runUntagged.doc },
  access_level: { type: ['not_protected', 'ref_protected'], doc: table.accessLevel.doc },
  locked: { type: 'yes', doc: table.locked.doc },
  paused: { type: 'yes', doc: table.paused.doc },
  maximum_timeout: { type: 'whole', doc: table.maximumTimeout.doc },
  maintenance_note: { type: 'text', doc: table.maintenanceNote.doc },
} as const satisfies Readonly<Record<string, FleetKey>>;

/** The keys of the table `gitlab`. */
export const gitlabKeys: Readonly<Record<string, FleetKey>> = {
  url: { type: 'text', doc: 'GitLab URL' },
  id: { type: 'whole', doc: 'ID of an existing runner' },
  type: { type: ['instance', 'group', 'project'], doc: 'Kind of the runner to create' },
  group_id: { type: 'id', doc: 'Group of a group runner: ID or path' },
  project_id: { type: 'id', doc: 'Project of a project runner: ID or path' },
  ...keptKeys,
  access_token: { type: 'text', doc: 'Access token: `${VAR}`, `env:VAR`, or `file:PATH`' },
  token: { type: 'text', doc: 'Runner authentication token: `${VAR}`, `env:VAR`, or `file:PATH`' },
};

/** Keys of config.toml that say which runner it is: they are in the table `gitlab`, or GitLab tells them. */
export const identityKeys: Readonly<Record<string, string>> = {
  url: 'Write it as gitlab.url.',
  token: 'Write it as gitlab.token.',
  id: 'Write it as gitlab.id.',
  token_obtained_at: 'Remove it: GitLab tells it.',
  token_expires_at: 'Remove it: GitLab tells it.',
};
