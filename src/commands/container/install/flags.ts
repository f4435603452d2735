import { containerSettingNames, containerTable } from '../../../settings/container.ts';
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
      doc: 'Do nothing; write it as docker (a command), compose, quadlet or systemd, with a health check',
    },
    ...engineFlags,
  },
};

export const installHelp = {
  line: 'Starts gitlab-runner in a container of Docker or Podman, and registers a runner in it when you want.',
  usage: 'container install [flags]',
  examples: [
    '# asks for version, folder, socket and the like; shows the command before it runs',
    'runner-setup container install',
    '',
    '# the same without questions',
    `runner-setup container install -n --tag ${followedTag} --timezone Europe/Berlin`,
    '',
    '# a compose file, a Quadlet for Podman, a systemd unit',
    'runner-setup container install --print compose > compose.yaml',
    'runner-setup container install --print quadlet > /etc/containers/systemd/gitlab-runner.container',
  ],
};
