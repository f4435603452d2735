import type { Grammar } from '../terminal/options.ts';

/** What `doctor` understands. */
export const doctorFlags = {
  names: ['config', 'nonInteractive'],
  own: {
    offline: { flag: '--offline', isSwitch: true, doc: 'Ask neither GitLab nor Docker or Podman' },
    testContainers: {
      flag: '--test-containers',
      isSwitch: true,
      doc: 'Look GitLab up from inside a container of each default image',
    },
    fix: { flag: '--fix', isSwitch: true, doc: 'Mend what can be mended without harm, after showing it' },
  },
} as const satisfies Grammar;
