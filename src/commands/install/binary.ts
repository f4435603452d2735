import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { agreeTo, refuseWithoutYes, sameEffect, tellPlan } from '../../app/agreement.ts';
import { reachOf, readBinaryRequest } from '../../app/binary-request.ts';
import { linesFor, scriptLines, scriptOf } from '../../app/binary-script.ts';
import { findExisting } from '../../app/existing-runner.ts';
import { type Interrupt, interruptible, stopped } from '../../app/interrupt.ts';
import { type Invocation, isSwitchedOn } from '../../app/invocation.ts';
import { placeBinary, removeBinary, serviceCommands } from '../../app/place-binary.ts';
import { printScript } from '../../app/print-script.ts';
import {
  type BinaryRequest,
  type DownloadReach,
  expectedChecksum,
  fetchBinary,
} from '../../app/runner-binary.ts';
import { inRoot, runShown } from '../../app/system-commands.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Command } from '../../host/packages/package-manager.ts';
import type { Binary } from '../../host/platform/binaries/binary.ts';
import { tellExisting, tellInstalled } from './output.ts';
import { refuseStray } from './plan.ts';

/** `install` of the binary: as `install` of a package, with the service definition that gitlab-runner has itself. */
export async function installBinary(invocation: Invocation, binary: Binary): Promise<ExitCode> {
  const { world, say, verbFlags, words } = invocation;
  refuseStray(words);
  const request = readBinaryRequest(invocation, binary);
  const hasService = request.root === '/' || existsSync(join(request.root, 'run/systemd/system'));
  const { user, define, start } = serviceCommands(request, world, hasService);
  const all = scriptLines(request, world, { isNew: true, after: [...user, ...define, ...start] });
  if (isSwitchedOn(verbFlags, 'print')) return printScript(invocation, scriptOf(world, all));
  const lines = linesFor(world, all);
  const existing = await findExisting(request.root, world, say);
  if (existing !== undefined) return tellExisting(invocation, existing);
  if (invocation.dryRun) return tellPlan(invocation, lines, sameEffect);
  const refusal = request.root === '/' ? binary.refusal(world, 'install') : undefined;
  if (refusal !== undefined) throw refusal;
  refuseWithoutYes(invocation, 'install');
  await agreeTo(invocation, lines, true, 'Apply these changes?');
  const what = `gitlab-runner ${await install(request, invocation, hasService)}`;
  const { register } = binary;
  return tellInstalled(invocation, {
    what,
    hasService,
    register,
    configFile: binary.configFile(request.root, world),
  });
}

/** Gives the version that is installed. A step that fails, or Ctrl-C, takes back those before it. */
function install(request: BinaryRequest, invocation: Invocation, hasService: boolean): Promise<string> {
  const work = async (stopping: Interrupt): Promise<string> => {
    const reach = reachOf(invocation, stopping.first);
    await protect(request, reach);
    const fetched = await fetchBinary(request, await expectedChecksum(request, reach), reach);
    try {
      await placeBinary(request, fetched, reach);
      await startService(request, reach, hasService, stopping);
    } finally {
      fetched.discard();
    }
    return fetched.version;
  };
  return interruptible(invocation.world, invocation.say, 60_000, work, 'step');
}

async function protect({ binary }: BinaryRequest, { world, say }: DownloadReach): Promise<void> {
  if (binary.protect.length > 0) mkdirSync(binary.folder, { recursive: true });
  for (const command of binary.protect) await runShown(command, world, say);
}

async function startService(
  request: BinaryRequest,
  reach: DownloadReach,
  hasService: boolean,
  stopping: Interrupt,
): Promise<void> {
  const { world, say } = reach;
  const { user, define, start } = serviceCommands(request, world, hasService);
  let [isDefined, isStarted] = [false, false];
  const run = async (command: Command) => {
    if (stopping.wanted) throw stopped();
    await runShown(command, world, say);
  };
  try {
    for (const command of user) await run(command);
    for (const command of define) await run(command);
    isDefined = define.length > 0;
    for (const command of start) {
      await run(command);
      isStarted = true;
    }
  } catch (failed) {
    const error = isDefined ? withHint(failed, request.binary) : failed;
    if (isDefined) await takeBackService(request, reach, isStarted);
    await removeBinary(request, reach);
    say.talk(`${request.binary.file} was removed again.`);
    throw error;
  }
}

function withHint(error: unknown, { startHint }: Binary): unknown {
  if (!(error instanceof Trouble) || startHint === undefined || error.code !== exitCode.failed) return error;
  return new Trouble(error.message, { why: error.why, hint: startHint, cause: error });
}

// Without its definition, systemd would go on with the process.
async function takeBackService(
  { binary, root }: BinaryRequest,
  { world, say }: DownloadReach,
  isStarted: boolean,
): Promise<void> {
  for (const word of [...(isStarted ? ['stop'] : []), 'uninstall'])
    await runShown(inRoot(root, [binary.file, word]), world, say).catch((error: Trouble) =>
      say.warn(`${error.message} ${error.why ?? ''}`),
    );
}
