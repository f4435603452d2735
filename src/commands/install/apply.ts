import { installedVersion } from '../../app/existing-runner.ts';
import { type Interrupt, interruptible, stopped } from '../../app/interrupt.ts';
import { addSource, rememberSource } from '../../app/package-source.ts';
import { inRoot, runShown } from '../../app/system-commands.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { type InstallRequest, installCommands } from './plan.ts';

/**
 * Runs the plan, each command shown before it runs. Throws when one fails, and when a key is another one. At Ctrl-C the
 * command under way ends: while the package is not there yet, the repository is taken back then, and it throws; else the
 * service is still started.
 */
export async function installPackage(request: InstallRequest, world: World, say: Say): Promise<void> {
  const takeBack = rememberSource(request, say);
  const isThere = async () =>
    (await installedVersion(request.packages, request.root, world.env)) !== undefined;
  const work = async (stopping: Interrupt) => {
    try {
      await addSource(request, 'install', { world, say, stopping });
      for (const command of installCommands(request)) {
        if (stopping.wanted && !(await isThere())) throw stopped();
        await runShown(inRoot(request.root, command), world, say);
      }
    } catch (error) {
      if (stopping.wanted && !(await isThere())) takeBack();
      throw error;
    }
  };
  await interruptible(world, say, 1_800_000, work, 'step');
}
