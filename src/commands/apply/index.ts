import { presentOf } from '../../app/config-file.ts';
import { helpIfAsked, isSwitchedOn, misuse } from '../../app/invocation.ts';
import type { ExitCode } from '../../errors.ts';
import type { Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { type ApplyContext, openApply } from './context.ts';
import { applyGrammar, help } from './flags.ts';
import { lookAround } from './look.ts';
import { type PlannedText, showPlan, tellApplied, tellPlanned, tellResult, tellUnchanged } from './output.ts';
import { type ApplyPlan, isChanging, planFleet } from './plan.ts';

/** The verb `apply`: brings config.toml and GitLab to what fleet files say; all is known, and shown, before the first act. */
export async function apply(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, applyGrammar, 'apply', help);
  if (helped !== undefined) return helped;
  if (isSwitchedOn(reading.verbFlags, 'schema')) return printSchema(world);
  const context = await openApply(reading, world);
  const seen = await lookAround(context);
  const { equal } = await presentOf(context.config);
  const plan = planFleet(context, seen, equal);
  if (!isChanging(plan)) return keepAndTell(context, plan, equal);
  const { checkPlan } = await import('./check.ts');
  const text = await checkPlan(context, plan);
  if (context.dryRun) return tellPlanned(context, plan, text);
  await agree(context, plan, text);
  const { carryOut } = await import('./apply.ts');
  const results = await carryOut(context, plan, equal, (result) => tellResult(context, result));
  return tellApplied(context, plan, results);
}

async function printSchema(world: World): Promise<ExitCode> {
  const [{ fleetSchema }, { exitCode }] = await Promise.all([
    import('../../fleet-file/schema.ts'),
    import('../../errors.ts'),
  ]);
  world.stdout.write(`${JSON.stringify(fleetSchema(), null, 2)}\n`);
  return exitCode.done;
}

// What was found by its name or in GitLab is kept, so that the next run finds it at once.
async function keepAndTell(
  context: ApplyContext,
  plan: ApplyPlan,
  equal: Parameters<typeof planFleet>[2],
): Promise<ExitCode> {
  if (!context.dryRun) {
    const { carryOut } = await import('./apply.ts');
    await carryOut(context, plan, equal, () => {});
  }
  return tellUnchanged(context, plan);
}

// What is created can be removed again; what is removed is gone for good.
function refuseRemoval({ steps }: ApplyPlan): void {
  const count = steps.filter(({ action }) => action === 'remove').length;
  if (count === 0) return;
  throw misuse(
    `This removes ${count === 1 ? '1 runner' : `${count} runners`}. In a script, this requires --yes.`,
    'Add --yes, or use --dry-run to see the changes.',
  );
}

async function agree(context: ApplyContext, plan: ApplyPlan, text: PlannedText): Promise<void> {
  const { world, say, mayAsk, yes } = context;
  if (yes) return;
  if (!mayAsk) return refuseRemoval(plan);
  await showPlan(context, plan, text, 'propose');
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree('Apply these changes?', true))) throw cancelled();
}
