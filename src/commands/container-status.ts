import { type ExitCode, exitCode } from '../errors.ts';
import type { Reading } from '../terminal/options.ts';
import type { World } from '../world.ts';
import type { SubVerb } from './container.ts';
import { containerMeant, nameFlag, openStage, stageFlags, wordOf } from './container-stage.ts';
import { helpIfAsked } from './order.ts';

/** The command `container status`: how the runner's container is. */
export const status: SubVerb = { grammar: { names: [], own: { ...nameFlag, ...stageFlags } }, run: show };

async function show(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, status.grammar, help);
  if (helped !== undefined) return helped;
  const { say, engine, own } = await openStage(reading, world);
  const { settings, state } = await containerMeant(engine, wordOf(own, 'name'));
  if (say.manner.json) say.object({ action: 'status', changed: false, name: settings.name, state });
  else say.result(`${settings.name}: ${state.status}, ${settings.image}`);
  return exitCode.done;
}

const help = {
  line: 'Shows how the container of gitlab-runner is.',
  usage: 'container status [flags]',
  examples: ['runner-setup container status', 'runner-setup container status --json'],
};
