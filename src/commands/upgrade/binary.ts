import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { agreeTo, refuseWithoutYes, sameEffect, tellPlan } from '../../app/agreement.ts';
import { reachOf, readBinaryRequest } from '../../app/binary-request.ts';
import { linesFor, scriptLines, scriptOf } from '../../app/binary-script.ts';
import {
  type BinaryService,
  drainBinary,
  drainBinaryLines,
  findBinaryService,
  startCommands,
} from '../../app/binary-service.ts';
import { typedAgain } from '../../app/command-line.ts';
import { readDrainTimeout } from '../../app/drain.ts';
import type { DrainRequest, System } from '../../app/drain-service.ts';
import { type Interrupt, interruptible, pause, stopped } from '../../app/interrupt.ts';
import { type Invocation, isSwitchedOn, misuse } from '../../app/invocation.ts';
import { keepBinary, placeBinary } from '../../app/place-binary.ts';
import { printScript } from '../../app/print-script.ts';
import {
  type BinaryRequest,
  expectedChecksum,
  type FetchedBinary,
  fetchBinary,
  fileBelow,
} from '../../app/runner-binary.ts';
import { runShown, versionOf } from '../../app/system-commands.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Binary } from '../../host/platform/binaries/binary.ts';
import { quote } from '../../text/shell-quote.ts';

/** `upgrade` of the binary that is there: another version, once the running jobs have finished. The old one stays until the new one runs. */
export async function upgradeBinary(invocation: Invocation, binary: Binary): Promise<ExitCode> {
  const { world, say, verbFlags, words } = invocation;
  const [stray] = words;
  if (stray !== undefined)
    throw misuse(`Unexpected argument: "${stray}".`, `To upgrade to a version: --version ${quote(stray)}`);
  const request = readBinaryRequest(invocation, binary);
  const drain: DrainRequest = { drainTimeout: readDrainTimeout(verbFlags), command: 'upgrade' };
  const system = { root: request.root, world, say };
  const service = await findBinaryService(system, binary);
  const all = scriptLines(request, world, {
    isNew: false,
    before: drainBinaryLines(request.root, drain, binary, service),
    after: service.isWanted ? startCommands(request.root, binary) : [],
  });
  if (isSwitchedOn(verbFlags, 'print')) return printScript(invocation, scriptOf(world, all));
  const lines = linesFor(world, all);
  const before = (await versionOf(request.root, binary.file, world)) ?? 'of an unknown version';
  if (request.version === `v${before}`) return tellNothing(invocation, before);
  if (invocation.dryRun) return tellPlan(invocation, lines, sameEffect);
  const refusal = request.root === '/' ? binary.refusal(world, 'upgrade') : undefined;
  if (refusal !== undefined) throw refusal;
  refuseWithoutYes(invocation, 'upgrade');
  const work = (stopping: Interrupt) =>
    run({ invocation, request, drain, system, service, before, lines }, stopping);
  return interruptible(world, say, 1_800_000, work, 'step');
}

function tellNothing({ say }: Invocation, version: string): ExitCode {
  if (say.mode.json) say.object({ action: 'unchanged', changed: false });
  else say.done(`Nothing to do: gitlab-runner ${version} is installed.`);
  return exitCode.done;
}

/** All that an upgrade needs to know. */
interface Upgrade {
  readonly invocation: Invocation;
  readonly request: BinaryRequest;
  readonly drain: DrainRequest;
  readonly system: System;
  readonly service: BinaryService;
  /** The version that is there. */
  readonly before: string;
  readonly lines: readonly string[];
}

// The list of checksums tells whether there is something new, before the question and the large download.
async function run(upgrade: Upgrade, stopping: Interrupt): Promise<ExitCode> {
  const { invocation, request, before, lines, service } = upgrade;
  const { say } = invocation;
  const reach = reachOf(invocation, stopping.first);
  const expected = await expectedChecksum(request, reach);
  if (expected === checksumOf(request)) return tellNothing(invocation, before);
  await agreeTo(invocation, lines, true, 'Apply these changes?');
  const fetched = await fetchBinary(request, expected, reach);
  try {
    await replace(upgrade, fetched, stopping);
  } finally {
    fetched.discard();
  }
  const { version } = fetched;
  const state = service.isWanted ? 'Its service is running' : 'Its service was not running before';
  if (say.mode.json)
    say.object({ action: 'upgraded', changed: true, version: { from: before, to: version } });
  else say.done(`gitlab-runner ${version} is installed (before: ${before}). ${state}.`);
  return exitCode.done;
}

const checksumOf = ({ root, binary }: BinaryRequest): string =>
  createHash('sha256')
    .update(readFileSync(fileBelow(root, binary)))
    .digest('hex');

async function replace(upgrade: Upgrade, fetched: FetchedBinary, stopping: Interrupt): Promise<void> {
  const { request, drain, system, service } = upgrade;
  const { binary } = request;
  if (stopping.wanted) throw stopped();
  const kept = await keepBinary(request, system);
  try {
    if (service.isWanted) await drainBinary(system, drain, { binary, service }, stopping.first);
  } catch (error) {
    await kept.drop();
    throw error;
  }
  try {
    if (stopping.wanted) throw stopped();
    await placeBinary(request, fetched, system);
    if (service.isWanted) await startNew(upgrade);
  } catch (error) {
    const isBack = await kept.restore().then(
      () => true,
      () => false,
    );
    throw await startOld(upgrade, error, isBack);
  }
  await kept.drop();
}

/** How long the new gitlab-runner is watched: one that cannot start has ended by then. */
const watch = 2000;

async function startNew({ request, system: { root, world, say } }: Upgrade): Promise<void> {
  const [start, status] = startCommands(root, request.binary);
  await runShown(start, world, say);
  await pause(watch);
  await runShown(status, world, say);
}

// Gives what is to be thrown: what failed, and how the machine is left.
async function startOld(
  { request, system, service, before }: Upgrade,
  error: unknown,
  isBack: boolean,
): Promise<unknown> {
  const { root, world, say } = system;
  const started = async () => {
    for (const command of startCommands(root, request.binary)) await runShown(command, world, say);
    return true;
  };
  const runs = service.isWanted && (await started().catch(() => false));
  if (!(error instanceof Trouble)) return error;
  const version = `gitlab-runner ${before} ${isBack ? 'was' : 'could not be'} restored`;
  const after = service.isWanted
    ? `${isBack === runs ? 'and' : 'but'} its service is ${runs ? '' : 'not '}running`
    : 'and its service was not running before';
  return new Trouble(`${error.message}\n${version}, ${after}.`, {
    ...(error.why !== undefined && { why: error.why }),
    hint: error.hint ?? `Run: ${typedAgain(world)}`,
    code: error.code,
    cause: error,
  });
}
