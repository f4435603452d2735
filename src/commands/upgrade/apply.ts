import { drainService, readUnit, type System, startAgain } from '../../app/drain-service.ts';
import { installedVersion } from '../../app/existing-runner.ts';
import { interruptible, pause, stopped } from '../../app/interrupt.ts';
import { inRoot, runShown } from '../../app/system-commands.ts';
import { Trouble } from '../../errors.ts';
import type { Command } from '../../host/packages/package-manager.ts';
import { runSystem } from '../../host/schedule-run.ts';
import { shellLine } from '../../text/shell-quote.ts';
import { changeCommands, type Installed, type UpgradeRequest } from './plan.ts';

/** How long the new gitlab-runner is watched: one that cannot start has ended by then. */
const watch = 2000;

/**
 * Downloads the package, lets jobs finish, and upgrades; each command is shown before it runs. Gives the new version. When
 * a step fails behind the draining, the service is started again, and what it throws says how the machine is left.
 */
export async function upgradePackage(
  system: System,
  request: UpgradeRequest,
  before: Installed,
): Promise<string> {
  const { root, world, say } = system;
  const { packages, version } = request;
  const run = (command: Command) => runShown(inRoot(root, command), world, say);
  const work = async (stopping: { readonly wanted: boolean; readonly first: AbortSignal }) => {
    for (const command of packages.upgrade(version).download) await run(command);
    if (stopping.wanted) throw stopped();
    if (before.unit !== undefined) await drainService(system, request, before.unit, stopping.first);
    try {
      if (stopping.wanted) throw stopped();
      for (const command of changeCommands(request, before)) await run(command);
      return await checkNew(system, request, before);
    } catch (error) {
      throw await startAgain(system, {
        ...{ error, packages, isWanted: before.unit !== undefined },
        before: before.version,
      });
    }
  };
  return interruptible(world, say, 1_800_000, work, 'step');
}

// The package is there, its program has its version, and the service stays up with a process of its own.
async function checkNew(system: System, { packages }: UpgradeRequest, before: Installed): Promise<string> {
  const { root, world } = system;
  const version = await installedVersion(packages, root, world.env);
  if (version === undefined)
    throw new Trouble('The package gitlab-runner is not installed after the upgrade.');
  await checkProgram(system, version);
  if (before.unit === undefined) return version;
  const { pid } = await readUnit(system);
  await pause(watch);
  const still = (await readUnit(system)).pid;
  if (pid !== undefined && pid === still && pid !== before.unit.pid) return version;
  throw new Trouble(`The service with gitlab-runner ${version} does not stay up.`, {
    hint: `systemctl status gitlab-runner\nrunner-setup upgrade --version ${before.version}`,
  });
}

async function checkProgram({ root, world }: System, version: string): Promise<void> {
  const command = inRoot(root, ['/usr/bin/gitlab-runner', '--version']);
  const ran = await runSystem(command, world.env);
  const [, says] = /^Version:\s+v?(\S+)/m.exec(ran?.words ?? '') ?? [];
  if (says === version.replace(/-\d+$/, '')) return;
  throw new Trouble(`gitlab-runner ${version} is installed, but its program is another version.`, {
    why: `${shellLine(command)} ${says === undefined ? 'does not print a version' : `prints ${says}`}.`,
  });
}
