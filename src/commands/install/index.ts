import { type Existing, findExisting } from '../../app/existing-runner.ts';
import {
  dryRunCode,
  helpIfAsked,
  type Invocation,
  misuse,
  takeInvocation,
  wordOf,
} from '../../app/invocation.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import { shellLine } from '../../text/shell-quote.ts';
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
  if (request.root === '/') refuseWithoutRoot(world);
  if (!invocation.yes) await agree(invocation, request);
  const { installPackage } = await import('./apply.ts');
  await installPackage(request, world, invocation.say);
  return tellInstalled(invocation, request);
}

/** What `install` understands. */
export const installGrammar: Grammar = {
  names: ['nonInteractive'],
  verbFlags: {
    version: {
      flag: '--version',
      isSwitch: false,
      hint: 'VERSION',
      doc: 'Version of gitlab-runner (default: the latest)',
    },
    mirror: { flag: '--mirror', isSwitch: false, hint: 'URL', doc: 'Mirror of packages.gitlab.com' },
    fingerprint: {
      flag: '--key-fingerprint',
      isSwitch: false,
      hint: 'FINGERPRINT',
      doc: "Fingerprint of the signing key (default: GitLab's)",
    },
    packageFingerprint: {
      flag: '--package-key-fingerprint',
      isSwitch: false,
      hint: 'FINGERPRINT',
      doc: "Fingerprint of the key that signs RPM packages (default: GitLab's)",
    },
    print: { flag: '--print', isSwitch: true, doc: 'Print a script of the commands only' },
    root: {
      flag: '--root',
      isSwitch: false,
      hint: 'FOLDER',
      doc: 'Root of the system to install in (default: /)',
    },
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
  if (version !== undefined && existing.version?.split('-')[0] !== version.split('-')[0])
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

function refuseWithoutRoot({ uid, words }: World): void {
  if (uid === 0) return;
  throw new Trouble('Packages can only be installed by root.', {
    hint: `sudo runner-setup ${shellLine(words)}`,
    code: exitCode.usage,
  });
}

async function agree({ world, say, mayAsk }: Invocation, request: InstallRequest): Promise<void> {
  if (!mayAsk)
    throw misuse(
      'Nothing was installed, because no one can be asked.',
      'To install without a question, add --yes. To see the commands, add --dry-run.',
    );
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  for (const line of linesOf(request)) say.propose(line);
  const person = await personOf(world, say);
  if (!(await person.agree('Run these commands?', true))) throw cancelled();
}

function tellInstalled({ say }: Invocation, { hasService, packages }: InstallRequest): ExitCode {
  if (say.mode.json) say.object({ action: 'installed', changed: true });
  else
    say.done(
      hasService ? 'gitlab-runner is installed, and its service is running.' : 'gitlab-runner is installed.',
    );
  say.talk(`Package source: ${packages.sourceFile}`);
  say.talk('To register a runner: sudo runner-setup register');
  return exitCode.done;
}
