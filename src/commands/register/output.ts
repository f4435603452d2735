import type { Changed } from '../../app/edit-plan.ts';
import { valueAt } from '../../config/model.ts';
import { type PlanInput, type PlannedChange, plannedRunner } from '../../runner/plan.ts';
import { typedKept } from '../../runner/request.ts';
import { appliesTo, runsInContainers } from '../../settings/executors.ts';
import type { Gathered } from '../../settings/gather.ts';
import type { Value } from '../../settings/kinds.ts';
import { shownWord } from '../../settings/mask.ts';
import { settingNames, table } from '../../settings/table.ts';
import { shellVariables } from '../../settings/variables.ts';
import type { Output } from '../../terminal/output-schema.ts';
import type { Say } from '../../terminal/say.ts';
import { harmless } from '../../text/sanitize.ts';
import type { World } from '../../world.ts';
import type { RegisterPlan } from './plan.ts';

/** What became of one registration. */
export interface Outcome {
  readonly action: 'registered' | 'updated' | 'unchanged' | 'skipped' | 'planned';
  readonly changed: boolean;
  readonly file: string;
  /** What was changed in GitLab, by the names of its API, and whether the file was changed as well. */
  readonly kept?: Readonly<Record<string, unknown>>;
  readonly written?: boolean;
  /** The keys of config.toml that an update changed, or would change. */
  readonly changes?: readonly Changed[];
  readonly runner: {
    readonly position: number;
    readonly id?: number;
    readonly name: string;
    readonly url: string;
    readonly executor: string;
  };
}

/** Says with `--verbose` where each value came from, secrets hidden. */
export function tellSources(say: Say, { settings, sources }: Gathered): void {
  // What nobody reads need not be made fit to be seen.
  if (!say.mode.verbose) return;
  for (const name of settingNames) {
    const value = settings[name] as Value | undefined;
    if (value === undefined) continue;
    const { flag, kind } = table[name];
    const words = kind.write(value).map((word) => ` ${flag} ${harmless(shownWord(kind, word), 100)}`);
    say.detail(`from the ${sources.get(name)}:${words.join('')}`);
  }
}

/** Says how it ended: one line, or the object of `--json`. */
export async function tellOutcome(
  say: Say,
  outcome: Outcome,
  more: Pick<Output, 'online'> = {},
): Promise<void> {
  if (!say.mode.json) return say.done(sentences[outcome.action](outcome));
  const { written: _, kept, changes, ...told } = outcome;
  const { position, id } = outcome.runner;
  const gitlab = kept && [{ runner: position, ...(id !== undefined && { id }), settings: typedKept(kept) }];
  const here = changes && { changes: await plain(say, changes, outcome.runner.name) };
  say.object({ ...told, ...here, ...(gitlab && { gitlab }), ...more });
}

async function plain(say: Say, changes: readonly Changed[], name: string): Promise<Output['changes']> {
  const { plainChanges } = await import('../../app/edit-output.ts');
  return plainChanges(changes, () => name, say.mode.environment);
}

/** The keys that the changes of a plan touch, each with its old and its new value. */
export const changedKeys = ({ present }: PlanInput, changes: readonly PlannedChange[]): Changed[] =>
  changes.flatMap((change) => {
    if (change.do === 'append') return [];
    const { at, path } = change;
    const place = at === 'global' ? present.globals : present.runners[at]!;
    return [{ at, path, old: valueAt(place, path), new: change.do === 'set' ? change.value : undefined }];
  });

const sentences: Readonly<Record<Outcome['action'], (outcome: Outcome) => string>> = {
  registered: ({ runner, file }) => `Registered ${wordsOnRunner(runner)} at ${runner.url} in ${file}.`,
  updated: ({ runner, file, kept, changes = [] }) => {
    const there = kept === undefined ? '' : ` in GitLab (${Object.keys(kept).join(', ')})`;
    const keys = changes.map(({ path }) => harmless(path.join('.'))).join(', ');
    const here = keys === '' ? '' : ` in ${file} (${keys})`;
    return `Updated ${wordsOnRunner(runner)}${[here, there].filter(Boolean).join(' and')}.`;
  },
  unchanged: ({ runner, file }) => `Nothing to change: ${wordsOnRunner(runner)} is already in ${file}.`,
  skipped: ({ runner, file }) => `Skipped: ${wordsOnRunner(runner)} is already in ${file}.`,
  planned: ({ runner, file }) =>
    `Nothing was changed. This would be written to ${file} for ${wordsOnRunner(runner)}.`,
};

const wordsOnRunner = ({ name, id, executor }: Outcome['runner']): string =>
  `"${harmless(name)}" (${[id === undefined ? undefined : `id ${id}`, executor].filter(Boolean).join(', ')})`;

/** Whether a registration leaves more to say of how its jobs reach GitLab: only jobs in containers have names of their own. */
export function hasMoreToTell({ input, plan, known }: RegisterPlan): boolean {
  const { executor = '' } = plannedRunner(input, plan);
  return Boolean(known.settings.proxy) || runsInContainers(String(executor));
}

/** Notes each variable that gitlab-runner would have written into the file without a word. */
export function noteShellVariables(world: World, say: Say, { known }: Pick<RegisterPlan, 'known'>): void {
  for (const { name, variable } of shellVariables(world.env)) {
    const { flag, toml = '' } = table[name];
    if (known.settings[name] !== undefined || !appliesTo(toml, known.settings.executor ?? '')) continue;
    say.note(`${variable} is set in this shell, but was not used. To write it to config.toml: ${flag}`);
  }
}
