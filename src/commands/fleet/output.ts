import type { ConfigInvocation } from '../../app/invocation.ts';
import { errorOf, type Trouble } from '../../errors.ts';
import type { Listed } from '../../gitlab/replies.ts';
import type { RunnerDetails, RunnerManager } from '../../gitlab/runner-calls.ts';
import type { Output } from '../../terminal/output-schema.ts';
import { columnsOf } from '../../terminal/size.ts';
import { type Column, cellFor, columnsLeftOut, tableLayout } from '../../terminal/tables.ts';

/** A runner as GitLab's list has it, where it is in config.toml (from 1), and its details where they were asked for. */
export interface FleetRunner extends Listed {
  readonly positions: readonly number[];
  readonly details?: RunnerDetails | undefined;
  readonly managers?: readonly RunnerManager[] | undefined;
  readonly runningJobs?: number | undefined;
}

/** Tells a long list piece by piece. */
export interface FleetTeller {
  page(runners: readonly FleetRunner[]): Promise<void>;
  /** Whether nobody reads any more: the reader, such as `head`, has seen enough. */
  isDone(): boolean;
  end(): void;
  /** Ends a list that broke off; false when nothing was told yet, so that the error can be told as usual. */
  broken(error: Trouble): boolean;
}

/** The teller of one list: of the rows of a table, or of the object of `--json`. */
export function tellerOf(invocation: ConfigInvocation, url: string, withDetails: boolean): FleetTeller {
  const teller = invocation.say.mode.json
    ? jsonTeller(invocation, url)
    : tableTeller(invocation, url, withDetails);
  let isDone = false;
  // Afterwards the stream looks as if it were open.
  invocation.world.stdout.once('error', () => {
    isDone = true;
  });
  return { ...teller, isDone: () => isDone };
}

type Teller = Omit<FleetTeller, 'isDone'>;

function jsonTeller({ say, path }: ConfigInvocation, url: string): Teller {
  const pieces = say.pieces('fleet');
  const rest = { changed: false, file: path, url };
  let isBegun = false;
  return {
    async page(runners) {
      for (const runner of runners) {
        isBegun = true;
        await pieces.item(plain(runner));
      }
    },
    end: () => pieces.end({ action: 'listed', ...rest }),
    broken(error) {
      if (isBegun) pieces.end({ action: 'failed', ...rest, error: errorOf(error) });
      return isBegun;
    },
  };
}

function tableTeller({ say, world, path }: ConfigInvocation, url: string, withDetails: boolean): Teller {
  const shown = withDetails ? [...columns, ...detailColumns] : columns;
  const width = columnsOf(world.stdout);
  const cellOf = cellFor(say, width);
  const counts = countsOf();
  let line: ((cells: readonly string[]) => string) | undefined;
  let hidden: readonly string[] = [];
  return {
    async page(runners) {
      const rows = runners.map((runner) => shown.map(({ cell }) => cellOf(cell(runner))));
      if (line === undefined && rows.length > 0) {
        const layout = tableLayout(shown, rows, width);
        say.result(layout.title);
        line = layout.line;
        hidden = columnsLeftOut(shown, rows, width);
      }
      for (const row of rows) say.result(line!(row));
      counts.add(runners);
    },
    end() {
      if (hidden.length > 0) say.talk(`Hidden columns: ${hidden.join(', ')}. All are in --json.`);
      say.talk(counts.summary(url, path));
    },
    broken: () => false,
  };
}

function countsOf() {
  const byStatus = new Map<string, number>();
  let [all, paused, here] = [0, 0, 0];
  return {
    add(runners: readonly FleetRunner[]) {
      for (const runner of runners) {
        all++;
        if (runner.paused) paused++;
        if (runner.positions.length > 0) here++;
        byStatus.set(runner.status, (byStatus.get(runner.status) ?? 0) + 1);
      }
    },
    summary(url: string, path: string) {
      if (all === 0) return `GitLab at ${url} has no such runners.`;
      const states = [...byStatus].map(([status, count]) => `${thousands(count)} ${statusWords(status)}`);
      const sum = all === 1 ? '1 runner' : `${thousands(all)} runners`;
      const parts = [...states, ...(paused > 0 ? [`${thousands(paused)} paused`] : [])];
      return `${sum} at ${url}: ${parts.join(', ')}.${here === 0 ? '' : ` ${thousands(here)} in ${path}.`}`;
    },
  };
}

/** How far a list has come. */
export const numberWords = (count: number, total: number | undefined): string =>
  total === undefined ? thousands(count) : `${thousands(count)} of ${thousands(total)}`;

const thousands = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

const statusWords = (status: string): string => status.replaceAll('_', ' ');

type Cell = Column & { cell(runner: FleetRunner): string };

const columns: readonly Cell[] = [
  { title: 'ID', cell: ({ id }) => String(id) },
  { title: 'DESCRIPTION', least: 12, cell: ({ description }) => description ?? '' },
  { title: 'TYPE', dropped: 6, cell: (runner) => typeOf(runner) ?? '' },
  { title: 'STATUS', cell: ({ status }) => statusWords(status) },
  { title: 'PAUSED', dropped: 8, cell: ({ paused }) => (paused ? 'paused' : '') },
  { title: 'BUSY', dropped: 1, cell: ({ isBusy }) => (isBusy ? 'busy' : '') },
  { title: 'ENTRY', dropped: 7, cell: ({ positions }) => positions.map((one) => `#${one}`).join(' ') },
];

const detailColumns: readonly Cell[] = [
  { title: 'VERSION', dropped: 5, cell: ({ details }) => details?.version ?? '' },
  { title: 'LAST CONTACT', dropped: 3, cell: ({ details }) => shortly(details?.contactedAt) },
  {
    title: 'JOBS',
    dropped: 2,
    cell: ({ runningJobs }) => (runningJobs === undefined ? '' : String(runningJobs)),
  },
  { title: 'TAGS', least: 8, dropped: 4, cell: ({ details }) => details?.tags.join(',') ?? '' },
  { title: 'OWNER', least: 8, dropped: 2, cell: ({ details }) => ownerOf(details)?.path ?? '' },
  {
    title: 'MANAGERS',
    least: 14,
    dropped: 0,
    cell: ({ managers }) => managers?.map(({ systemId }) => systemId).join(' ') ?? '',
  },
];

/** The type of a runner without GitLab's ending. */
export const typeOf = ({
  runnerType,
}: Pick<Listed, 'runnerType'>): 'instance' | 'group' | 'project' | undefined =>
  (['instance', 'group', 'project'] as const).find((type) => runnerType === `${type}_type`);

const shortly = (moment: string | undefined): string => moment?.slice(0, 16).replace('T', ' ') ?? '';

const ownerOf = (details: RunnerDetails | undefined) => details?.groups[0] ?? details?.projects[0];

type Plain = NonNullable<Output['fleet']>[number];

/** A runner of a list for `--json`, without details. */
export function plainListed(runner: Listed & { readonly positions: readonly number[] }): Plain {
  const { createdAt, positions } = runner;
  return {
    id: runner.id,
    description: runner.description,
    type: typeOf(runner),
    status: runner.status,
    paused: runner.paused,
    busy: runner.isBusy,
    createdAt: createdAt?.toISOString(),
    positions: positions.length > 0 ? positions : undefined,
  };
}

const plain = (runner: FleetRunner): Plain => ({
  ...plainListed(runner),
  ...(runner.details && plainDetails(runner.details)),
  managers: runner.managers,
  runningJobs: runner.runningJobs,
});

const plainDetails = ({ isProtected, ...details }: RunnerDetails) => ({ ...details, protected: isProtected });
