import { interruptible } from '../../app/interrupt.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { replaceConfig } from '../../app/save.ts';
import type { Config } from '../../config/read.ts';
import { textWithAutoscalers } from './machines.ts';
import type { MigrationPlan } from './plan.ts';
import { type Replacement, replaceRunner } from './replace.ts';

/** Writes the autoscalers, then replaces the runners one after the other; one that fails does not stop the others. */
export async function carryOut(
  invocation: ConfigInvocation,
  config: Config,
  { machines, successors, before, after }: MigrationPlan,
  accessToken: string,
): Promise<Replacement[]> {
  const { world, say, mayAsk, yes } = invocation;
  const agreed = mayAsk && !yes ? { before, after } : undefined;
  if (machines.length > 0)
    await replaceConfig({ ...invocation, seen: config, agreed }, async (now) =>
      now === undefined ? undefined : textWithAutoscalers(now, machines),
    );
  return interruptible(world, say, 10_000, async (interrupt) => {
    const done: Replacement[] = [];
    for (const successor of successors) {
      if (interrupt.wanted) done.push({ successor, outcome: 'skipped' });
      else done.push(await replaceRunner(invocation, successor, accessToken, interrupt));
    }
    return done;
  });
}
