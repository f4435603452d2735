import { helpIfAsked } from '../../../app/invocation.ts';
import { type ExitCode, exitCode } from '../../../errors.ts';
import type { Reading } from '../../../terminal/options.ts';
import type { World } from '../../../world.ts';
import type { SubCommand } from '../context.ts';
import { openContext } from '../context.ts';
import { upgradeGrammar, upgradeHelp, wishOf } from './flags.ts';
import { alone } from './lock.ts';
import { upgradeNow } from './prepare.ts';
import { settleInterrupted } from './resume.ts';
import { nameMeant, readUpgradeState } from './state.ts';

/** The command `container upgrade`: another image for the container in use, with all its settings, or none at all. */
export const upgrade: SubCommand = { grammar: upgradeGrammar, run };

async function run(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, upgradeGrammar, upgradeHelp);
  if (helped !== undefined) return helped;
  const request = wishOf(reading);
  const context = await openContext(reading, world);
  const name = await nameMeant(context.engine, request.name);
  return alone(context, name, async () => {
    const state = await readUpgradeState(context.engine, name);
    const isInterrupted = state.before !== undefined || state.next !== undefined;
    const start = isInterrupted ? await settleInterrupted(context, request, state) : { state, request };
    return start === undefined ? exitCode.done : upgradeNow(context, start);
  });
}
