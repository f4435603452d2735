import { hideTokens, openFile } from '../../app/config-file.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import {
  accessFlags,
  accessTokenOf,
  helpIfAsked,
  isSwitchedOn,
  openToWrite,
  quietFlag,
  reachNames,
  selectorFlags,
} from '../../app/invocation.ts';
import { eachMeant, refuseUnasked } from '../../app/select-runner.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { agreeTo, checkResettable, tellPlan } from './output.ts';

/** The verb `reset-token`: gets a new token from GitLab and puts it in place of the old one. */
export async function resetToken(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, resetTokenGrammar, 'reset-token', help);
  if (helped !== undefined) return helped;
  const invocation = await openToWrite(reading, world, resetTokenGrammar);
  const all = isSwitchedOn(invocation.verbFlags, 'allRunners');
  const accessToken = accessTokenOf(invocation);
  await finishInterruptedRuns(
    invocation,
    invocation.path,
    accessToken === undefined ? undefined : { token: accessToken },
  );
  const file = await openFile(invocation.path, invocation);
  hideTokens(invocation.say, file.config);
  const entries = await eachMeant(invocation, file.config, { all, oneEntry: false });
  checkResettable(invocation, entries, accessToken);
  if (invocation.dryRun || entries.length === 0) return tellPlan(invocation, entries);
  refuseUnasked(invocation, { count: entries.length, reaches: undefined });
  await agreeTo(invocation, entries);
  const { renew } = await import('../../app/renewal.ts');
  const requests = entries.map((each) => ({ entries: each }));
  return renew(invocation, requests, { accessToken, action: 'reset' });
}

/** What `reset-token` understands. */
export const resetTokenGrammar: Grammar = {
  names: ['config', 'container', 'engine', ...reachNames],
  verbFlags: {
    ...selectorFlags,
    id: {
      flag: '--id',
      short: '-i',
      isSwitch: false,
      hint: 'ID',
      doc: 'Select the runner with this ID in GitLab',
      offers: 'ids',
    },
    allRunners: { flag: '--all-runners', isSwitch: true, doc: 'Select all runners in config.toml' },
    pat: { flag: '--pat', isSwitch: false, hint: 'TOKEN', doc: 'Same as --access-token' },
    ...accessFlags,
    ...quietFlag,
  },
  next: () => 'runners',
};

const help: Help = {
  usage: ['reset-token [RUNNER…] [flags]'],
  about:
    "Get a new token from GitLab for a runner and write it to config.toml. The old token stops working immediately. The runner's own token is enough while it is valid; an access token renews one that has expired.",
  more: [
    `Exits with ${exitCode.refused} when GitLab refuses, and ${exitCode.failed} when one of several tokens could not be reset.`,
  ],
  flags: {
    'Select runners': ['name', 'url', 'id', 'allRunners'],
    Actions: ['dryRun', 'yes', 'nonInteractive'],
    'Other flags': ['accessTokenFile', 'json', 'config', 'container', 'tlsCaFile'],
  },
  examples: {
    'Reset the token of one runner': 'runner-setup reset-token build-1',
    'Reset an expired token': 'runner-setup reset-token "#2" --access-token-file token.txt',
    'Reset all tokens': 'runner-setup reset-token --all-runners',
  },
};
