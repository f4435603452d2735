import type { Kind } from './kinds.ts';
import type { Group, Row } from './row.ts';
import { autoscalerRows } from './rows/autoscaler.ts';
import { cacheRows } from './rows/cache.ts';
import { customRows } from './rows/custom.ts';
import { dockerRows } from './rows/docker.ts';
import { kubernetesRows } from './rows/kubernetes.ts';
import { machineRows } from './rows/machine.ts';
import { parallelsRows } from './rows/parallels.ts';
import { registerRows } from './rows/register.ts';
import { runnerRows } from './rows/runner.ts';
import { setupRows } from './rows/setup.ts';
import { sshRows } from './rows/ssh.ts';
import { virtualboxRows } from './rows/virtualbox.ts';

const parts = [
  registerRows,
  setupRows,
  runnerRows,
  dockerRows,
  kubernetesRows,
  cacheRows,
  sshRows,
  customRows,
  machineRows,
  autoscalerRows,
  virtualboxRows,
  parallelsRows,
] as const;

type All<Part> = (Part extends unknown ? (part: Part) => void : never) extends (all: infer A) => void
  ? A
  : never;

// A literal that spreads them would take V8 a millisecond at each start: it makes a new shape for each of 380 keys.
const rows: All<(typeof parts)[number]> = Object.assign({}, ...parts);

export type SettingName = keyof typeof rows;

type Held<R> = R extends { readonly kind: Kind<infer V> } ? V : never;

/** The values of the settings that are known; a setting that nobody gave has no key. */
export type Settings = { -readonly [N in SettingName]?: Held<(typeof rows)[N]> };

/** The one truth about the settings: all flags of `gitlab-runner register`, and those of our own. */
export const table: Readonly<Record<SettingName, Row>> = rows;

export const settingNames = Object.keys(rows) as SettingName[];

/** The help group that a setting stands in. */
export function groupOf(name: SettingName): Group {
  if (table[name].group !== undefined) return table[name].group;
  if (table[name].api !== undefined) return 'gitlab';
  const found = groupRows.find(([, members]) => Object.hasOwn(members, name));
  return found?.[0] ?? 'register';
}

const groupRows: readonly [Group, object][] = [
  ['runner', runnerRows],
  ['docker', dockerRows],
  ['kubernetes', kubernetesRows],
  ['cache', cacheRows],
  ['ssh', sshRows],
  ['custom', customRows],
  ['machine', machineRows],
  ['autoscaler', autoscalerRows],
  ['virtualbox', virtualboxRows],
  ['parallels', parallelsRows],
];

/** The settings that hold secrets. */
export const secretNames: readonly SettingName[] = settingNames.filter(
  (name) => table[name].kind.name === 'secret',
);
