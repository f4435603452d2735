import { accessFlags } from '../../app/invocation.ts';
import { exitCode } from '../../errors.ts';
import type { Grammar } from '../../terminal/options.ts';

/** What `doctor` understands. */
export const doctorGrammar: Grammar = {
  names: ['config', 'container', 'nonInteractive'],
  verbFlags: {
    offline: { flag: '--offline', isSwitch: true, doc: 'Ask neither GitLab nor Docker or Podman' },
    testContainers: {
      flag: '--test-containers',
      isSwitch: true,
      doc: 'Look GitLab up from inside a container of each default image',
    },
    fix: { flag: '--fix', isSwitch: true, doc: 'Mend what can be mended without harm, after showing it' },
    ...accessFlags,
    url: {
      flag: '--url',
      short: '-u',
      isSwitch: false,
      hint: 'URL',
      doc: 'The GitLab that the access token is of',
      offers: 'urls',
    },
  },
};

/** What its help says. */
export const help = {
  line: `Looks for what is wrong or risky: the file, its settings, this machine, the way to GitLab.

With an access token it also compares this machine with those that GitLab lists for the runner.
Ends with ${exitCode.failed} when there are errors; warnings and notes end with ${exitCode.done}.`,
  usage: 'doctor [flags]',
  examples: [
    'runner-setup doctor',
    'runner-setup doctor --offline --json',
    'runner-setup doctor --fix --dry-run',
    'runner-setup doctor --access-token-file token.txt',
    'runner-setup doctor --test-containers',
  ],
};
