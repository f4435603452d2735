import { inRoot, runShown } from '../../app/system-commands.ts';
import { Trouble } from '../../errors.ts';
import { fingerprintsIn } from '../../host/packages/index.ts';
import type { Command } from '../../host/packages/package-manager.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { type InstallRequest, planOf } from './plan.ts';

/** Runs the plan, each command shown before it runs. Throws when one fails, and when the key is another one. */
export async function installPackage(request: InstallRequest, world: World, say: Say): Promise<void> {
  const { download, check, discard, add, install } = planOf(request);
  const run = (command: Command) => runShown(inRoot(request.root, command), world, say);
  for (const command of download) await run(command);
  const found = fingerprintsIn((await run(check)).words);
  if (found.length !== 1 || found[0] !== request.fingerprint) {
    for (const command of discard) await run(command);
    throw wrongKey(request, found);
  }
  say.talk(`Signing key: ${request.fingerprint}`);
  for (const command of [...add, ...install]) await run(command);
}

function wrongKey(request: InstallRequest, found: readonly string[]): Trouble {
  const has = found.length === 0 ? 'no key' : found.join(', ');
  return new Trouble('The signing key is not the expected one, so nothing was installed.', {
    why: `${request.packages.keyAddress(request.base)} has ${has}; expected is ${request.fingerprint}.`,
    hint: 'If a mirror signs with its own key, compare the fingerprint with its operator: --key-fingerprint FINGERPRINT',
  });
}
