import { type Keys, keyOf } from '../../../config/keys.ts';
import { Float, isTable, type Table, type Value } from '../../../config/model.ts';

/** What an export is made from: config.toml without its secrets, and what GitLab has for its runners. */
export interface Source {
  readonly globals: Table;
  readonly runners: readonly SourceRunner[];
  /** A text of the tables in pieces: what can be shown, and the secrets between. */
  pieces(text: string): readonly (string | Secret)[];
  /** The global keys that apply set last. */
  readonly last?: readonly (readonly string[])[];
}

/** One runner of an export. */
export interface SourceRunner {
  /** Its number in config.toml, from 0. */
  readonly at: number;
  readonly name: string;
  /** A name of small letters, digits, and dashes that no other runner of the export has. */
  readonly label: string;
  readonly block: Table;
  readonly gitlab: AtGitlab | undefined;
  /** What only a fleet file has; nothing for a runner that apply could not find. */
  readonly fleet?: FleetIdentity | undefined;
}

/** How apply knows a runner. */
interface FleetIdentity {
  readonly key: string;
  readonly id: number | undefined;
  /** Nothing where apply would correct it. */
  readonly url: string | undefined;
  /** The keys below `[[runners]]` that apply set last. */
  readonly last: readonly (readonly string[])[];
}

/** A secret that is not in the export: what its variable is called in it, in capital letters, and whose it is. */
export interface Secret {
  readonly name: string;
  /** Below `[[runners]]`, or from the top of the file. */
  readonly path: readonly string[];
  /** The number of the runner; nothing for a global setting. */
  readonly at: number | undefined;
}

/** What GitLab has for a runner, as its API names it. */
export interface AtGitlab {
  readonly runner_type?: string;
  readonly group_id?: number;
  readonly project_id?: number;
  readonly description?: string;
  readonly tag_list?: readonly string[];
  readonly run_untagged?: boolean;
  readonly locked?: boolean;
  readonly access_level?: string;
  readonly maximum_timeout?: number;
  readonly paused?: boolean;
  readonly maintenance_note?: string;
}

/** What a format makes of a source. */
export interface Exported {
  /** The files, the most important one first. */
  readonly files: readonly { readonly name: string; readonly about: string; readonly text: string }[];
  readonly omitted: readonly Omitted[];
}

/** Something that the format cannot express. */
export interface Omitted {
  /** The number of the runner; nothing for a global setting. */
  readonly at: number | undefined;
  /** Below `[[runners]]`, or from the top of the file; `runner` for all of a runner. */
  readonly key: string;
  readonly why: string;
}

/** Writes a source in the form that another program reads. */
export type Format = (source: Source) => Exported;

/** The keys of a runner that GitLab made, and that another machine gets anew. */
export const identityKeys: readonly string[] = [
  'name',
  'url',
  'id',
  'token',
  'token_obtained_at',
  'token_expires_at',
];

/** A text with a reference in the place of each secret; `plain` writes what is between. */
export const withReferences = (
  { pieces }: Source,
  text: string,
  reference: (secret: Secret) => string,
  plain = (piece: string) => piece,
): string =>
  pieces(text)
    .map((piece) => (typeof piece === 'string' ? plain(piece) : reference(piece)))
    .join('');

/** The secrets that a text refers to. */
export const secretsIn = ({ pieces }: Source, text: string): Secret[] =>
  pieces(text).filter((piece) => typeof piece !== 'string');

/** Whether a value is one that gitlab-runner takes without the key, too. */
export const isZero = (value: Value | undefined): boolean =>
  value === undefined ||
  value === '' ||
  value === '0s' ||
  value === 0 ||
  value === false ||
  (value instanceof Float && value.value === 0) ||
  (Array.isArray(value) && value.length === 0) ||
  (isTable(value) && Object.values(value).every(isZero));

/** A key that says something, as a path from its table, with its value. */
type Leaf = readonly [path: readonly string[], value: Value];

/** The keys of a table that say something; a list of tables counts as one. What a map has empty says something, too. */
export function leavesOf(table: Table, keys: Keys, above: readonly string[] = []): Leaf[] {
  return Object.entries(table).flatMap(([key, value]) => {
    const path = [...above, key];
    const what = keyOf(keys, key);
    if (!isTable(value)) return isZero(value) ? [] : [[path, value] as const];
    const isMap = what?.kind === 'value';
    return isMap ? allBelow(value, path) : leavesOf(value, what?.keys ?? {}, path);
  });
}

const allBelow = (map: Table, above: readonly string[]): Leaf[] =>
  Object.entries(map).flatMap(([key, value]) =>
    isTable(value) ? allBelow(value, [...above, key]) : [[[...above, key], value] as const],
  );

/** All secrets of a source, in the order of its tables. */
export const secretsOf = (source: Source): Secret[] =>
  [source.globals, ...source.runners.map(({ block }) => block)].flatMap((table) =>
    secretsBelow(source, table),
  );

/** The secrets of a value. */
export function secretsBelow(source: Source, value: Value): Secret[] {
  if (typeof value === 'string') return secretsIn(source, value);
  if (Array.isArray(value)) return value.flatMap((item) => secretsBelow(source, item));
  return isTable(value) ? Object.values(value).flatMap((inner) => secretsBelow(source, inner)) : [];
}
