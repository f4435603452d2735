import { hideTokens, openFile } from '../../app/config-file.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import {
  accessFlags,
  accessTokenOf,
  type ConfigInvocation,
  helpIfAsked,
  isSwitchedOn,
  misuse,
  openToWrite,
  quietFlag,
  reachNames,
  selectorFlags,
  tokenFlag,
} from '../../app/invocation.ts';
import { eachMeant, refuseUnasked } from '../../app/select-runner.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import { type Removal, removalOf } from '../../runner/removal.ts';
import { tokenOf } from '../../runner/select.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { agreeTo, tellPlan } from './output.ts';

/** The verb `unregister`: shows what is going to happen, then removes runners at GitLab and, after its yes, from the file. */
export async function unregister(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, unregisterGrammar, 'unregister', help);
  if (helped !== undefined) return helped;
  const invocation = withTokenVariable(await openToWrite(reading, world, unregisterGrammar));
  const [all, local, whole] = ['allRunners', 'local', 'runner'].map((name) =>
    isSwitchedOn(invocation.verbFlags, name),
  );
  if (local && whole) throw misuse('--local and --runner cannot be combined.', 'Use one of them.');
  await finishInterruptedRuns(invocation, invocation.path);
  const file = await openFile(invocation.path, invocation);
  hideTokens(invocation.say, file.config);
  const entries = await eachMeant(invocation, file.config, { all: all!, oneEntry: local! });
  const removals = entries.map((each) =>
    removalOf(each, tokenOf(each.first.runner, world.env), { local: local!, whole: whole! }),
  );
  const accessToken = accessTokenOf(invocation);
  refuseWithoutAccess(removals, accessToken);
  if (invocation.dryRun || removals.length === 0) return tellPlan(invocation, removals);
  const reaches = whole ? '--runner deletes the runner for all machines that use it.' : undefined;
  refuseUnasked(invocation, { count: removals.length, reaches });
  await agreeTo(invocation, removals);
  const { removeRunners } = await import('./apply.ts');
  return removeRunners(invocation, removals, accessToken);
}

// gitlab-runner takes the token to select by from this variable, too; the address of the same kind it never compares.
function withTokenVariable(invocation: ConfigInvocation): ConfigInvocation {
  const token = invocation.world.env.CI_SERVER_TOKEN;
  const isOtherwise = invocation.words.length > 0 || isSwitchedOn(invocation.verbFlags, 'allRunners');
  if (!token || isOtherwise || invocation.selectors.token !== undefined) return invocation;
  return { ...invocation, selectors: { ...invocation.selectors, token } };
}

function refuseWithoutAccess(removals: readonly Removal[], accessToken: string | undefined): void {
  if (accessToken !== undefined || removals.every(({ way }) => way !== 'id')) return;
  throw misuse(
    '--runner requires an access token, because it deletes the runner for all machines.',
    'Add --access-token-file FILE, or set RUNNER_SETUP_ACCESS_TOKEN, with the scope manage_runner (or api).',
  );
}

/** What `unregister` understands. */
export const unregisterGrammar: Grammar = {
  names: ['config', 'container', 'engine', ...reachNames],
  verbFlags: {
    ...selectorFlags,
    ...tokenFlag,
    allRunners: { flag: '--all-runners', isSwitch: true, doc: 'Select all runners in config.toml' },
    runner: { flag: '--runner', isSwitch: true, doc: 'Delete the runner in GitLab, for all machines' },
    local: { flag: '--local', isSwitch: true, doc: 'Remove from config.toml only; do not contact GitLab' },
    ...accessFlags,
    ...quietFlag,
  },
  next: () => 'runners',
};

const help: Help = {
  usage: ['unregister [RUNNER…] [flags]'],
  about:
    'Remove runners from config.toml and from GitLab. If a runner was created in GitLab, only this machine is removed from it, and the runner stays. To delete it as well, use --runner.',
  more: [
    'In a script, --runner and a RUNNER that matches several runners require --yes. --name, --url, --token, and --all-runners do not, as in gitlab-runner.',
    `Exits with ${exitCode.refused} when GitLab refuses, and ${exitCode.failed} when one of several runners could not be removed.`,
  ],
  flags: {
    'Select runners': ['name', 'url', 'token', 'allRunners'],
    Actions: ['runner', 'local', 'dryRun', 'exitCode', 'yes', 'nonInteractive'],
    'Other flags': ['accessTokenFile', 'json', 'config', 'container', 'tlsCaFile'],
  },
  examples: {
    'Remove one runner': 'runner-setup unregister build-1',
    'Delete the runner in GitLab, for all machines':
      'runner-setup unregister "#2" --runner --access-token-file token.txt --yes',
    'Remove all runners of this machine': 'runner-setup unregister --all-runners',
  },
};
