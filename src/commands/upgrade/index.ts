import { agreeTo, refuseWithoutRoot, refuseWithoutYes, tellPlan } from '../../app/agreement.ts';
import { binaryFlags } from '../../app/binary-flags.ts';
import { installedBinary } from '../../app/binary-service.ts';
import { drainFlag } from '../../app/drain.ts';
import type { System } from '../../app/drain-service.ts';
import { installedVersion } from '../../app/existing-runner.ts';
import { type Interrupt, interruptible, stopped } from '../../app/interrupt.ts';
import { helpIfAsked, type Invocation, isSwitchedOn, takeInvocation } from '../../app/invocation.ts';
import { addSource, packageFlags, refreshSources, rememberSource } from '../../app/package-source.ts';
import { printFlag, printScript } from '../../app/print-script.ts';
import { inEnglish, inRoot, refuseUnclear, rootFlag, rootOf } from '../../app/system-commands.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { runSystem } from '../../host/schedule-run.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import {
  findInstalled,
  type Installed,
  linesOf,
  readRequest,
  scriptOf,
  type UpgradeRequest,
} from './plan.ts';

/** The verb `upgrade`: another version of the package or the binary, once the running jobs have finished; its service runs again afterwards. */
export async function upgrade(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, upgradeGrammar, 'upgrade', help);
  if (helped !== undefined) return helped;
  const invocation = await takeInvocation(reading, world, upgradeGrammar);
  refuseUnclear(reading, upgradeGrammar);
  const binary = await installedBinary(invocation);
  if (binary !== undefined) {
    const { upgradeBinary } = await import('./binary.ts');
    return upgradeBinary(invocation, binary);
  }
  if (isSwitchedOn(reading.verbFlags, 'print')) {
    const request = readRequest(reading);
    const present = await installedVersion(request.packages, request.root, world.env);
    return printScript(invocation, scriptOf(request, present));
  }
  const system = { root: rootOf(reading.verbFlags), world, say: invocation.say };
  const installed = await findInstalled(system);
  const request = readRequest(reading);
  if (isVersion(installed, request.version) && !request.changesSource)
    return tellNothing(invocation, installed);
  if (invocation.dryRun) return preview(invocation, system, request, installed);
  if (request.root === '/') refuseWithoutRoot(world, 'upgrade');
  refuseWithoutYes(invocation, 'upgrade');
  return upgradeNow(invocation, system, request, installed);
}

/** What `upgrade` understands. */
export const upgradeGrammar: Grammar = {
  names: [],
  verbFlags: {
    ...packageFlags,
    renewKeys: {
      flag: '--renew-keys',
      isSwitch: true,
      doc: 'Download the signing keys again, for example if they have expired',
    },
    ...binaryFlags,
    ...drainFlag,
    ...printFlag,
    ...rootFlag,
  },
};

const help: Help = {
  usage: ['upgrade [flags]'],
  about:
    'Upgrade the package or the binary of gitlab-runner to the latest version or to --version. Running jobs finish first, then the service is restarted. If a step fails, the old version is restored. For a container, use container upgrade.',
  flags: {
    Upgrade: ['version', 'drainTimeout', 'mirror', 'fingerprint', 'packageFingerprint', 'renewKeys', 'root'],
    'Binary only': ['checksum', 'tlsCaFile'],
    'Other flags': ['print', 'dryRun', 'exitCode', 'yes', 'nonInteractive', 'json'],
  },
  examples: {
    'Show the commands first': 'runner-setup upgrade --dry-run',
    'Upgrade in a script, with jobs of up to three hours':
      'sudo runner-setup upgrade --yes --drain-timeout 3h',
    'Install another version': 'sudo runner-setup upgrade --version 17.5.3',
  },
};

// A version without a release is that of any release.
const isVersion = ({ version }: Installed, wanted: string | undefined): boolean =>
  wanted !== undefined && (version === wanted || version.replace(/-\d+$/, '') === wanted);

// Without a version that was asked for, nothing goes back to an older one.
const isBehind = ({ version }: Installed, request: UpgradeRequest, newest: string): boolean =>
  request.version === undefined && version.localeCompare(newest, 'en', { numeric: true }) > 0;

function tellNothing({ say }: Invocation, { version }: Installed): ExitCode {
  if (say.mode.json) say.object({ action: 'unchanged', changed: false });
  else say.done(`Nothing to do: gitlab-runner ${version} is installed.`);
  return exitCode.done;
}

// What the repositories have is read before the question: often there is nothing to ask.
async function upgradeNow(
  invocation: Invocation,
  system: System,
  request: UpgradeRequest,
  installed: Installed,
): Promise<ExitCode> {
  const { world, say, yes } = invocation;
  const { packages, changesSource } = request;
  const lines = linesOf(request, installed);
  if (changesSource) await agreeTo(invocation, lines);
  else if (!yes)
    say.talk('Reading which versions the package repositories have. This changes nothing that is installed.');
  const newest = await interruptible(
    world,
    say,
    1_800_000,
    (stopping) => read(system, request, stopping),
    'step',
  );
  if (isVersion(installed, newest) || isBehind(installed, request, newest))
    return changesSource ? tellSource(invocation, request, installed) : tellNothing(invocation, installed);
  if (!changesSource) await agreeTo(invocation, lines.slice(packages.refresh.length));
  const { upgradePackage } = await import('./apply.ts');
  const version = await upgradePackage(system, request, installed);
  return tellUpgraded(invocation, installed, version);
}

// Gives the version to go to. When that fails, the repository is the one from before.
async function read(system: System, request: UpgradeRequest, stopping: Interrupt): Promise<string> {
  const { world, say } = system;
  const takeBack = rememberSource(request, say);
  try {
    if (request.changesSource) await addSource(request, 'upgrade', { world, say, stopping });
    else await refreshSources(request, world, say);
    const newest = request.version ?? (await newestOf(system, request));
    if (stopping.wanted) throw stopped();
    return newest;
  } catch (error) {
    takeBack();
    throw error;
  }
}

function tellSource({ say }: Invocation, { packages }: UpgradeRequest, { version }: Installed): ExitCode {
  if (say.mode.json) say.object({ action: 'updated', changed: true });
  else say.done(`${packages.sourceFile} was changed. gitlab-runner ${version} is already installed.`);
  return exitCode.done;
}

async function newestOf({ root, world }: System, { packages }: UpgradeRequest): Promise<string> {
  const ran = await runSystem(inRoot(root, packages.askNewest), { ...world.env, ...inEnglish });
  const newest = ran?.code === 0 ? packages.newestIn(ran.words) : undefined;
  if (newest !== undefined) return newest;
  throw new Trouble('No package repository of this machine has gitlab-runner.', {
    hint: "To add GitLab's: runner-setup upgrade --mirror https://packages.gitlab.com",
  });
}

async function preview(
  invocation: Invocation,
  system: System,
  request: UpgradeRequest,
  installed: Installed,
): Promise<ExitCode> {
  // A dry run does not read the repositories again.
  if (!request.changesSource) {
    const newest = request.version ?? (await newestOf(system, request));
    if (isVersion(installed, newest) || isBehind(installed, request, newest))
      return tellNothing(invocation, installed);
  }
  return tellPlan(invocation, linesOf(request, installed));
}

function tellUpgraded({ say }: Invocation, { version: before, unit }: Installed, version: string): ExitCode {
  const service = unit === undefined ? 'No service was running' : 'Its service is running';
  if (say.mode.json)
    say.object({ action: 'upgraded', changed: true, version: { from: before, to: version } });
  else say.done(`gitlab-runner ${version} is installed (before: ${before}). ${service}.`);
  return exitCode.done;
}
