import { drainService, isStarted, readUnit, type System, startAgain } from '../../app/drain-service.ts';
import { installedVersion } from '../../app/existing-runner.ts';
import { interruptible, pause, stopped } from '../../app/interrupt.ts';
import { inRoot, runShown } from '../../app/system-commands.ts';
import { Trouble } from '../../errors.ts';
import type { Command } from '../../host/packages/package-manager.ts';
import { runSystem } from '../../host/schedule-run.ts';
import { type UnitState, unitCommands } from '../../host/services/unit.ts';
import { shellLine } from '../../text/shell-quote.ts';
import type { Installed, UpgradeRequest } from './plan.ts';

/** How long the new gitlab-runner is watched: one that cannot start has ended by then. */
const watch = 2000;

/**
 * Downloads the package, lets jobs finish, and upgrades; each command is shown before it runs. Gives the new version. When
 * a step fails behind the draining, the old packages are put back and the service is started again, and what is thrown
 * says how the machine is left.
 */
export async function upgradePackage(
  system: System,
  request: UpgradeRequest,
  before: Installed,
): Promise<string> {
  const { world, say } = system;
  const { download, change } = request.packages.upgrade(request.version, before.version);
  const work = async (stopping: { readonly wanted: boolean; readonly first: AbortSignal }) => {
    await runAll(system, download);
    if (stopping.wanted) throw stopped();
    if (before.unit !== undefined) await drainService(system, request, before.unit, stopping.first);
    if (stopping.wanted) throw await leave(system, request, before, stopped());
    try {
      await runAll(system, change);
      return await checkNew(system, request, before);
    } catch (error) {
      await restore(system, request, before);
      throw await leave(system, request, before, error);
    }
  };
  return interruptible(world, say, 1_800_000, work, 'step');
}

async function runAll({ root, world, say }: System, commands: readonly Command[]): Promise<void> {
  for (const command of commands) await runShown(inRoot(root, command), world, say);
}

const leave = (system: System, { packages }: UpgradeRequest, before: Installed, error: unknown) =>
  startAgain(system, { error, packages, unit: before.unit, before: before.version });

// A package that failed may have brought others with it, on which the old one does not work.
async function restore(system: System, { packages }: UpgradeRequest, { version }: Installed): Promise<void> {
  try {
    const now = await installedVersion(packages, system.root, system.world.env);
    await runAll(system, packages.upgrade(version, now).change);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    system.say.warn(`The packages of ${version} could not be restored: ${error.why ?? error.message}`);
  }
}

// The package is there, its program has its version, and the service stays up with a process of its own.
async function checkNew(system: System, { packages }: UpgradeRequest, before: Installed): Promise<string> {
  const version = await installedVersion(packages, system.root, system.world.env);
  if (version === undefined)
    throw new Trouble('The package gitlab-runner is not installed after the upgrade.');
  await checkProgram(system, version);
  if (before.unit !== undefined && !(await staysUp(system, before.unit)))
    throw new Trouble(`The service does not start with gitlab-runner ${version}.`, {
      hint: 'journalctl -u gitlab-runner -n 50',
    });
  return version;
}

async function staysUp(system: System, old: UnitState): Promise<boolean> {
  if (!(await isStarted(system, unitCommands.start))) return false;
  const { pid } = await readUnit(system);
  await pause(watch);
  return pid !== undefined && pid !== old.pid && pid === (await readUnit(system)).pid;
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
