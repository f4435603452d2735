import { helpIfAsked } from '../app/invocation.ts';
import { type ExitCode, exitCode } from '../errors.ts';
import type { Reading } from '../terminal/options.ts';
import type { World } from '../world.ts';
import type { SubVerb } from './container.ts';
import { openStage } from './container-stage.ts';
import { alone } from './container-upgrade-alone.ts';
import { upgradeGrammar, upgradeHelp, wishOf } from './container-upgrade-flags.ts';
import { upgradeNow } from './container-upgrade-now.ts';
import { settleInterrupted } from './container-upgrade-settle.ts';
import { lookAtUpgrade, nameMeant } from './container-upgrade-sight.ts';

/** The command `container upgrade`: another image for the container in use, with all its settings, or none at all. */
export const upgrade: SubVerb = { grammar: upgradeGrammar, run };

async function run(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, upgradeGrammar, upgradeHelp);
  if (helped !== undefined) return helped;
  const wish = wishOf(reading);
  const stage = await openStage(reading, world);
  const name = await nameMeant(stage.engine, wish.name);
  return alone(stage, name, async () => {
    const scene = await lookAtUpgrade(stage.engine, name);
    const isInterrupted = scene.before !== undefined || scene.next !== undefined;
    const start = isInterrupted ? await settleInterrupted(stage, wish, scene) : { scene, wish };
    return start === undefined ? exitCode.done : upgradeNow(stage, start);
  });
}
