import { existsSync } from 'node:fs';
import { agreeTo, refuseWithoutRoot, refuseWithoutYes, tellPlan } from '../../app/agreement.ts';
import { installedBinary } from '../../app/binary-service.ts';
import { drainFlag, readDrainTimeout } from '../../app/drain.ts';
import { helpIfAsked, type Invocation, isSwitchedOn, misuse, takeInvocation } from '../../app/invocation.ts';
import { printFlag } from '../../app/print-script.ts';
import { refuseUnclear, rootFlag, rootOf, rootWords } from '../../app/system-commands.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import { below } from '../../files/below.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import { shellLine } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';
import { lookAtLeft, refuseToRemove, tellScript } from './left-runners.ts';
import {
  configFolder,
  linesOf,
  planUninstall,
  scriptOf,
  type UninstallPlan,
  type UninstallRequest,
} from './plan.ts';

/** The verb `uninstall`: removes the package or the binary of gitlab-runner, its service, and its repository; config.toml stays unless asked. */
export async function uninstall(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, uninstallGrammar, 'uninstall', help);
  if (helped !== undefined) return helped;
  const invocation = await takeInvocation(reading, world, uninstallGrammar);
  refuseUnclear(reading, uninstallGrammar);
  const [root, request] = readRequest(reading);
  const binary = await installedBinary(invocation);
  if (binary !== undefined) {
    const { uninstallBinary } = await import('./binary.ts');
    return uninstallBinary(invocation, binary, request);
  }
  const system = { root, world, say: invocation.say };
  const plan = await planUninstall(system, request);
  const lines = linesOf(root, request, plan);
  const isPrinted = isSwitchedOn(reading.verbFlags, 'print');
  if (lines.length === 0 && !isPrinted) return tellNothing(invocation);
  const left = await lookAtLeft(root, below(root, `${configFolder}/config.toml`), world, invocation.say);
  if (request.removesConfig) refuseToRemove(below(root, configFolder), left.others);
  if (isPrinted) return tellScript(invocation, scriptOf(root, request, plan), left);
  if (invocation.dryRun) {
    for (const warning of left.warnings) invocation.say.warn(warning);
    return tellPlan(invocation, lines);
  }
  if (root === '/') refuseWithoutRoot(world, 'uninstall');
  refuseWithoutYes(invocation, 'uninstall');
  for (const warning of left.warnings) invocation.say.warn(warning);
  await agreeTo(invocation, lines, false);
  const { uninstallPackage } = await import('./apply.ts');
  await uninstallPackage(system, request, plan);
  for (const path of left.others) invocation.say.talk(`Kept: ${path}`);
  return tellEnd(invocation, plan, root, !request.removesConfig && existsSync(below(root, configFolder)));
}

/** What `uninstall` understands. */
export const uninstallGrammar: Grammar = {
  names: [],
  verbFlags: {
    removeConfig: {
      flag: '--remove-config',
      isSwitch: true,
      doc: 'Also remove the folder with config.toml, certificates, and system ID',
    },
    ...drainFlag,
    ...printFlag,
    ...rootFlag,
  },
};

const help: Help = {
  usage: ['uninstall [flags]'],
  about:
    "Remove the package or the binary of gitlab-runner, its service, and GitLab's package repository. Running jobs finish first. config.toml is kept unless --remove-config is given. Runners stay registered in GitLab: to remove them there, run unregister first.",
  flags: {
    Uninstall: ['removeConfig', 'drainTimeout', 'root'],
    'Other flags': ['print', 'dryRun', 'exitCode', 'yes', 'nonInteractive', 'json'],
  },
  examples: {
    'Show the commands first': 'runner-setup uninstall --dry-run',
    'Uninstall in a script, with jobs of up to three hours':
      'sudo runner-setup uninstall --yes --drain-timeout 3h',
    'Remove the runners from GitLab, then everything from this machine':
      'sudo runner-setup unregister --all-runners && sudo runner-setup uninstall --remove-config',
  },
};

function readRequest({
  verbFlags,
  positionals: [stray],
}: Reading): [root: string, request: UninstallRequest] {
  if (stray !== undefined)
    throw misuse(`Unexpected argument: "${stray}".`, 'To see every flag: runner-setup uninstall --help-all');
  const request = { drainTimeout: readDrainTimeout(verbFlags), command: 'uninstall' } as const;
  return [rootOf(verbFlags), { ...request, removesConfig: isSwitchedOn(verbFlags, 'removeConfig') }];
}

function tellNothing({ say }: Invocation): ExitCode {
  if (say.mode.json) say.object({ action: 'unchanged', changed: false });
  else say.done('Nothing to do: gitlab-runner is not installed.');
  return exitCode.done;
}

function tellEnd(
  { say }: Invocation,
  { installed }: UninstallPlan,
  root: string,
  keepsConfig: boolean,
): ExitCode {
  if (say.mode.json) say.object({ action: 'uninstalled', changed: true });
  else say.done(installed === undefined ? 'The files were removed.' : 'gitlab-runner is uninstalled.');
  if (keepsConfig)
    say.talk(
      `Kept: ${configFolder}. To remove it, too: runner-setup ${shellLine(['uninstall', '--remove-config', ...rootWords(root)])}`,
    );
  return exitCode.done;
}
