import { type EditPlan, type PlaceEdits, planPlaces } from '../../app/edit-plan.ts';
import type { Table } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { exitCode, Trouble } from '../../errors.ts';
import type { Edit } from '../../runner/edit-request.ts';
import { executorIn } from '../../runner/executor.ts';
import { appliesTo } from '../../settings/executors.ts';
import { type AppliedPreset, fittingNobody, withPreset } from './preset.ts';

interface Targets {
  /** The positions of the runners that are meant, from 0. */
  readonly runners: readonly number[];
  /** Whether runners that a key has no meaning for are passed over. */
  readonly isAll: boolean;
  readonly forced: boolean;
  readonly preset?: AppliedPreset | undefined;
  /** Further edits of a runner as all others leave it. */
  last?(runner: Table): readonly Edit[];
}

/** Plans what the edits change in config.toml; throws a `Trouble` for what does not fit together. */
export async function planEdit(before: Config, edits: readonly Edit[], targets: Targets): Promise<EditPlan> {
  const ofRunner = edits.filter((edit) => edit.level === 'runner');
  const places: PlaceEdits[] = [
    { at: 'global', edits: edits.filter((edit) => edit.level === 'global') },
    ...targets.runners.map((at) => ({
      at,
      edits: editsAt(before, at, ofRunner, targets),
      ...(targets.last && { last: targets.last }),
    })),
  ];
  const plan = await planPlaces(before, places, targets.forced);
  const { preset, isAll, runners } = targets;
  if (preset === undefined || !isAll) return plan;
  return { ...plan, nothing: [...fittingNobody(preset, before, runners), ...plan.nothing] };
}

function editsAt(config: Config, at: number, edits: readonly Edit[], targets: Targets): Edit[] {
  const given = fitting(config, at, edits, targets);
  return targets.preset === undefined ? given : withPreset(targets.preset, config, at, given, targets.isAll);
}

function fitting(config: Config, at: number, edits: readonly Edit[], { isAll, forced }: Targets): Edit[] {
  const change = edits.find((edit) => edit.path.join('.') === 'executor' && 'value' in edit);
  const executor = change && 'value' in change ? String(change.value) : executorIn(config.runners[at]);
  const idle = (edit: Edit) =>
    (edit.do === 'set' || edit.do === 'add') && !forced && !appliesTo(edit.path.join('.'), executor);
  const stray = edits.find(idle);
  if (stray !== undefined && !isAll) {
    throw new Trouble(
      `${stray.from} has no effect on #${at + 1}: its executor is ${executor || 'not set'}.`,
      {
        hint: 'To write it anyway, add --force.',
        code: exitCode.usage,
      },
    );
  }
  return edits.filter((edit) => !idle(edit));
}
