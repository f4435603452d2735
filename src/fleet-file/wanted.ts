import { isTable, makeTable, type Table, type Value, valueAt, withValue } from '../config/model.ts';
import { type Preset, withPresetLists } from '../runner/preset.ts';
import { appliesTo } from '../settings/executors.ts';
import type { Fleet, FleetGitlab, FleetRunner } from './model.ts';

/** A runner as a fleet wants it, the defaults and the preset put in. */
export interface WantedRunner {
  readonly key: string;
  readonly gitlab: FleetGitlab;
  /** Whether its owner was said for this runner, and not for all. */
  readonly namesOwner: boolean;
  /** Every key of `[[runners]]` that it says something about. */
  readonly leaves: readonly Leaf[];
  /** Empty where it says nothing about it. */
  readonly executor: string;
}

/** One value of a table, which is no table itself. */
export interface Leaf {
  readonly path: readonly string[];
  readonly value: Value;
}

/** What stands below the keys of a runner: the preset or the template that the runner, or else the defaults name. */
export type Below = { readonly preset: Preset } | { readonly template: Table } | undefined;

/**
 * What is wanted of a runner: its own keys over those of the defaults. A preset of the runner's own stands between the
 * two, one of the defaults below both; lists stand beside those of a preset. What only another executor uses is left out
 * of what was not said for this runner.
 */
export function wantedOf(defaults: Fleet['defaults'], runner: FleetRunner, below: Below): WantedRunner {
  const isOwn = runner.preset !== undefined || runner.template !== undefined;
  const executor = executorOf([
    runner.config,
    ...(isOwn ? [] : [defaults.config]),
    blockOf(below),
    defaults.config,
  ]);
  const fitting = (table: Table) =>
    fromLeaves(leavesIn(table).filter(({ path }) => appliesTo(path.join('.'), executor)));
  const block = fitting(blockOf(below));
  const inherited = fitting(defaults.config);
  const own = isOwn ? runner.config : merged(inherited, runner.config);
  const joined = below !== undefined && 'preset' in below ? withPresetLists(below.preset, own) : own;
  const config = isOwn ? merged(merged(inherited, block), joined) : merged(block, joined);
  const whole = executor === '' ? config : { ...config, executor };
  return {
    key: runner.key,
    gitlab: gitlabOf(defaults.gitlab, runner.gitlab),
    namesOwner: hasOwner(runner.gitlab),
    leaves: leavesIn(whole),
    executor,
  };
}

const blockOf = (below: Below): Table => {
  if (below === undefined) return makeTable();
  if ('template' in below) return withoutIdentity(below.template);
  const { block, executor } = below.preset;
  return withoutIdentity(executor === '' ? block : { ...block, executor });
};

const withoutIdentity = ({
  name: _name,
  url: _url,
  id: _id,
  token: _token,
  token_obtained_at: _from,
  token_expires_at: _to,
  ...rest
}: Table): Table => rest;

const executorOf = (tables: readonly Table[]): string =>
  tables.map((one) => one.executor).find((one): one is string => typeof one === 'string') ?? '';

// Who names an owner of its own does not have that of the defaults.
function gitlabOf(defaults: FleetGitlab, own: FleetGitlab): FleetGitlab {
  const { type, group_id: group, project_id: project, ...rest } = defaults;
  const owner = {
    ...(type !== undefined && { type }),
    ...(group !== undefined && { group_id: group }),
    ...(project !== undefined && { project_id: project }),
  };
  return { ...rest, ...(hasOwner(own) ? {} : owner), ...own };
}

const hasOwner = ({ type, group_id: group, project_id: project }: FleetGitlab): boolean =>
  [type, group, project].some((one) => one !== undefined);

/** The values of a table; of lists each is one value. */
export function leavesIn(table: Table, above: readonly string[] = []): Leaf[] {
  return Object.entries(table).flatMap(([key, value]): Leaf[] => {
    const path = [...above, key];
    return isTable(value) ? leavesIn(value, path) : [{ path, value }];
  });
}

/** A table of some values. */
export const fromLeaves = (leaves: readonly Leaf[]): Table =>
  leaves.reduce((table, { path, value }) => withValue(table, path, value), makeTable());

// Lists are taken whole, tables by key, as gitlab-runner merges a template.
function merged(below: Table, above: Table): Table {
  return leavesIn(above).reduce((table, { path, value }) => {
    const parent = valueAt(table, path.slice(0, -1));
    return parent === undefined || isTable(parent) ? withValue(table, path, value) : table;
  }, below);
}
