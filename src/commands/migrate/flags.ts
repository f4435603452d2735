import { accessFlags, quietFlag, reachNames, selectorFlags } from '../../app/invocation.ts';
import { exitCode } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar } from '../../terminal/options.ts';

/** What `migrate` understands. */
export const migrateGrammar = {
  names: ['config', 'container', 'engine', ...reachNames],
  verbFlags: {
    ...selectorFlags,
    only: {
      flag: '--only',
      isSwitch: false,
      hint: 'tokens|docker-machine',
      doc: 'Migrate only registration tokens, or only Docker Machine',
      offers: ['tokens', 'docker-machine'],
    },
    keepOld: {
      flag: '--keep-old',
      isSwitch: true,
      doc: 'Pause old runners in GitLab instead of deleting them',
    },
    instanceGroup: {
      flag: '--instance-group',
      isSwitch: false,
      hint: 'NAME',
      doc: 'Auto Scaling group, managed instance group, or scale set for instances',
    },
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
      doc: 'Write new tokens of variables to FILE instead, as NAME=TOKEN',
      offers: 'files',
    },
    ...accessFlags,
    ...quietFlag,
  },
  next: () => 'runners',
} as const satisfies Grammar;

/** What its help says. */
export const help: Help = {
  usage: ['migrate [RUNNER…] [flags]'],
  about:
    'Migrate runners before GitLab 20.0 (May 2027) removes registration tokens and Docker Machine. A runner that was registered with a registration token is replaced by a new one with the same settings and projects. The executor docker+machine becomes docker-autoscaler. It shows the plan and asks first.',
  more: [
    'The new runner is created and verified before config.toml changes, and deleted again if config.toml cannot be changed. Then the old runner is deleted in GitLab. If other machines use it, it stays: run migrate there, too.',
    'docker-autoscaler needs an existing group of instances with Docker. This is an Auto Scaling group (AWS), a managed instance group (Google Cloud), or a virtual machine scale set (Azure). Settings of Docker Machine without a counterpart are listed with what to do.',
    `Exits with ${exitCode.refused} when GitLab refuses, and ${exitCode.failed} when one of several runners could not be migrated. The other runners are still migrated. An interrupted migration is finished by the next run.`,
  ],
  flags: {
    'Select runners': ['name', 'url', 'only'],
    Migration: ['keepOld', 'instanceGroup', 'environmentFile', 'tokenOutput'],
    Actions: ['dryRun', 'exitCode', 'yes', 'nonInteractive'],
    'Other flags': ['accessTokenFile', 'json', 'config', 'container', 'tlsCaFile'],
  },
  examples: {
    'Show what would be migrated': 'runner-setup migrate --access-token-file token.txt --dry-run',
    'Keep the old runners, paused': 'runner-setup migrate --access-token-file token.txt --keep-old --yes',
    'Replace Docker Machine with an Auto Scaling group':
      'runner-setup migrate "#1" --only docker-machine --instance-group ci-jobs',
  },
};
