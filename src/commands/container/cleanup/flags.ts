import type { Grammar } from '../../../terminal/options.ts';
import { engineFlags } from '../context.ts';

/** What `container cleanup` understands. */
export const cleanupGrammar = {
  names: [],
  verbFlags: {
    keep: {
      flag: '--keep',
      isSwitch: false,
      hint: 'PATTERN',
      doc: 'Images that stay: ruby:*, registry.example.com/*, an id; repeat for more',
    },
    ttl: {
      flag: '--ttl',
      isSwitch: false,
      hint: 'TIME',
      doc: 'What was made, fetched or used within this time stays (default: 10m with limits, else 24h); 7d, 2w, too',
    },
    lowFreeSpace: {
      flag: '--low-free-space',
      isSwitch: false,
      hint: 'SIZE',
      doc: 'Clean only when less than this is free, such as 10G or 10GiB',
    },
    expectedFreeSpace: {
      flag: '--expected-free-space',
      isSwitch: false,
      hint: 'SIZE',
      doc: 'End as soon as this much is free (default: twice the low one)',
    },
    lowFreeFilesCount: {
      flag: '--low-free-files-count',
      isSwitch: false,
      hint: 'N',
      doc: 'The same for free inodes: clean only below this',
    },
    expectedFreeFilesCount: {
      flag: '--expected-free-files-count',
      isSwitch: false,
      hint: 'N',
      doc: 'The same for free inodes: end at this',
    },
    checkPath: {
      flag: '--check-path',
      isSwitch: false,
      hint: 'PATH',
      doc: "Where free space is measured (default: the engine's own folder)",
    },
    useDf: {
      flag: '--use-df',
      isSwitch: true,
      doc: 'Measure by df in a container where the disk cannot be seen from here (a remote engine)',
    },
    schedule: {
      flag: '--schedule',
      isSwitch: false,
      hint: 'daily|weekly|hourly',
      doc: 'Let systemd (else cron) run this again and again, with the limits given',
    },
    unschedule: { flag: '--unschedule', isSwitch: true, doc: 'Take that schedule away' },
    root: {
      flag: '--root',
      isSwitch: false,
      hint: 'FOLDER',
      doc: 'The root of the system to schedule in, such as an image that is being built (default: /)',
    },
    ...engineFlags,
  },
} as const satisfies Grammar;

/** The variables of the old cleanup container (gitlab-runner-docker-cleanup), by the flag that they stand for. */
export const cleanupVariables = {
  lowFreeSpace: 'LOW_FREE_SPACE',
  expectedFreeSpace: 'EXPECTED_FREE_SPACE',
  lowFreeFilesCount: 'LOW_FREE_FILES_COUNT',
  expectedFreeFilesCount: 'EXPECTED_FREE_FILES_COUNT',
  ttl: 'DEFAULT_TTL',
  checkPath: 'CHECK_PATH',
  useDf: 'USE_DF',
} as const satisfies Partial<Record<keyof (typeof cleanupGrammar)['verbFlags'], string>>;

/** What its help says. */
export const help = {
  line: `Removes what jobs left in Docker or Podman, after showing what takes space
and what would go: stopped containers of jobs and their caches (by the label
or names of gitlab-runner), the build cache, and images, oldest first. What a
container uses stays, and so do containers and volumes that gitlab-runner did
not make. Nothing is forced.

With limits it only acts when free space or free inodes are under them, and
ends as soon as enough is free. The variables of the old cleanup container are
understood, too: LOW_FREE_SPACE, EXPECTED_FREE_SPACE, LOW_FREE_FILES_COUNT,
EXPECTED_FREE_FILES_COUNT, DEFAULT_TTL, CHECK_PATH, USE_DF.`,
  usage: 'container cleanup [flags]',
  examples: [
    'runner-setup container cleanup --dry-run',
    'runner-setup container cleanup --ttl 7d --keep "ruby:*" --yes',
    'runner-setup container cleanup --low-free-space 10G --expected-free-space 20G --yes',
    'runner-setup container cleanup --low-free-space 10G --schedule daily',
  ],
};
