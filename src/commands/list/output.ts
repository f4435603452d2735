import type { OpenFile } from '../../app/config-file.ts';
import type { GitlabRunner } from '../../app/gitlab-runners.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { type Table, textIn, valueAt } from '../../config/model.ts';
import { executorIn } from '../../runner/executor.ts';
import {
  dayOf,
  entriesIn,
  expiryOf,
  idOf,
  nameOf,
  obtainedOf,
  type RunnerEntry,
  shownToken,
} from '../../runner/select.ts';
import { executors, needsTable } from '../../settings/executors.ts';
import type { OutputRunner } from '../../terminal/output-schema.ts';
import type { Say } from '../../terminal/say.ts';
import { columnsOf } from '../../terminal/size.ts';
import { type Column, cellFor, columnsLeftOut, tableLines } from '../../terminal/tables.ts';
import type { InGitlab } from './at-gitlab.ts';

/** How much is shown: `wide` cuts nothing, `open` shows tokens whole. */
export interface ListOptions {
  readonly wide: boolean;
  readonly open: boolean;
  /** The gitlab-runners of this machine. */
  readonly gitlabRunners?: readonly GitlabRunner[];
  /** The runners in GitLab by their positions, from 0, where GitLab was asked. */
  readonly atGitlab?: ReadonlyMap<number, InGitlab> | undefined;
}

/** Shows all runners of the file as a table, or as the object of `--json`. */
export function tellRunners(
  { say, world, path }: ConfigInvocation,
  { config, isThere }: OpenFile & { readonly isThere: boolean },
  { wide, open, atGitlab, gitlabRunners = [] }: ListOptions,
): void {
  const entries = entriesIn(config?.runners ?? []);
  if (say.mode.json) {
    const runners = entries.map((entry) => ({ ...plain(entry, open), ...atGitlab?.get(entry.at)?.plain }));
    const here = gitlabRunners.length > 0 && { gitlabRunners };
    say.object({ action: 'listed', changed: false, file: path, runners, ...here });
    return;
  }
  if (entries.length === 0) {
    say.talk(isThere ? `${path} has no runners.` : `${path} does not exist, so there are no runners.`);
    return;
  }
  const width = wide ? Infinity : columnsOf(world.stdout);
  const shown = [...columns, ...(atGitlab ? gitlabColumns(atGitlab) : []), ...(wide ? wideColumns : [])];
  const now = world.now();
  const cellOf = cellFor(say, width);
  const rows = entries.map((entry) => shown.map(({ cell }) => cellOf(cell(entry, open, now))));
  say.lines(tableLines(shown, rows, width));
  const hidden = columnsLeftOut(shown, rows, width);
  if (hidden.length > 0) say.talk(`Hidden columns: ${hidden.join(', ')}. To show them: --wide`);
  say.talk(summary(path, entries.length, config?.globals));
  for (const entry of entries) tellDrift(say, entry, atGitlab?.get(entry.at));
}

/** Says where a runner in GitLab differs from its entry. */
export function tellDrift(say: Say, entry: RunnerEntry, at: InGitlab | undefined): void {
  for (const words of at?.drift ?? []) say.talk(`${nameOf(entry)}: ${words}.`);
}

function summary(path: string, count: number, globals: Table | undefined): string {
  const runners = count === 1 ? '1 runner' : `${count} runners`;
  const jobs = globals?.concurrent;
  const most = typeof jobs === 'number' ? jobs : 1;
  return `${runners} in ${path}. At most ${most === 1 ? '1 job' : `${most} jobs`} at the same time (concurrent).`;
}

type Cell = Column & { cell(entry: RunnerEntry, open: boolean, now: Date): string };

const columns: readonly Cell[] = [
  { title: '#', cell: ({ at }) => String(at + 1) },
  { title: 'NAME', least: 12, cell: ({ runner }) => textIn(runner, 'name') },
  { title: 'EXECUTOR', least: 6, dropped: 5, cell: ({ runner }) => textIn(runner, 'executor') },
  { title: 'URL', least: 16, dropped: 4, cell: ({ runner }) => textIn(runner, 'url') },
  { title: 'ID', dropped: 3, cell: ({ runner }) => String(idOf(runner) ?? '') },
  { title: 'TOKEN', least: 10, dropped: 2, cell: ({ runner }, open) => tokenCell(runner, open) },
  { title: 'EXPIRES', dropped: 1, cell: ({ runner }, _, now) => expiryCell(runner, now) },
  { title: 'IMAGE OR HOST', least: 10, dropped: 0, cell: ({ runner }) => placeOf(runner) },
];

const gitlabColumns = (atGitlab: ReadonlyMap<number, InGitlab>): readonly Cell[] => [
  { title: 'GITLAB', cell: ({ at }) => atGitlab.get(at)?.state ?? '' },
];

const wideColumns: readonly Cell[] = [
  { title: 'OBTAINED', cell: ({ runner }) => whenKnown(obtainedOf(runner)) },
  { title: 'LIMIT', cell: ({ runner }) => numberIn(runner, 'limit') },
  { title: 'REQUESTS', cell: ({ runner }) => numberIn(runner, 'request_concurrency') },
];

function tokenCell(runner: Table, open: boolean): string {
  const token = textIn(runner, 'token');
  return open ? token : shownToken(token);
}

const whenKnown = (date: Date | undefined): string => (date === undefined ? '' : dayOf(date));

function expiryCell(runner: Table, now: Date): string {
  const end = expiryOf(runner);
  return end !== undefined && end <= now ? `${dayOf(end)} (over)` : whenKnown(end);
}

function numberIn(runner: Table, key: string): string {
  const value = runner[key];
  return typeof value === 'number' && value > 0 ? String(value) : '';
}

// Where jobs take place: the image, host, or machine. A table that another executor has left says nothing of it.
const places: readonly (readonly [table: string, key: string])[] = [
  ['docker', 'image'],
  ['kubernetes', 'image'],
  ['ssh', 'host'],
  ['virtualbox', 'base_name'],
  ['parallels', 'base_name'],
  ['custom', 'run_exec'],
  ['autoscaler', 'plugin'],
];

function placeOf(runner: Table): string {
  const executor = executorIn(runner);
  const isKnown = (executors as readonly string[]).includes(executor);
  for (const path of places) {
    const place = isKnown && !needsTable(executor, path[0]) ? undefined : valueAt(runner, path);
    if (typeof place === 'string' && place) return place;
  }
  return '';
}

function plain({ at, runner }: RunnerEntry, open: boolean): OutputRunner {
  return {
    position: at + 1,
    name: textIn(runner, 'name'),
    executor: textIn(runner, 'executor'),
    url: textIn(runner, 'url'),
    id: idOf(runner),
    token: tokenCell(runner, open),
    tokenObtainedAt: obtainedOf(runner)?.toISOString(),
    tokenExpiresAt: expiryOf(runner)?.toISOString(),
    place: placeOf(runner) || undefined,
  };
}
