import { hideTokens, openFile } from '../../app/config-file.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import {
  accessFlags,
  accessTokenOf,
  helpIfAsked,
  isSwitchedOn,
  openInvocation,
  quietFlag,
  reachNames,
  selectorFlags,
} from '../../app/invocation.ts';
import { eachMeant, refuseUnasked } from '../../app/select-runner.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { agreeTo, checkResettable, tellPlan } from './output.ts';

/** The verb `reset-token`: gets a new token from GitLab and puts it in place of the old one. */
export async function resetToken(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, resetTokenGrammar, help);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, resetTokenGrammar);
  const all = isSwitchedOn(invocation.verbFlags, 'allRunners');
  await finishInterruptedRuns(invocation, invocation.path);
  const file = await openFile(invocation.path, invocation.say);
  hideTokens(invocation.say, file.config);
  const entries = await eachMeant(invocation, file.config, { all, oneEntry: false });
  const accessToken = accessTokenOf(invocation);
  checkResettable(invocation, entries, accessToken);
  if (invocation.dryRun || entries.length === 0) return tellPlan(invocation, entries);
  refuseUnasked(invocation, { count: entries.length, reaches: undefined });
  await agreeTo(invocation, entries);
  const { renew } = await import('./apply.ts');
  return renew(invocation, entries, accessToken);
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
      doc: 'The runner with this id in GitLab',
      offers: 'ids',
    },
    allRunners: { flag: '--all-runners', isSwitch: true, doc: 'All runners of the file' },
    pat: { flag: '--pat', isSwitch: false, hint: 'TOKEN', doc: 'The same as --access-token' },
    ...accessFlags,
    ...quietFlag,
  },
  next: () => 'runners',
};

const help = {
  line: `Gets a new token from GitLab and puts it in place of the old one, which stops working at once.

The runner's own token is enough while it works; --access-token renews one that has expired.
Ends with ${exitCode.refused} when GitLab refuses, with ${exitCode.failed} when one of several could not be renewed.`,
  usage: 'reset-token [RUNNER…] [flags]',
  examples: [
    'runner-setup reset-token build-1',
    'runner-setup reset-token "#2" --access-token-file token.txt',
    'runner-setup reset-token --all-runners',
  ],
};
