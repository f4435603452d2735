import { accessFlags, quietFlag, reachNames, selectorFlags, tokenFlag } from '../../app/invocation.ts';
import { exitCode } from '../../errors.ts';
import type { Grammar } from '../../terminal/options.ts';

/** What `unregister` understands. */
export const unregisterGrammar: Grammar = {
  names: ['config', 'container', ...reachNames],
  verbFlags: {
    ...selectorFlags,
    ...tokenFlag,
    allRunners: { flag: '--all-runners', isSwitch: true, doc: 'All runners of the file' },
    runner: { flag: '--runner', isSwitch: true, doc: 'Delete the whole runner in GitLab' },
    local: { flag: '--local', isSwitch: true, doc: 'Only take the entry out of config.toml' },
    ...accessFlags,
    ...quietFlag,
  },
  next: () => 'runners',
};

/** What its help says. */
export const help = {
  line: `Removes runners at GitLab and from config.toml.

A runner that was made in GitLab stays there: only this machine leaves it. --runner deletes it.
Ends with ${exitCode.refused} when GitLab refuses, with ${exitCode.failed} when one of several could not be removed.`,
  usage: 'unregister [RUNNER…] [flags]',
  examples: [
    'runner-setup unregister build-1',
    'runner-setup unregister "#2" --runner --access-token-file token.txt',
    'runner-setup unregister --all-runners --yes',
  ],
};
