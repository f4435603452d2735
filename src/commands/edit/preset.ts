import { addFlags, asFlags } from '../../app/be-asked.ts';
import type { Invocation } from '../../app/invocation.ts';
import { readPresets, refuseOtherExecutor, takePreset } from '../../app/presets.ts';
import { sameSetting } from '../../config/canonical.ts';
import { type Table, valueAt } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { podmanSocket } from '../../host/places.ts';
import { tomlValue } from '../../runner/block.ts';
import { withEdits } from '../../runner/edit.ts';
import type { Edit } from '../../runner/edit-request.ts';
import { executorIn } from '../../runner/executor.ts';
import { fitsExecutor, type Preset, presetEdits } from '../../runner/preset.ts';
import { suits } from '../../settings/executors.ts';
import { executorOf, presetNames } from '../../settings/presets.ts';
import type { Facts, WizardState } from '../../settings/questions.ts';
import { type SettingName, table } from '../../settings/table.ts';
import type { Person } from '../../terminal/ask.ts';
import { position } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';

/** A preset that is to be applied, and those of the program, whose settings it replaces. */
export interface AppliedPreset {
  readonly preset: Preset;
  readonly all: readonly Preset[];
  readonly invocation: Invocation;
}

/** Reads the preset of `--preset` and those that it replaces; throws when there is none. */
export async function presetToApply(word: string, invocation: Invocation): Promise<AppliedPreset> {
  const { world, say } = invocation;
  return { preset: await takePreset(word, world, say), all: await readPresets(), invocation };
}

/**
 * The edits for one runner when a preset is applied: what was asked for by flags wins over it, lists that were given
 * are completed by it. None at all, with `isAll`, for a runner that it does not fit. Throws for one that it does not
 * fit, and when a setting that it needs is not there.
 */
export function withPreset(
  { preset, all, invocation }: AppliedPreset,
  config: Config,
  at: number,
  given: readonly Edit[],
  isAll: boolean,
): Edit[] {
  const runner = asAsked(config.runners[at]!, given);
  const executor = executorIn(runner);
  if (isAll && !fitsExecutor(preset, executor)) return [...given];
  const change = `To change the executor as well: runner-setup edit ${position(at)} --executor ${preset.executor} --preset ${preset.name}`;
  refuseOtherExecutor(preset, executor, `#${at + 1}`, change);
  refuseLacking(lackingOf(preset, runner), at, invocation);
  const isFixed = ({ path }: Edit) =>
    given.some((edit) => edit.path.join() === path.join() && !isOfList(edit));
  const edits = presetEdits(preset, { runner, all, equal: sameSetting });
  const lists = given.filter(isWholeList);
  return [...lists, ...edits.filter((edit) => !isFixed(edit)), ...given.filter((edit) => !isWholeList(edit))];
}

/** Why a preset changes none of the runners that are meant, when it fits none of them. */
export function fittingNobody(
  { preset }: AppliedPreset,
  config: Config,
  positions: readonly number[],
): string[] {
  const all = positions.map((at) => executorIn(config.runners[at]));
  if (all.some((executor) => fitsExecutor(preset, executor))) return [];
  const named = [...new Set(all)].map((executor) => executor || 'none').join(', ');
  return [
    `The preset ${preset.name} is for ${preset.executor}, and none of the runners has this executor (${named}).`,
  ];
}

/** What a person has to say before a preset can be applied to a runner; asked where somebody is there. */
export async function askForNeeds(
  { preset }: Pick<AppliedPreset, 'preset'>,
  runner: Table,
  given: readonly Edit[],
  person: () => Promise<Person>,
  world: World,
): Promise<Edit[]> {
  const edits: Edit[] = [];
  if (!fitsExecutor(preset, executorIn(asAsked(runner, given)))) return edits;
  const known: WizardState = {
    settings: {},
    asides: {},
    credential: undefined,
    facts: factsFor(preset, world),
  };
  const lacking = lackingOf(preset, asAsked(runner, given));
  if (lacking.length === 0) return edits;
  const { questions } = await import('../../settings/questions.ts');
  for (const [name] of lacking) {
    const question = questions.find((one) => one.name === name)!;
    const asked = { ...question, ...question.as?.(known) };
    const value = await (await person()).answer(asked, question.usual(known));
    const { flag, toml = '' } = table[name];
    edits.push({ level: 'runner', path: toml.split('.'), from: flag, do: 'set', value: tomlValue(value!) });
  }
  return edits;
}

/** The program's presets that a runner with an executor can have, when there is a choice. */
export async function presetsForExecutor(executor: string): Promise<Preset[]> {
  const all = await readPresets();
  const fitting = all.filter((preset) => fitsExecutor(preset, executor));
  return fitting.length > 1 ? fitting : [];
}

/** Whether any choice of presets exists for an executor; known without reading them. */
export const hasPresets = (executor: string): boolean =>
  presetNames.filter((name) => suits(executorOf(name), executor)).length > 1;

const factsFor = ({ needed }: Preset, world: World): Facts => ({
  hostname: world.hostname,
  cpus: world.cpus,
  concurrent: undefined,
  builds: [],
  needed,
  podman: podmanSocket(world),
});

function lackingOf(preset: Preset, runner: Table): [SettingName, string][] {
  return [...preset.needed].filter(([name]) => {
    const value = valueAt(runner, (table[name].toml ?? '').split('.'));
    return value === undefined || value === '';
  });
}

function refuseLacking(lacking: readonly [SettingName, string][], at: number, invocation: Invocation): void {
  if (lacking.length === 0) return;
  const flags = lacking.map(([name, example]) => `${table[name].flag}, such as ${example}`);
  throw new Trouble(`Missing for #${at + 1}: ${flags.join('\n')}`, {
    // In a terminal, only a person who changes several runners is not asked.
    hint: invocation.mayAsk ? asFlags(lacking.length) : addFlags(lacking.length, invocation),
    code: exitCode.usage,
  });
}

// The runner as the flags alone would leave it, as far as single values and whole lists go.
const asAsked = (runner: Table, given: readonly Edit[]): Table =>
  withEdits(
    runner,
    given.filter((edit) => edit.do === 'set' || edit.do === 'unset'),
  );

// Elements are added to what the preset leaves, or taken from it.
const isOfList = (edit: Edit): boolean => 'values' in edit || isWholeList(edit);

const isWholeList = (edit: Edit): boolean => edit.do === 'set' && Array.isArray(edit.value);
