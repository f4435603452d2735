import { helpIfAsked } from '../../../app/invocation.ts';
import type { ExitCode } from '../../../errors.ts';
import type { Reading } from '../../../terminal/options.ts';
import type { World } from '../../../world.ts';
import type { SubCommand } from '../context.ts';
import { openContext } from '../context.ts';
import { readUpgradeRequest, upgradeGrammar, upgradeHelp } from './flags.ts';
import { withUpgradeLock } from './lock.ts';
import { upgradeNow } from './prepare.ts';
import { resumeUpgrade } from './resume.ts';
import { chosenName, readUpgradeState } from './state.ts';

/** The command `container upgrade`: another image for the container in use, with all its settings, or none at all. */
export const upgrade: SubCommand = { grammar: upgradeGrammar, run };

async function run(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, upgradeGrammar, 'container upgrade', upgradeHelp);
  if (helped !== undefined) return helped;
  const request = readUpgradeRequest(reading);
  const context = await openContext(reading, world);
  const name = await chosenName(context.engine, request.name);
  return withUpgradeLock(context, name, async () => {
    const state = await readUpgradeState(context.engine, name);
    const isInterrupted = state.before !== undefined || state.next !== undefined;
    const start = isInterrupted ? await resumeUpgrade(context, request, state) : { state, request };
    return typeof start === 'number' ? start : upgradeNow(context, start);
  });
}
