import { createHash } from 'node:crypto';
import { plainOf } from '../config/plain.ts';
import { isSecretName } from '../text/secret-words.ts';
import type { Leaf } from './wanted.ts';

/** What `apply` last wanted on this machine; it stands beside config.toml, without secrets. */
export interface FleetState {
  readonly version: 1;
  /** The name of the machine that the files were applied for. */
  readonly host?: string;
  /** The global keys of config.toml. */
  readonly global: readonly LastLeaf[];
  /** The runners by their keys. */
  readonly runners: Readonly<Record<string, LastRunner>>;
}

/** What `apply` last wanted of one runner. */
export interface LastRunner {
  readonly url: string;
  /** Absent when GitLab did not tell it. */
  readonly id?: number;
  /** The name in config.toml. */
  readonly name: string;
  /** Whether `apply` created it in GitLab, added it with a token made elsewhere, or found it. */
  readonly origin: 'created' | 'added' | 'adopted';
  /** The SHA-256 of the token that the fleet had for it. */
  readonly token?: string;
  /** The keys below `[[runners]]`. */
  readonly config: readonly LastLeaf[];
  /** What GitLab keeps, by the names of its API. */
  readonly gitlab: Readonly<Record<string, unknown>>;
}

/** One value as JSON has it; a secret is the SHA-256 of it. */
export interface LastLeaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

export const noState: FleetState = { version: 1, global: [], runners: {} };

/** Where the state of a config.toml stands, by the name of that file. */
export const stateName = (config: string): string => `.${config}.fleet.json`;

/** Reads a state; nothing for a text that is none, such as one of a later version or one that was damaged. */
export function readState(text: string): FleetState | undefined {
  try {
    const state = JSON.parse(text) as FleetState;
    const isState =
      state.version === 1 &&
      isListOfLeaves(state.global) &&
      isObject(state.runners) &&
      Object.values(state.runners).every(isLastRunner);
    return isState ? state : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isListOfLeaves = (value: unknown): boolean =>
  Array.isArray(value) && value.every((leaf) => isObject(leaf) && Array.isArray(leaf.path));

const isLastRunner = (value: unknown): boolean =>
  isObject(value) &&
  typeof value.url === 'string' &&
  typeof value.name === 'string' &&
  isListOfLeaves(value.config) &&
  isObject(value.gitlab);

/** The text of a state, a line for each runner. */
export function writeState({ runners, host, global }: FleetState): string {
  const head = JSON.stringify({ version: 1, ...(host !== undefined && { host }), global }).slice(0, -1);
  const keys = Object.keys(runners).sort();
  const lines = keys.map((key) => ` ${JSON.stringify(key)}: ${JSON.stringify(runners[key])}`);
  return `${head},"runners":{${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n`}}}\n`;
}

/** Values as a state keeps them. */
export const lastOf = (leaves: readonly Leaf[]): LastLeaf[] =>
  leaves.map(({ path, value }) => ({
    path,
    value: isSecret(path) ? hashOf(JSON.stringify(plainOf(value))) : plainOf(value),
  }));

const isSecret = (path: readonly string[]): boolean =>
  path.some((key) => isSecretName(key) || key.toLowerCase() === 'environment');

/** What stands for a secret. */
export const hashOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
