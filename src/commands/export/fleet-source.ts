import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { textIn } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { readRegular } from '../../files/plain.ts';
import { isEntryOf, type Present } from '../../fleet/find.ts';
import { markerIn, noteWithoutMarker } from '../../fleet/marker.ts';
import { type FleetState, noState, readState, stateName } from '../../fleet/state.ts';
import { readUrl, sameGitlab } from '../../gitlab/url.ts';
import { idOf, tokenOf } from '../../runner/select.ts';
import { expand } from '../../text/expand.ts';
import type { AtGitlab, Source, SourceRunner } from './formats/format.ts';
import { unused } from './source.ts';

/** A source with what a fleet file needs to know: the keys under which apply knows the runners, and what it set of them. */
export function withFleet(invocation: ConfigInvocation, config: Config | undefined, source: Source): Source {
  const { world, path } = invocation;
  const state = stateBeside(path);
  const runners = config?.runners ?? [];
  const present: Present = {
    runners,
    state,
    markers: new Map(),
    host: world.hostname,
    same: (a, b) => sameGitlab(expand(a, world.env), expand(b, world.env)),
    tokenOf: (runner) => tokenOf(runner, world.env),
  };
  const taken = new Set<string>();
  return {
    ...source,
    last: state.global.map((leaf) => leaf.path),
    runners: source.runners.map((runner) =>
      withIdentity(runner, present, plainUrl(runner, world.env), taken),
    ),
  };
}

function stateBeside(path: string): FleetState {
  const file = join(dirname(path), stateName(basename(path)));
  return (existsSync(file) ? readState(readRegular(file)) : undefined) ?? noState;
}

function withIdentity(
  runner: SourceRunner,
  present: Present,
  url: string | undefined,
  taken: Set<string>,
): SourceRunner {
  const { at, block, label, gitlab } = runner;
  const { runners, state, host } = present;
  // Copies of an entry have a key each.
  const known = Object.keys(state.runners).find((key) => !taken.has(key) && isEntryOf(key, at, present));
  const last = known === undefined ? undefined : state.runners[known];
  const marker = markerIn(gitlab?.maintenance_note);
  const key = known ?? unused(marker?.host === host ? marker.key : label, taken);
  taken.add(key);
  const id = idOf(runners[at]!);
  const isFound = known !== undefined || id !== undefined || isOnly(block, present);
  const kept = gitlab === undefined ? lastKept(last?.gitlab) : withoutMarker(gitlab);
  return {
    ...runner,
    gitlab: kept,
    fleet: isFound ? { key, id, url, last: last?.config.map(({ path }) => path) ?? [] } : undefined,
  };
}

// By its name and its GitLab.
const isOnly = (block: SourceRunner['block'], { runners, same }: Present): boolean =>
  runners.filter(
    (one) => textIn(one, 'name') === textIn(block, 'name') && same(textIn(one, 'url'), textIn(block, 'url')),
  ).length === 1;

function withoutMarker({ maintenance_note: note, ...rest }: AtGitlab): AtGitlab {
  const own = noteWithoutMarker(note ?? '');
  return own === '' ? rest : { ...rest, maintenance_note: own };
}

// What apply last wanted in GitLab goes back to its default when the file does not have it any more.
const lastKept = (last: Readonly<Record<string, unknown>> | undefined): AtGitlab | undefined =>
  last === undefined || Object.keys(last).length === 0 ? undefined : (last as AtGitlab);

// As apply takes it, without correction.
function plainUrl({ block }: SourceRunner, env: ConfigInvocation['world']['env']): string | undefined {
  const url = textIn(block, 'url');
  try {
    return readUrl(expand(url, env)).repairs.length === 0 ? url : undefined;
  } catch {
    return undefined;
  }
}
