import { type Table, textIn } from '../../config/model.ts';
import { isSocketThere } from '../../engine/socket.ts';
import { defaultConfigFile, runnerProgram } from '../../host/places.ts';
import { platformOf } from '../../host/platform/index.ts';
import { plannedRunner } from '../../runner/plan.ts';
import type { World } from '../../world.ts';
import type { RegisterContext, RegisterPlan } from './plan.ts';

/**
 * Warns where this machine cannot run the jobs of a runner that was saved: no gitlab-runner is found, or no Docker. What
 * costs time is looked for only where the program or the socket is not there.
 */
export async function warnIfUnready(
  { world, say, file, settings }: RegisterContext,
  { input, plan }: RegisterPlan,
  isConversation: boolean,
): Promise<void> {
  const { path, container } = file;
  // Whoever names another file knows who is going to read it.
  if (container !== undefined || !isUsual(path, world)) return;
  const runner = plannedRunner(input, plan);
  // The next steps on a terminal say it themselves.
  const isTold = isConversation || (world.stderr.isTTY && !say.mode.json && settings.wait === undefined);
  const mayBeAbsent = !isTold && runnerProgram(world) === undefined;
  const hasEngine = !isForDocker(runner) || isSocketThere(textIn(runner, 'docker', 'host'), world);
  if (!mayBeAbsent && hasEngine) return;
  const { wordsOnAbsence, wordsOnEngine } = await import('./unready.ts');
  const absence = mayBeAbsent ? await wordsOnAbsence(path, runner, world) : undefined;
  const engine = hasEngine ? undefined : wordsOnEngine(runner, world);
  for (const words of [absence, engine]) if (words !== undefined) say.warn(words);
}

const isUsual = (path: string, world: World): boolean =>
  path === defaultConfigFile(world) || platformOf(world).usualConfigFiles(world.home).includes(path);

const isForDocker = (runner: Table): boolean => /^docker(-windows)?$/.test(textIn(runner, 'executor'));
