import type { Kind, Value } from './kinds.ts';

/** The groups that help shows; `--help GROUP` takes these names. */
export const groups = {
  register: 'Registration',
  gitlab: 'Runner in GitLab',
  runner: 'All executors',
  docker: 'Docker executors',
  kubernetes: 'Kubernetes executor',
  cache: 'Job cache',
  ssh: 'SSH (ssh, parallels, virtualbox)',
  custom: 'Custom executor',
  machine: 'Docker Machine (docker+machine)',
  autoscaler: 'Autoscaler (docker-autoscaler, instance)',
  virtualbox: 'VirtualBox executor',
  parallels: 'Parallels executor',
} as const;

export type Group = keyof typeof groups;

/** What completion has to look up when it is asked for: it stands on this machine, not in the program. */
export type Offer =
  | 'files'
  | 'runners'
  | 'names'
  | 'urls'
  | 'ids'
  | 'keys'
  | 'lists'
  | 'paths'
  | 'explained'
  | 'presets';

/** All that is to be known about one setting; every other face of it is derived from its row. */
export interface Row<V extends Value = Value> {
  readonly flag: `--${string}`;
  readonly short?: `-${string}`;
  readonly alias?: `--${string}`;
  /** The variable that sets it. */
  readonly env?: string;
  /** gitlab-runner reads this variable too, but shells set it for other programs: it is named, not taken over. */
  readonly shellEnv?: string;
  /** The path below `[[runners]]`. */
  readonly toml?: string;
  /** The path at the top of config.toml. */
  readonly global?: string;
  /** The field of the request to GitLab. */
  readonly api?: string;
  // The value's type is the kind's own; here any kind will do.
  // biome-ignore lint/suspicious/noExplicitAny: a row of the table may hold a kind of any value
  readonly kind: Kind<V & any>;
  /** The group of help that it stands in, where its table or its field of the request does not tell. */
  readonly group?: Group;
  /** It is about this one call: the command that would do the same again goes without. */
  readonly once?: true;
  /** Not a flag of gitlab-runner's register, so it makes no table appear by itself. */
  readonly ours?: true;
  /** The flag may stand alone; a word that follows it is its value only when it is a number. */
  readonly optional?: true;
  /** What the wizard and the edit menu call it. */
  readonly ask?: string;
  readonly doc: string;
  /** What completion offers for its value, where the kind does not tell. */
  readonly offers?: Offer;
}
