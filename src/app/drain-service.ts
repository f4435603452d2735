import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exitCode, Trouble } from '../errors.ts';
import type { Command, PackageManager } from '../host/packages/package-manager.ts';
import { platformOf } from '../host/platform/index.ts';
import { runSystem } from '../host/schedule-run.ts';
import { type UnitState, unitCommands, unitStateIn } from '../host/services/unit.ts';
import type { Say } from '../terminal/say.ts';
import { spin } from '../terminal/spin.ts';
import { timeWords } from '../text/duration.ts';
import { shellLine } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { deeds, type PackageCommand } from './agreement.ts';
import { typedAgain } from './command-line.ts';
import { waitForJobs } from './drain.ts';
import { installedVersion } from './existing-runner.ts';
import { pause } from './interrupt.ts';
import { inRoot, runShown } from './system-commands.ts';

/** A system whose service is handled, and who is told. */
export interface System {
  /** Its root folder; `/` is this machine. */
  readonly root: string;
  readonly world: World;
  readonly say: Say;
}

/** How long the service may take to finish its jobs, and what that is for. */
export interface DrainRequest {
  /** Milliseconds. */
  readonly drainTimeout: number;
  readonly command: Exclude<PackageCommand, 'install'>;
}

/**
 * The service of the package; nothing where no systemd runs the system. Throws while a gitlab-runner runs outside the
 * service: its jobs would not be waited for, and only who started it can start it again. Below another root nothing runs.
 */
export async function findService(
  system: System,
  running = () => platformOf(system.world).runningRunners(system.world) ?? [],
): Promise<UnitState | undefined> {
  const look = async () => {
    const hasSystemd = existsSync(join(system.root, 'run/systemd/system'));
    const unit = hasSystemd ? await readUnit(system) : undefined;
    const other = system.root === '/' ? running().find(({ pid }) => pid !== unit?.pid) : undefined;
    return { unit, other };
  };
  const { unit, other } = await look();
  if (other === undefined) return unit;
  // systemd may have started it just now.
  await pause(500);
  const again = await look();
  if (again.other !== undefined) throw outsideService(again.other.pid, again.unit, system.world);
  return again.unit;
}

const outsideService = (pid: number, unit: UnitState | undefined, { uid }: World): Trouble =>
  new Trouble(`gitlab-runner is running as process ${pid}, which is not a service of systemd.`, {
    why: `${unit === undefined ? 'systemd is not running on this machine' : 'This command can only wait for jobs of the service'}. Nothing was changed.`,
    hint: `Let its jobs finish: ${uid === 0 ? '' : 'sudo '}kill -QUIT ${pid}\nWhen it has ended, run the same command again. After an upgrade, start it as before.`,
  });

/** What systemd says of the service; throws when it does not answer. */
export async function readUnit({ root, world }: System): Promise<UnitState> {
  const command = inRoot(root, unitCommands.show);
  const ran = await runSystem(command, world.env);
  if (ran?.code === 0) return unitStateIn(ran.words);
  throw new Trouble(`The command failed: ${shellLine(command)}`, {
    why: ran === undefined ? 'The program was not found.' : ran.said || `Its exit code is ${ran.code}.`,
  });
}

/**
 * Lets the service finish its jobs, and stops it: SIGQUIT, then waiting until its process has ended. When the time
 * is over, or the person does not want to wait, it throws and has stopped nothing: the service ends by itself, and systemd
 * starts it again.
 */
export async function drainService(
  system: System,
  request: DrainRequest,
  { pid }: Pick<UnitState, 'pid'>,
  signal: AbortSignal,
): Promise<void> {
  const { root, world, say } = system;
  if (pid !== undefined) await finishJobs(system, request, pid, signal);
  // systemd would start it again.
  await runShown(inRoot(root, unitCommands.stop), world, say);
}

async function finishJobs(
  system: System,
  request: DrainRequest,
  pid: number,
  signal: AbortSignal,
): Promise<void> {
  const { root, world, say } = system;
  const { drainTimeout } = request;
  await runShown(inRoot(root, unitCommands.quit), world, say);
  say.talk(`Waiting up to ${timeWords(drainTimeout)} for running jobs to finish.`);
  const has = await spin(world, say, 'Waiting for running jobs', (spinner) =>
    waitForJobs(world, {
      ...{ spinner, signal, limit: drainTimeout, runner: 'gitlab-runner', jobs: undefined },
      hasEnded: async () => (await readUnit(system)).pid !== pid,
      countJobs: async () => undefined,
    }),
  );
  if (has !== 'ended') throw await stillRunning(system, has, request);
}

async function stillRunning(
  system: System,
  has: 'late' | 'stopped',
  { drainTimeout, command }: DrainRequest,
): Promise<Trouble> {
  const { comesBack } = await readUnit(system);
  const after = comesBack
    ? 'systemd then starts it again.'
    : `To start it then: ${shellLine(inRoot(system.root, unitCommands.start))}`;
  const message =
    has === 'late' ? `gitlab-runner still runs jobs after ${timeWords(drainTimeout)}.` : 'Canceled.';
  return new Trouble(`${message} Nothing was ${deeds[command]}.`, {
    why: `It accepts no new jobs, and ends when the running jobs have finished. ${after}`,
    hint: `To wait longer: runner-setup ${command} --drain-timeout 3h`,
    code: has === 'late' ? exitCode.failed : exitCode.cancelled,
  });
}

/** The draining as lines for a shell; `pid` is the process that runs now, as a word of the shell. */
export const drainLines = (
  root: string,
  { drainTimeout }: DrainRequest,
  pid: string | undefined,
): string[] => [
  ...(pid === undefined
    ? []
    : [
        shellLine(inRoot(root, unitCommands.quit)),
        // 0 would be for ever.
        `timeout ${Math.max(1, Math.ceil(drainTimeout / 1000))} tail --pid=${pid} -f /dev/null`,
      ]),
  shellLine(inRoot(root, unitCommands.stop)),
];

/** The same for a script, which looks itself whether the service runs. */
export const drainScript = (root: string, request: DrainRequest): string[] => [
  `pid=$(${shellLine(inRoot(root, unitCommands.pid))} || echo 0)`,
  ...ifRunning(drainLines(root, request, '"$pid"')),
];

/** Lines that a script runs only where the service ran, behind those of `drainScript`. */
export const ifRunning = (lines: readonly string[]): string[] => [
  'if [ "$pid" != 0 ]; then',
  ...lines.map((line) => `  ${line}`),
  'fi',
];

/** A step that failed behind the draining. */
interface Failed {
  readonly error: unknown;
  readonly packages: PackageManager;
  /** The service as it was before; nothing where it is left alone. */
  readonly unit: UnitState | undefined;
  /** The version that was installed before. */
  readonly before: string;
}

/** Makes the service what it was, running or not, enabled or not, and gives what is to be thrown: what failed, how the system is left, and what to type. */
export async function startAgain(
  system: System,
  { error, packages, unit, before }: Failed,
): Promise<unknown> {
  const { root, world } = system;
  const version = await installedVersion(packages, root, world.env);
  const runs = unit !== undefined && (await becomesAsBefore(system, unit));
  const isWanted = unit?.isWanted === true;
  if (!(error instanceof Trouble)) return error;
  const [state, hint] = leftAs({ version, before, isWanted, runs, repair: repairOf(root, packages) });
  return new Trouble(`${error.message}\n${state}`, {
    ...(error.why !== undefined && { why: error.why }),
    hint: hint ?? error.hint ?? `Run: ${typedAgain(world)}`,
    code: error.code,
    cause: error,
  });
}

// Gives whether it runs.
async function becomesAsBefore(system: System, { isWanted, isEnabled }: UnitState): Promise<boolean> {
  if (isWanted) return isStarted(system, isEnabled ? unitCommands.enable : unitCommands.start);
  const { root, world, say } = system;
  if (isEnabled) await runShown(inRoot(root, unitCommands.enableOnly), world, say).catch(() => undefined);
  return false;
}

const repairOf = (root: string, { repair }: PackageManager): string =>
  repair === undefined ? 'runner-setup install' : shellLine(inRoot(root, repair));

/** Starts the service by a command of `unitCommands`; gives whether it runs. */
export async function isStarted({ root, world, say }: System, start: Command): Promise<boolean> {
  try {
    for (const command of [start, unitCommands.check]) await runShown(inRoot(root, command), world, say);
    return true;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return false;
  }
}

interface Left {
  readonly version: string | undefined;
  readonly before: string;
  readonly isWanted: boolean;
  readonly runs: boolean;
  readonly repair: string;
}

function leftAs({ version, before, isWanted, runs, repair }: Left): [state: string, hint?: string] {
  const service = runs ? 'its service is running again' : 'its service is not running';
  if (version === undefined)
    return [`The package gitlab-runner is not completely installed; ${service}.`, repair];
  if (!isWanted) return [`gitlab-runner ${version} is installed.`];
  const state = `gitlab-runner ${version} is installed, and ${service}.`;
  if (runs) return [state];
  const back =
    version === before ? 'systemctl start gitlab-runner' : `runner-setup upgrade --version ${before}`;
  return [state, `systemctl status gitlab-runner\n${back}`];
}
