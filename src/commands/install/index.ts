import { agreeTo, refuseWithoutRoot, refuseWithoutYes, tellPlan } from '../../app/agreement.ts';
import { binaryFlags } from '../../app/binary-flags.ts';
import { findExisting } from '../../app/existing-runner.ts';
import { helpIfAsked, type Invocation, isSwitchedOn, takeInvocation } from '../../app/invocation.ts';
import { packageFlags, refuseUnfit } from '../../app/package-source.ts';
import { posixScript, printFlag, printScript } from '../../app/print-script.ts';
import { refuseUnclear, rootFlag, rootOf } from '../../app/system-commands.ts';
import type { ExitCode } from '../../errors.ts';
import { below } from '../../files/below.ts';
import { platformOf } from '../../host/platform/index.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { tellExisting, tellInstalled } from './output.ts';
import { linesOf, readRequest, refuseStray } from './plan.ts';

/** The verb `install`: gitlab-runner as a package or a binary of this machine, and its service; one that is there is left alone. */
export async function install(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, installGrammar, 'install', help);
  if (helped !== undefined) return helped;
  const invocation = await takeInvocation(reading, world, installGrammar);
  refuseUnclear(reading, installGrammar);
  const binary = await platformOf(world).binary();
  if (binary !== undefined && (isSwitchedOn(reading.verbFlags, 'binary') || binary.isOnlyWay)) {
    const { installBinary } = await import('./binary.ts');
    return installBinary(invocation, binary);
  }
  return installPackages(reading, invocation);
}

async function installPackages(reading: Reading, invocation: Invocation): Promise<ExitCode> {
  const { world, say, verbFlags, words } = invocation;
  refuseStray(words);
  refuseUnfit(verbFlags);
  if (isSwitchedOn(verbFlags, 'print'))
    return printScript(invocation, posixScript(linesOf(readRequest(reading))));
  const existing = await findExisting(rootOf(verbFlags), world, say);
  if (existing !== undefined) return tellExisting(invocation, existing);
  const request = readRequest(reading);
  const lines = linesOf(request);
  if (invocation.dryRun) return tellPlan(invocation, lines);
  if (request.root === '/') refuseWithoutRoot(world, 'install');
  refuseWithoutYes(invocation, 'install');
  await agreeTo(invocation, lines);
  const { installPackage } = await import('./apply.ts');
  await installPackage(request, world, say);
  const { root, hasService, packages } = request;
  return tellInstalled(invocation, {
    ...{ what: 'gitlab-runner', hasService },
    configFile: below(root, '/etc/gitlab-runner/config.toml'),
    register: 'sudo runner-setup register',
    lines: [`Package source: ${packages.sourceFile}`],
  });
}

/** What `install` understands. */
export const installGrammar: Grammar = {
  names: ['nonInteractive'],
  verbFlags: {
    ...packageFlags,
    binary: { flag: '--binary', isSwitch: true, doc: "Install GitLab's binary, not a package" },
    ...binaryFlags,
    ...printFlag,
    root: { ...rootFlag.root, doc: 'Root of the system to install in (default: /)' },
  },
};

const help: Help = {
  usage: ['install [flags]'],
  about:
    "Install gitlab-runner from GitLab's package repository with apt, dnf, yum, or zypper, or GitLab's binary, and start its service. On macOS and Windows, it always installs the binary. Signing keys are checked first. An existing gitlab-runner is not changed.",
  flags: {
    'Packages and binaries': ['version', 'mirror', 'fingerprint', 'packageFingerprint', 'root'],
    'Binary only': ['binary', 'checksum', 'tlsCaFile'],
    'Other flags': ['print', 'dryRun', 'exitCode', 'yes', 'nonInteractive', 'json'],
  },
  examples: {
    'Show the commands first': 'runner-setup install --dry-run',
    'Install in a script': 'sudo runner-setup install --yes',
    'Install the binary': 'sudo runner-setup install --binary --version 17.5.3',
  },
};
