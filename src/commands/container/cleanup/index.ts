import { helpIfAsked, misuse } from '../../../app/invocation.ts';
import { isScheduling } from '../../../app/schedule-flags.ts';
import { planRemovals } from '../../../engine/removals.ts';
import type { ExitCode } from '../../../errors.ts';
import type { Reading } from '../../../terminal/options.ts';
import { spin } from '../../../terminal/spin.ts';
import type { World } from '../../../world.ts';
import type { SubCommand } from '../context.ts';
import { type ContainerContext, openContext } from '../context.ts';
import { removeAll } from './apply.ts';
import { cleanupGrammar, help } from './flags.ts';
import { isEnough, tellNothingDone, tellPlan, tellSpace } from './output.ts';
import { type CleanupRequest, takeCleanup } from './request.ts';
import { diskUsageFor, type Survey, take } from './survey.ts';

/** `container cleanup`: shows what takes space and what would go, and removes it; with limits only as far as they ask. */
export const cleanup: SubCommand = { grammar: cleanupGrammar, run: clean };

async function clean(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, cleanupGrammar, 'container cleanup', help);
  if (helped !== undefined) return helped;
  const invocation = takeCleanup(reading, world);
  if (isScheduling(reading)) {
    const [{ changeSchedule }, { scheduledCleanup }] = await Promise.all([
      import('../../../app/schedule.ts'),
      import('./schedule-task.ts'),
    ]);
    return changeSchedule(reading, world, scheduledCleanup(reading, world, invocation));
  }
  const context = await openContext(reading, world);
  const found = await spin(world, context.say, 'Measuring disk usage', () => look(context, invocation));
  tellSpace(context, found);
  if (isEnough(found)) return tellNothingDone(context, found);
  tellPlan(context, found);
  if (context.dryRun || found.removals.length === 0) return tellNothingDone(context, found);
  await agree(context);
  return removeAll(context, found);
}

async function look(context: ContainerContext, invocation: CleanupRequest): Promise<Survey> {
  const { root, inventory } = await take(context);
  const removals = planRemovals(inventory, {
    now: context.world.now(),
    ttl: invocation.ttl,
    keep: invocation.keep,
    takesEnds: context.engine.kind === 'podman',
  });
  const usage = await diskUsageFor(context, invocation, root, inventory, removals);
  const free = await usage?.measure();
  return { invocation, root, inventory, removals, usage, free };
}

async function agree({ world, say, mayAsk, yes }: ContainerContext): Promise<void> {
  if (yes) return;
  if (!mayAsk)
    throw misuse(
      'Removing requires a confirmation, and there is no terminal to ask.',
      'Add --yes, or use --dry-run to see what would be removed.',
    );
  const { cancelled, personOf } = await import('../../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree('Remove these items?', false))) throw cancelled();
}
