import { addSource } from '../../app/package-source.ts';
import { inRoot, runShown } from '../../app/system-commands.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { type InstallRequest, installCommands } from './plan.ts';

/** Runs the plan, each command shown before it runs. Throws when one fails, and when a key is another one. */
export async function installPackage(request: InstallRequest, world: World, say: Say): Promise<void> {
  await addSource(request, 'install', world, say);
  for (const command of installCommands(request)) await runShown(inRoot(request.root, command), world, say);
}
