import { type Table, textIn } from '../config/model.ts';
import type { Config } from '../config/read.ts';
import { lastingMarkOf } from '../runner/select.ts';
import type { Say } from '../terminal/say.ts';
import type { World } from '../world.ts';
import type { EditPlan } from './edit-plan.ts';
import type { Rollback } from './rollback.ts';
import { changedMeanwhile, replaceConfig } from './save.ts';

/** An edit of config.toml that is ready to be written. */
export interface PlannedEdit {
  readonly plan: EditPlan;
  /** Whether a person has agreed to exactly these lines. */
  readonly isAgreed: boolean;
  /** Plans the same for the file as somebody else has left it meanwhile; positions are those of the file as it was opened. */
  again(config: Config, positions: (at: number) => number): Promise<EditPlan>;
}

/**
 * Writes a planned edit; gives what was really changed. It is planned again where another program has changed the file
 * meanwhile; throws when a runner is gone then, or when other lines would change than a person has agreed to.
 */
export async function saveEdit(
  { world, say }: { world: World; say: Say },
  request: PlannedEdit,
  rollback: Rollback,
): Promise<EditPlan> {
  let { plan } = request;
  const { before } = plan;
  if (before.text === plan.after.text) return plan;
  const agreed = request.isAgreed ? { before: before.text, after: plan.after.text } : undefined;
  await replaceConfig(
    { world, say, path: before.file, seen: before, agreed },
    async (config) => {
      rollback.check();
      plan = config === before ? request.plan : await planAgain(request, config);
      return plan.after.text;
    },
    { signal: rollback.signal },
  );
  return plan;
}

async function planAgain(request: PlannedEdit, config: Config | undefined): Promise<EditPlan> {
  const { before } = request.plan;
  if (config === undefined) throw changedMeanwhile(before.file);
  return request.again(config, placesIn(before, config));
}

/** Where the runners of a file are in the file as somebody else has left it; throws for one that is not there once. */
function placesIn(before: Config, now: Config): (at: number) => number {
  const place = placesBy(markOf, before, now);
  const renewed = placesBy(lastingMarkOf, before, now);
  return (at) => {
    const found = place(at) ?? renewed(at);
    if (found === undefined) throw changedMeanwhile(before.file);
    return found;
  };
}

function placesBy(mark: (runner: Table) => string | undefined, before: Config, now: Config) {
  const marks = now.runners.map(mark);
  const found = new Map<string | undefined, number | undefined>();
  for (const [at, one] of marks.entries()) found.set(one, found.has(one) ? undefined : at);
  return (at: number): number | undefined => {
    const wanted = mark(before.runners[at]!);
    if (wanted === undefined) return undefined;
    return marks[at] === wanted ? at : found.get(wanted);
  };
}

const markOf = (runner: Table): string =>
  JSON.stringify(['url', 'token', 'name'].map((key) => textIn(runner, key)));
