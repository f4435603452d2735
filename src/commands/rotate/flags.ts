import { accessFlags, quietFlag, reachNames, selectorFlags } from '../../app/invocation.ts';
import { scheduleFlags } from '../../app/schedule-flags.ts';
import { exitCode } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar } from '../../terminal/options.ts';

/** What `rotate` understands. */
export const rotateGrammar = {
  names: ['config', 'container', 'engine', ...reachNames],
  verbFlags: {
    ...selectorFlags,
    within: {
      flag: '--within',
      isSwitch: false,
      hint: 'TIME',
      doc: 'Rotate tokens that expire within TIME, such as 12h or 2w (default: 7d)',
    },
    days: { flag: '--days', isSwitch: false, hint: 'N', doc: 'Same as --within Nd' },
    force: { flag: '--force', isSwitch: true, doc: 'Rotate all selected tokens, even if they do not expire' },
    environmentFile: {
      flag: '--environment-file',
      isSwitch: false,
      hint: 'FILE',
      doc: 'Environment file of gitlab-runner, for token = "${NAME}"; repeatable',
      offers: 'files',
    },
    tokenOutput: {
      flag: '--token-output',
      isSwitch: false,
      hint: 'FILE',
      doc: 'For tokens in variables: write the new ones to FILE, as NAME=TOKEN',
      offers: 'files',
    },
    ...scheduleFlags,
    ...accessFlags,
    ...quietFlag,
  },
  next: () => 'runners',
} as const satisfies Grammar;

/** What its help says. */
export const help: Help = {
  usage: ['rotate [RUNNER…] [flags]'],
  about:
    'Get new tokens from GitLab for the runners in config.toml whose tokens expire soon. It shows the runners and asks first. The old tokens stop working immediately. With an access token, it asks GitLab when tokens expire, and renews expired tokens.',
  more: [
    'When config.toml has token = "${NAME}", the new token is written to the file that sets NAME. Pass that file with --environment-file, such as an EnvironmentFile of systemd. gitlab-runner reads such a file only when it starts, so restart it afterwards.',
    `Exits with ${exitCode.refused} when GitLab refuses, and ${exitCode.failed} when one of several tokens could not be rotated. The other tokens are still rotated.`,
  ],
  flags: {
    'Select runners': ['name', 'url', 'within', 'days', 'force'],
    'Tokens in variables': ['environmentFile', 'tokenOutput'],
    Schedule: ['schedule', 'unschedule'],
    Actions: ['dryRun', 'exitCode', 'yes', 'nonInteractive'],
    'Other flags': ['accessTokenFile', 'json', 'config', 'container', 'tlsCaFile'],
  },
  examples: {
    'Show which tokens expire within a month': 'runner-setup rotate --within 30d --dry-run',
    'Rotate a token that is in an environment file':
      'runner-setup rotate build-1 --environment-file /etc/gitlab-runner/runner.env',
    'Rotate every day what expires within a week': 'runner-setup rotate --schedule daily',
  },
};
