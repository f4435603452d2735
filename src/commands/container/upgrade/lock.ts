import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../../config/lock.ts';
import { configTarget } from '../../../engine/container.ts';
import { Trouble } from '../../../errors.ts';
import { holdFolder } from '../../../files/folder.ts';
import { platformOf } from '../../../host/platform/index.ts';
import { removeFile } from '../../../text/shell-quote.ts';
import type { ContainerContext } from '../context.ts';
import { readUpgradeState } from './state.ts';

/**
 * Does something while no other run of this user upgrades the same container: what another one has made so far would
 * look like the rest of a run that was killed. Throws when one does.
 */
export async function withUpgradeLock<T>(
  context: ContainerContext,
  name: string,
  act: () => Promise<T>,
): Promise<T> {
  const { world, engine, dryRun } = context;
  if (dryRun) return act();
  // Other engines have containers of the same name, perhaps with the same config.
  const { inUse, before } = await readUpgradeState(engine, name);
  const place = (inUse ?? before)?.places[configTarget] ?? '';
  const where = engine.host ?? world.env.DOCKER_HOST ?? world.env.DOCKER_CONTEXT ?? '';
  const words = [engine.program, where, name, place].join('\n');
  const mark = createHash('sha256').update(words).digest('hex').slice(0, 16);
  const lock = `.runner-setup-upgrade-${world.uid ?? 'user'}-${mark}.lock`;
  const machine = { pid: world.pid, hostname: world.hostname, isWindows: platformOf(world).isWindows };
  const folder = holdFolder(tmpdir());
  let isAlone = false;
  try {
    return await withLock(folder, lock, { machine, patience: 1000 }, () => {
      isAlone = true;
      return act();
    });
  } catch (error) {
    if (isAlone) throw error;
    if (!(error instanceof Trouble)) return act();
    throw new Trouble(`Another run is upgrading ${name}.`, {
      ...(error.why !== undefined && { why: error.why }),
      hint: `Wait until it has finished. If no such process is running: ${removeFile(join(folder.path, lock))}`,
      cause: error,
    });
  } finally {
    folder.close();
  }
}
