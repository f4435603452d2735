import { join } from 'node:path';
import { agreeTo, refuseWithoutRoot, refuseWithoutYes } from '../../app/agreement.ts';
import { hasRunners } from '../../app/config-file.ts';
import { type Existing, findExisting } from '../../app/existing-runner.ts';
import { dryRunCode, helpIfAsked, type Invocation, takeInvocation, wordOf } from '../../app/invocation.ts';
import { packageFlags } from '../../app/package-source.ts';
import { rootFlag } from '../../app/system-commands.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { type InstallRequest, linesOf, readRequest } from './plan.ts';

/** The verb `install`: gitlab-runner as a package of this machine, and its service; one that is there is left alone. */
export async function install(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, installGrammar, 'install', help);
  if (helped !== undefined) return helped;
  const invocation = await takeInvocation(reading, world, installGrammar);
  if ('print' in reading.verbFlags) return printScript(invocation, readRequest(reading));
  const existing = await findExisting(wordOf(reading.verbFlags, 'root') ?? '/', world, invocation.say);
  if (existing !== undefined) return tellExisting(invocation, existing);
  const request = readRequest(reading);
  if (invocation.dryRun) return tellPlan(invocation, request);
  if (request.root === '/') refuseWithoutRoot(world, 'install');
  refuseWithoutYes(invocation, 'install');
  await agreeTo(invocation, linesOf(request));
  const { installPackage } = await import('./apply.ts');
  await installPackage(request, world, invocation.say);
  return tellInstalled(invocation, request);
}

/** What `install` understands. */
export const installGrammar: Grammar = {
  names: ['nonInteractive'],
  verbFlags: {
    ...packageFlags,
    print: { flag: '--print', isSwitch: true, doc: 'Print a script of the commands only' },
    root: { ...rootFlag.root, doc: 'Root of the system to install in (default: /)' },
  },
};

const help: Help = {
  usage: ['install [flags]'],
  about:
    "Install gitlab-runner from GitLab's package repository with apt, dnf, yum, or zypper, and start its service. The fingerprint of each signing key is checked first. An existing gitlab-runner is not changed.",
  flags: {
    Packages: ['version', 'mirror', 'fingerprint', 'packageFingerprint', 'root'],
    'Other flags': ['print', 'dryRun', 'exitCode', 'yes', 'nonInteractive', 'json'],
  },
  examples: {
    'Show the commands first': 'runner-setup install --dry-run',
    'Install in a script': 'sudo runner-setup install --yes',
    'Install from a mirror': 'sudo runner-setup install --mirror https://packages.example.com',
  },
};

function printScript({ say }: Invocation, request: InstallRequest): ExitCode {
  const text = ['#!/bin/sh', 'set -eu', ...linesOf(request)].join('\n');
  if (say.mode.json) say.object({ action: 'printed', changed: false, text });
  else say.result(text);
  return exitCode.done;
}

function tellExisting({ say, verbFlags }: Invocation, existing: Existing): ExitCode {
  const version = wordOf(verbFlags, 'version')?.replace(/^v/, '');
  const present = existing.kind === 'package' ? existing.version : undefined;
  if (version !== undefined && present?.split('-')[0] !== version.split('-')[0])
    throw new Trouble(`${existing.sentence} Nothing was changed.`, {
      why: `It was not replaced with version ${version}.`,
    });
  if (say.mode.json) say.object({ action: 'unchanged', changed: false });
  else say.done(`Nothing to do: ${existing.sentence}`);
  return exitCode.done;
}

function tellPlan(invocation: Invocation, request: InstallRequest): ExitCode {
  const { say } = invocation;
  const commands = linesOf(request);
  if (say.mode.json) say.object({ action: 'planned', changed: true, commands });
  else for (const line of commands) say.result(line);
  if (!say.mode.json) say.done('Nothing was changed. These commands would be run.');
  return dryRunCode(invocation, true);
}

function tellInstalled({ say }: Invocation, { root, hasService, packages }: InstallRequest): ExitCode {
  if (say.mode.json) say.object({ action: 'installed', changed: true });
  else
    say.done(
      hasService ? 'gitlab-runner is installed, and its service is running.' : 'gitlab-runner is installed.',
    );
  say.talk(`Package source: ${packages.sourceFile}`);
  if (!hasRunners(join(root, 'etc/gitlab-runner/config.toml')))
    say.talk('To register a runner: sudo runner-setup register');
  return exitCode.done;
}
