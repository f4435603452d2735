import { helpIfAsked } from '../../../app/invocation.ts';
import { type ExitCode, exitCode } from '../../../errors.ts';
import type { Reading } from '../../../terminal/options.ts';
import type { World } from '../../../world.ts';
import { openStage } from '../context.ts';
import type { SubVerb } from '../index.ts';
import { upgradeGrammar, upgradeHelp, wishOf } from './flags.ts';
import { alone } from './lock.ts';
import { upgradeNow } from './prepare.ts';
import { settleInterrupted } from './resume.ts';
import { lookAtUpgrade, nameMeant } from './state.ts';

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
