import { join } from 'node:path';
import { inRoot, runShown } from '../../app/system-commands.ts';
import { Trouble } from '../../errors.ts';
import { fingerprintsIn } from '../../host/packages/openpgp.ts';
import type { Command, SigningKey } from '../../host/packages/package-manager.ts';
import { textAt } from '../../host/schedule-run.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { fingerprintFlag, type InstallRequest, planOf } from './plan.ts';

/** Runs the plan, each command shown before it runs. Throws when one fails, and when a key is another one. */
export async function installPackage(request: InstallRequest, world: World, say: Say): Promise<void> {
  const { download, add, install } = planOf(request);
  const run = (command: Command) => runShown(inRoot(request.root, command), world, say);
  for (const command of download) await run(command);
  const wrong = request.keys.flatMap((key) => wrongKey(request, key));
  if (wrong[0] !== undefined) {
    await run(['rm', ...request.keys.map(({ draft }) => draft)]);
    throw wrong[0];
  }
  for (const { signs, fingerprint } of request.keys)
    say.talk(`Signing key${signs === 'packages' ? ' of the packages' : ''}: ${fingerprint}`);
  for (const command of [...add, ...install]) await run(command);
}

function wrongKey({ root, base }: InstallRequest, key: SigningKey): Trouble[] {
  const found = fingerprintsIn(textAt(join(root, key.draft)) ?? '');
  if (found.length === 1 && found[0] === key.fingerprint) return [];
  const address = `${base}/${key.path}`;
  const trouble = new Trouble('The signing key is not the expected one, so nothing was installed.', {
    why: `${address} has ${found.join(', ') || 'no key'}; expected is ${key.fingerprint}.`,
    hint:
      found.length === 0
        ? `To see what the server sends: curl --location ${address}`
        : `If a mirror signs with its own key, compare the fingerprint with its operator: ${fingerprintFlag(key)} FINGERPRINT`,
  });
  return [trouble];
}
