import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exitCode, Trouble } from '../errors.ts';
import type { Command } from '../host/packages/package-manager.ts';
import type { Binary } from '../host/platform/binaries/binary.ts';
import { platformOf } from '../host/platform/index.ts';
import type { RunningRunner } from '../host/running-runners.ts';
import type { UnitState } from '../host/services/unit.ts';
import { spin } from '../terminal/spin.ts';
import { timeWords } from '../text/duration.ts';
import { shellLine } from '../text/shell-quote.ts';
import { deeds } from './agreement.ts';
import { waitForJobs } from './drain.ts';
import { type DrainRequest, drainLines, drainService, findService, type System } from './drain-service.ts';
import { findInstalled, wordsToEnd } from './existing-runner.ts';
import type { Invocation } from './invocation.ts';
import { inRoot, rootOf, runShown } from './system-commands.ts';

/** The service of a binary: as systemd sees it, or by its process alone. */
export interface BinaryService {
  readonly unit: UnitState | undefined;
  /** The process of gitlab-runner; nothing while it does not run, or where that cannot be seen. */
  readonly pid: number | undefined;
  /** Whether it runs, or is meant to. */
  readonly isWanted: boolean;
}

/** The way of the binary where gitlab-runner is installed as `install --binary` puts it; nothing elsewhere. */
export async function installedBinary({
  world,
  verbFlags,
}: Pick<Invocation, 'world' | 'verbFlags'>): Promise<Binary | undefined> {
  const existing = await findInstalled(rootOf(verbFlags), world);
  const binary = await platformOf(world).binary();
  return existing?.kind === 'program' && existing.path === binary?.file ? binary : undefined;
}

/** Which gitlab-runners run on this machine. */
type Running = () => readonly RunningRunner[];

const runningOn =
  ({ root, world }: System): Running =>
  () =>
    (root === '/' && platformOf(world).runningRunners(world)) || [];

/** Looks at the service; throws where a gitlab-runner runs that is not of the service. */
export async function findBinaryService(
  system: System,
  { file }: Binary,
  running: Running = runningOn(system),
): Promise<BinaryService> {
  const unit = await findService(system, existsSync(join(system.root, systemd)) ? running : () => []);
  if (unit?.isThere) return { unit, pid: unit.pid, isWanted: unit.isWanted };
  const now = running();
  // Only systemd tells the processes of its services from others.
  const own = now.find(({ program }) => program === file) ?? now[0];
  const other = now.find((one) => one !== own);
  if (other !== undefined) throw outsideService(other.pid);
  return { unit: undefined, pid: own?.pid, isWanted: own !== undefined };
}

const systemd = 'run/systemd/system';

const outsideService = (pid: number): Trouble =>
  new Trouble(`gitlab-runner is running as process ${pid}, which is not its service.`, {
    why: 'This command can only wait for jobs of the service. Nothing was changed.',
    hint: `${wordsToEnd(pid, 'To let its jobs finish and end it')}\nWhen it has ended, run the command again.`,
  });

/** Lets the service finish its jobs where the system has a signal for it, and stops it. Throws when they do not finish in time. */
export async function drainBinary(
  system: System,
  request: DrainRequest,
  { binary, service }: { readonly binary: Binary; readonly service: BinaryService },
  signal: AbortSignal,
  running: Running = runningOn(system),
): Promise<void> {
  const { unit, pid } = service;
  const { root, world, say } = system;
  if (unit !== undefined) return drainService(system, request, unit, signal);
  const stop = inRoot(root, [binary.file, 'stop']);
  if (pid === undefined || !binary.hasSignals) {
    say.warn('Running jobs will fail: on this system, gitlab-runner cannot finish them first.');
    await runShown(stop, world, say);
    return;
  }
  await runShown(['kill', '-QUIT', `${pid}`], world, say);
  await waitForEnd(system, request, { signal, isRunning: () => running().some((one) => one.pid === pid) });
  // It has ended; what would start it again is to know that, too.
  await runShown(stop, world, say).catch(() => undefined);
}

async function waitForEnd(
  { root, world, say }: System,
  { drainTimeout, command }: DrainRequest,
  { signal, isRunning }: { readonly signal: AbortSignal; isRunning(): boolean },
): Promise<void> {
  say.talk(`Waiting up to ${timeWords(drainTimeout)} for running jobs to finish.`);
  const has = await spin(world, say, 'Waiting for running jobs', (spinner) =>
    waitForJobs(world, {
      ...{ spinner, signal, limit: drainTimeout, runner: 'gitlab-runner', jobs: undefined },
      hasEnded: async () => !isRunning(),
      countJobs: async () => undefined,
    }),
  );
  if (has === 'ended') return;
  const message =
    has === 'late' ? `gitlab-runner still runs jobs after ${timeWords(drainTimeout)}.` : 'Canceled.';
  const start = shellLine(inRoot(root, ['gitlab-runner', 'start']));
  throw new Trouble(`${message} Nothing was ${deeds[command]}.`, {
    why: `It accepts no new jobs, and ends when the running jobs have finished. To start it then: ${start}`,
    hint: `To wait longer: runner-setup ${command} --drain-timeout 3h`,
    code: has === 'late' ? exitCode.failed : exitCode.cancelled,
  });
}

/** The draining as lines for the shell of the system. */
export function drainBinaryLines(
  root: string,
  request: DrainRequest,
  { file, hasSignals }: Binary,
  { unit, pid, isWanted }: BinaryService,
): string[] {
  if (unit !== undefined) return drainLines(root, request, pid?.toString());
  if (!isWanted) return [];
  const quit = [`kill -QUIT ${pid}`, `while kill -0 ${pid} 2> /dev/null; do sleep 1; done`];
  return [...(pid !== undefined && hasSignals ? quit : []), shellLine(inRoot(root, [file, 'stop']))];
}

/** The commands that start the service, and look whether it runs. */
export const startCommands = (root: string, { file }: Binary): readonly [start: Command, status: Command] => [
  inRoot(root, [file, 'start']),
  inRoot(root, [file, 'status']),
];
