import { isTable, isTables, type Table, type Value, valueAt } from '../model.ts';
import type { Config } from '../read.ts';
import { cronFault } from './cron.ts';
import type { Fault } from './finding.ts';
import { isGoPattern } from './go-regexp.ts';
import { isZone } from './zone.ts';

/** What gitlab-runner refuses when it loads a file, types and labels apart: cron periods, time zones, patterns, machine options, NFS volumes. */
export function* faultsOfLoading(config: Config): Generator<Fault> {
  for (const [at, runner] of config.runners.entries()) {
    if (!loaded.some((key) => valueAt(runner, [key]) !== undefined)) continue;
    const path = [config.runnersKey, String(at)];
    const machine = below(runner, 'machine');
    for (const [index, option] of texts(valueAt(machine, ['MachineOptionsWithName'])).entries()) {
      if (!option.includes('%s')) {
        const where = [...path, 'machine', 'MachineOptionsWithName', String(index)];
        yield refused(where, `option "${option}" has no %s for the machine name`);
      }
    }
    yield* periods(
      valueAt(machine, ['autoscaling']),
      [...path, 'machine', 'autoscaling'],
      'Periods',
      'Timezone',
    );
    yield* queuing(runner, path);
    yield* nfs(runner, path);
  }
}

/** The tables of a runner that have something of this. */
const loaded: readonly string[] = ['machine', 'monitoring', 'kubernetes'];

function refused(path: string[], message: string, next?: string): Fault {
  return { severity: 'error', rule: 'load', path, message, ...(next !== undefined && { next }) };
}

const below = (table: Table | undefined, key: string): Table | undefined => {
  const value = valueAt(table, [key]);
  return isTable(value) ? value : undefined;
};

const texts = (value: Value | undefined): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

function* periods(
  list: Value | undefined,
  path: string[],
  periodsKey: string,
  zoneKey: string,
): Generator<Fault> {
  if (!isTables(list)) return;
  for (const [at, table] of list.entries()) {
    for (const period of texts(valueAt(table, [periodsKey]))) {
      const wrong = cronFault(period);
      if (wrong === undefined) continue;
      yield refused(
        [...path, String(at), periodsKey],
        `"${period}" is not a period: ${wrong}`,
        'Use five fields (minute hour day month weekday), or seven with second and year.',
      );
    }
    const zone = valueAt(table, [zoneKey]);
    if (typeof zone !== 'string' || isZone(zone)) continue;
    yield refused(
      [...path, String(at), zoneKey],
      `unknown time zone "${zone}"`,
      'Use a name such as Europe/Berlin or UTC.',
    );
  }
}

function* queuing(runner: Table, path: string[]): Generator<Fault> {
  const list = valueAt(runner, ['monitoring', 'job_queuing_durations']);
  const here = [...path, 'monitoring', 'job_queuing_durations'];
  yield* periods(list, here, 'periods', 'timezone');
  if (!isTables(list)) return;
  for (const [at, table] of list.entries()) {
    const pattern = valueAt(table, ['jobs_running_for_project']);
    if (typeof pattern === 'string' && !isGoPattern(pattern))
      yield refused(
        [...here, String(at), 'jobs_running_for_project'],
        `"${pattern}" is not a Go regular expression`,
      );
  }
}

function* nfs(runner: Table, path: string[]): Generator<Fault> {
  const list = valueAt(runner, ['kubernetes', 'volumes', 'nfs']);
  if (!isTables(list)) return;
  for (const [at, volume] of list.entries()) {
    const lacking = ['name', 'mount_path', 'server', 'path'].filter((key) => !volume[key]);
    if (lacking.length > 0)
      yield refused(
        [...path, 'kubernetes', 'volumes', 'nfs', String(at)],
        `the NFS volume lacks ${lacking.join(', ')}`,
      );
  }
}
