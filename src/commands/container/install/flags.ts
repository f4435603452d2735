import { containerSettingNames, containerTable } from '../../../settings/container.ts';
import type { Help } from '../../../terminal/help.ts';
import type { Grammar, VerbOption } from '../../../terminal/options.ts';
import { followedTag } from '../../../text/gitlab-runner.ts';
import { engineFlags } from '../context.ts';

const settingFlags = Object.fromEntries(
  containerSettingNames.map((name): [string, VerbOption] => {
    const { flag, kind, doc } = containerTable[name];
    return [name, { flag, isSwitch: false, hint: kind.hint, doc }];
  }),
);

/** What `container install` understands: a flag for each setting of the container. */
export const installGrammar: Grammar = {
  names: [],
  verbFlags: {
    ...settingFlags,
    print: {
      flag: '--print',
      isSwitch: false,
      hint: 'FORM',
      doc: 'Print only: docker, compose, quadlet, or systemd',
    },
    ...engineFlags,
  },
};

/** What its help says. */
export const installHelp: Help = {
  usage: ['container install [flags]'],
  about:
    'Start gitlab-runner in a container of Docker or Podman, and register a runner in it if you want. --print writes the commands or files instead.',
  flags: {
    Container: ['image', 'tag', 'name', 'folder', 'socket', 'restart', 'timezone'],
    Network: ['extraHosts', 'ca', 'proxy', 'noProxy'],
    'Other flags': ['print', 'engine', 'dryRun', 'yes', 'nonInteractive', 'json'],
  },
  examples: {
    'Answer questions in the terminal': 'runner-setup container install',
    'Run in a script': `runner-setup container install -n --tag ${followedTag} --timezone Europe/Berlin`,
    'Write a compose file': 'runner-setup container install --print compose > compose.yaml',
  },
};
