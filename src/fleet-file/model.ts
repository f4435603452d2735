import type { Table } from '../config/model.ts';

/** A fleet file as a program sees it: the same data in TOML, YAML, or JSON. Nothing in it is filled in yet. */
export interface Fleet {
  readonly version: 1;
  /** Global keys of config.toml by their own names. */
  readonly global: Table;
  readonly defaults: FleetDefaults;
  readonly runners: readonly FleetRunner[];
}

/** What every runner takes unless it says otherwise. */
interface FleetDefaults {
  /** Patterns of host names, such as `build-*`; absent: every host. */
  readonly hosts?: readonly string[];
  /** All of them must be given for this machine; absent: every host. */
  readonly labels?: readonly string[];
  /** A preset by its name or path. */
  readonly preset?: string;
  /** A file with one `[[runners]]` table, as `--template-config` takes it. */
  readonly template?: string;
  readonly gitlab: FleetGitlab;
  /** Keys below `[[runners]]` by their own names. */
  readonly config: Table;
}

/** One runner. */
export interface FleetRunner extends FleetDefaults {
  /** Says which runner it is, whatever else of it changes; once in a fleet. */
  readonly key: string;
}

/** What GitLab has to do with a runner, by the names of GitLab's API. */
export interface FleetGitlab {
  readonly url?: string;
  /** Of a runner that is there. */
  readonly id?: number;
  readonly type?: 'instance' | 'group' | 'project';
  /** An ID or a path. */
  readonly group_id?: number | string;
  readonly project_id?: number | string;
  readonly description?: string;
  readonly tag_list?: readonly string[];
  readonly run_untagged?: boolean;
  readonly access_level?: 'not_protected' | 'ref_protected';
  readonly locked?: boolean;
  readonly paused?: boolean;
  readonly maximum_timeout?: number;
  readonly maintenance_note?: string;
  /** Creates and changes the runner; the secret, or where it stands. */
  readonly access_token?: string;
  /** An authentication token made elsewhere; the secret, or where it stands. */
  readonly token?: string;
}
