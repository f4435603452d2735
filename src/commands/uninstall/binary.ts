import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { agreeTo, refuseWithoutYes, sameEffect, tellPlan } from '../../app/agreement.ts';
import { linesFor, scriptOf } from '../../app/binary-script.ts';
import { drainBinary, drainBinaryLines, findBinaryService, startCommands } from '../../app/binary-service.ts';
import type { System } from '../../app/drain-service.ts';
import { type Interrupt, interruptible, stopped } from '../../app/interrupt.ts';
import { type Invocation, isSwitchedOn, misuse } from '../../app/invocation.ts';
import { removeBinary, removeLine, removeWhole } from '../../app/place-binary.ts';
import { inRoot, rootOf, runShown } from '../../app/system-commands.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Command } from '../../host/packages/package-manager.ts';
import type { Binary } from '../../host/platform/binaries/binary.ts';
import { platformOf } from '../../host/platform/index.ts';
import { quote, removeFolder, shellLine } from '../../text/shell-quote.ts';
import { lookAtLeft, refuseToRemove, tellScript } from './left-runners.ts';
import type { UninstallRequest } from './plan.ts';

/** `uninstall` of the binary: its service and its file, once the running jobs have finished; config.toml stays unless asked. */
export async function uninstallBinary(
  invocation: Invocation,
  binary: Binary,
  request: UninstallRequest,
): Promise<ExitCode> {
  const { world, say, verbFlags } = invocation;
  const root = rootOf(verbFlags);
  if (root !== '/' && binary.isOnlyWay) throw misuse('--root is for Linux only.', 'Omit --root.');
  const system = { root, world, say };
  const service = await findBinaryService(system, binary);
  const undefine = inRoot(root, [binary.file, 'uninstall']);
  const config = binary.configFile(root, world);
  const isDefined = binary.isOnlyWay || service.unit !== undefined || (await hasService(system));
  const all = [
    ...drainBinaryLines(root, request, binary, service),
    `${shellLine(undefine)}${isDefined ? '' : ' || true'}`,
    removeLine({ binary, root }),
    ...(request.removesConfig ? [`rm -r ${quote(dirname(config))}`] : []),
  ];
  const left = await lookAtLeft(root, config, world, say);
  if (request.removesConfig) refuseToRemove(dirname(config), left.others);
  if (isSwitchedOn(verbFlags, 'print')) return tellScript(invocation, scriptOf(world, all), left);
  const lines = linesFor(world, all);
  if (invocation.dryRun) {
    for (const warning of left.warnings) say.warn(warning);
    return tellPlan(invocation, lines, sameEffect);
  }
  const refusal = root === '/' ? binary.refusal(world, 'uninstall') : undefined;
  if (refusal !== undefined) throw refusal;
  refuseWithoutYes(invocation, 'uninstall');
  for (const warning of left.warnings) say.warn(warning);
  await agreeTo(invocation, lines, false, 'Apply these changes?');
  const work = async (stopping: Interrupt) => {
    if (service.isWanted) await drainBinary(system, request, { binary, service }, stopping.first);
    await remove(system, binary, { undefine, isDefined, isWanted: service.isWanted }, stopping);
    if (request.removesConfig && stopping.wanted) throw stoppedBefore(dirname(config));
  };
  await interruptible(world, say, 1_800_000, work, 'step');
  for (const path of left.others) say.talk(`Kept: ${path}`);
  if (request.removesConfig) removeWhole(dirname(config));
  return tellEnd(invocation, existsSync(config) ? dirname(config) : undefined);
}

const stoppedBefore = (folder: string): Trouble =>
  new Trouble(`Canceled. gitlab-runner is uninstalled, but ${folder} is not removed.`, {
    hint: `To remove it, too: ${removeFolder(folder)}`,
    code: exitCode.cancelled,
  });

// Of Linux, where its files tell it; elsewhere the program itself is asked.
async function hasService({ root, world }: System): Promise<boolean> {
  const services = root === '/' ? await platformOf(world).runnerServices(world) : [];
  return services.some(({ manager }) => manager !== 'Quadlet');
}

// When the definition of the service cannot be removed, the service is started again; one that was never there is not missed.
async function remove(
  system: System,
  binary: Binary,
  {
    undefine,
    isDefined,
    isWanted,
  }: { readonly undefine: Command; readonly isDefined: boolean; readonly isWanted: boolean },
  stopping: Interrupt,
): Promise<void> {
  const { root, world, say } = system;
  try {
    if (stopping.wanted) throw stopped();
    await runShown(undefine, world, say);
  } catch (error) {
    if (!isDefined && !stopping.wanted) return await removeBinary({ binary, root }, system);
    if (isWanted) await runShown(startCommands(root, binary)[0], world, say).catch(() => undefined);
    throw error;
  }
  await removeBinary({ binary, root }, system);
}

function tellEnd({ say }: Invocation, kept: string | undefined): ExitCode {
  if (say.mode.json) say.object({ action: 'uninstalled', changed: true });
  else say.done('gitlab-runner is uninstalled.');
  if (kept !== undefined) say.talk(`Kept: ${kept}. To remove it, too: ${removeFolder(kept)}`);
  return exitCode.done;
}
