import { type Table, textIn } from '../config/model.ts';
import { idOf } from '../runner/select.ts';
import type { Marker } from './marker.ts';
import type { FleetState } from './state.ts';
import type { WantedRunner } from './wanted.ts';

/** Which entry of config.toml a runner of a fleet is, and by what it is known. */
export interface Located {
  /** The position in config.toml, from 0; absent when it has no such entry. */
  readonly at?: number;
  /** The ID in GitLab, as far as it is known. */
  readonly id?: number;
  readonly by: 'state' | 'id' | 'token' | 'marker' | 'name' | 'nothing';
}

/** What entries are looked for among. */
export interface Present {
  readonly runners: readonly Table[];
  readonly state: FleetState;
  /** The markers in GitLab's maintenance notes, by the positions of the entries whose notes are known. */
  readonly markers: ReadonlyMap<number, Marker>;
  readonly host: string;
  /** Whether two addresses, variables filled in, lead to the same GitLab. */
  same(a: string, b: string): boolean;
  /** The token of an entry, variables filled in. */
  tokenOf(runner: Table): string;
}

/**
 * Finds the entries of the runners of a fleet: by what `apply` kept, then by ID, token, marker, and name. Each entry is
 * one runner's; `several` names the runners of whose marker, or of whose name and GitLab, there is more than one entry.
 */
export function findEntries(
  wanted: readonly WantedRunner[],
  present: Present,
): { readonly found: ReadonlyMap<string, Located>; readonly several: readonly string[] } {
  const found = new Map<string, Located>();
  const several: string[] = [];
  const taken = claimedByOthers(wanted, present);
  for (const by of ways) {
    for (const one of wanted) {
      if (found.has(one.key) || several.includes(one.key)) continue;
      const all = [...present.runners.keys()].filter((at) => !taken.has(at) && fits[by](one, at, present));
      const isUnclear = all.length > 1 && (by === 'name' || by === 'marker');
      if (isUnclear) several.push(one.key);
      const at = isUnclear ? undefined : all[0];
      if (at === undefined) continue;
      taken.add(at);
      found.set(one.key, withId({ at, by }, one, present));
    }
  }
  for (const one of wanted)
    if (!found.has(one.key)) found.set(one.key, withId({ by: 'nothing' }, one, present));
  return { found, several };
}

const ways = ['state', 'id', 'token', 'marker', 'name'] as const;

type Fits = (one: WantedRunner, at: number, present: Present) => boolean;

const fits: Readonly<Record<(typeof ways)[number], Fits>> = {
  state: ({ key }, at, present) => isEntryOf(key, at, present),
  id: ({ gitlab: { id, url } }, at, { runners, same }) =>
    id !== undefined &&
    idOf(runners[at]!) === id &&
    (url === undefined || same(textIn(runners[at], 'url'), url)),
  token: ({ gitlab: { token } }, at, { runners, tokenOf }) =>
    token !== undefined && tokenOf(runners[at]!) === token,
  marker: ({ key }, at, { markers, host }) => {
    const marker = markers.get(at);
    return marker?.key === key && marker.host === host;
  },
  name: (one, at, { runners, markers, same }) => {
    const { id, url } = one.gitlab;
    const runner = runners[at]!;
    const isOther = id !== undefined && idOf(runner) !== undefined && idOf(runner) !== id;
    return (
      !isOther &&
      !markers.has(at) &&
      textIn(runner, 'name') === nameOf(one) &&
      (url === undefined || same(textIn(runner, 'url'), url))
    );
  },
};

/** Whether the entry at a position is the one that `apply` last had for a key. */
export function isEntryOf(key: string, at: number, { runners, state, same }: Present): boolean {
  const last = Object.hasOwn(state.runners, key) ? state.runners[key] : undefined;
  if (last === undefined) return false;
  const runner = runners[at]!;
  const id = idOf(runner);
  const isIt = last.id === undefined ? textIn(runner, 'name') === last.name : id === last.id;
  return isIt && same(textIn(runner, 'url'), last.url);
}

/** The name that a new runner gets in config.toml and in GitLab. */
export function nameOf({ key, gitlab, leaves }: WantedRunner): string {
  const own = leaves.find(({ path }) => path.join('.') === 'name')?.value;
  return typeof own === 'string' ? own : (gitlab.description ?? key);
}

// An entry of another runner that apply looks after is nobody else's, although its name would fit.
function claimedByOthers(wanted: readonly WantedRunner[], present: Present): Set<number> {
  const keys = new Set(wanted.map(({ key }) => key));
  const others = Object.keys(present.state.runners).filter((key) => !keys.has(key));
  const taken = [...present.runners.keys()].filter((at) => others.some((key) => isEntryOf(key, at, present)));
  return new Set(taken);
}

function withId(located: Located, { key, gitlab }: WantedRunner, { runners, state }: Present): Located {
  const here = located.at === undefined ? undefined : idOf(runners[located.at]!);
  const last = Object.hasOwn(state.runners, key) ? state.runners[key]?.id : undefined;
  const id = here ?? gitlab.id ?? last;
  return id === undefined ? located : { ...located, id };
}
