import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { textIn } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { readRegular } from '../../files/plain.ts';
import { markerIn, noteWithoutMarker } from '../../fleet-file/marker.ts';
import { type FleetState, noState, readState, stateName } from '../../fleet-file/state.ts';
import { readUrl } from '../../gitlab/url.ts';
import { idOf } from '../../runner/select.ts';
import { expand } from '../../text/expand.ts';
import { normaliseUrl } from '../../text/gitlab-url.ts';
import { grouped } from '../../text/grouped.ts';
import type { AtGitlab, Source, SourceRunner } from './formats/format.ts';
import { Names } from './names.ts';

/** A source with what a fleet file needs to know: the keys under which apply knows the runners, and what it set of them. */
export function withFleet(invocation: ConfigInvocation, config: Config | undefined, source: Source): Source {
  const { world, path } = invocation;
  const state = stateBeside(path);
  const urlOf = (url: string) => normaliseUrl(expand(url, world.env));
  const present: Present = {
    state,
    host: world.hostname,
    named: grouped(config?.runners ?? [], (one) => markOf(textIn(one, 'name'), urlOf(textIn(one, 'url')))),
    known: grouped(Object.keys(state.runners), (key) => {
      const { id, name, url } = state.runners[key]!;
      return markOf(id ?? name, urlOf(url));
    }),
    names: new Names('-', Object.keys(state.runners)),
    urlOf,
  };
  return {
    ...source,
    last: state.global.map((leaf) => leaf.path),
    runners: source.runners.map((runner) => withIdentity(runner, present, plainUrl(runner, world.env))),
  };
}

/** What the runners are found by. */
interface Present {
  readonly state: FleetState;
  readonly host: string;
  /** The entries of config.toml by name and GitLab. */
  readonly named: ReadonlyMap<string, readonly unknown[]>;
  /** The keys of runners that apply knows, by ID, or else name, and GitLab; each is taken once. */
  readonly known: ReadonlyMap<string, string[]>;
  /** The keys for the others. */
  readonly names: Names;
  urlOf(url: string): string;
}

const markOf = (who: string | number, url: string): string => JSON.stringify([who, url]);

function stateBeside(path: string): FleetState {
  const file = join(dirname(path), stateName(basename(path)));
  return (existsSync(file) ? readState(readRegular(file)) : undefined) ?? noState;
}

function withIdentity(runner: SourceRunner, present: Present, url: string | undefined): SourceRunner {
  const { block, label, gitlab } = runner;
  const { state, host, named, known, names, urlOf } = present;
  const [id, name, where] = [idOf(block), textIn(block, 'name'), urlOf(textIn(block, 'url'))];
  const keysOf = (who: string | number | undefined) =>
    (who === undefined ? [] : known.get(markOf(who, where))) ?? [];
  // Copies of an entry have a key each.
  const own = keysOf(id).shift() ?? keysOf(name).shift();
  const last = own === undefined ? undefined : state.runners[own];
  const marker = markerIn(gitlab?.maintenance_note);
  const key = own ?? names.next(marker?.host === host ? marker.key : label);
  const isFound = own !== undefined || id !== undefined || named.get(markOf(name, where))?.length === 1;
  const kept = gitlab === undefined ? lastKept(last?.gitlab) : withoutMarker(gitlab);
  return {
    ...runner,
    gitlab: kept,
    fleet: isFound ? { key, id, url, last: last?.config.map(({ path }) => path) ?? [] } : undefined,
  };
}

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
