import { scheduleFlags } from '../../../app/schedule-flags.ts';
import type { Help } from '../../../terminal/help.ts';
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
      doc: 'Image to keep, by name pattern or ID; repeatable',
    },
    ttl: {
      flag: '--ttl',
      isSwitch: false,
      hint: 'TIME',
      doc: 'Keep what was created or used within TIME, such as 7d (default: 24h; with limits 10m)',
    },
    lowFreeSpace: {
      flag: '--low-free-space',
      isSwitch: false,
      hint: 'SIZE',
      doc: 'Clean when less than SIZE is free, such as 10G',
    },
    expectedFreeSpace: {
      flag: '--expected-free-space',
      isSwitch: false,
      hint: 'SIZE',
      doc: 'Stop when SIZE is free (default: twice the limit)',
    },
    lowFreeFilesCount: {
      flag: '--low-free-files-count',
      isSwitch: false,
      hint: 'N',
      doc: 'Clean when fewer than N inodes are free',
    },
    expectedFreeFilesCount: {
      flag: '--expected-free-files-count',
      isSwitch: false,
      hint: 'N',
      doc: 'Stop when N inodes are free',
    },
    checkPath: {
      flag: '--check-path',
      isSwitch: false,
      hint: 'PATH',
      doc: "Path where free space is measured (default: the engine's data folder)",
    },
    useDf: {
      flag: '--use-df',
      isSwitch: true,
      doc: 'Measure free space in a container, for a remote engine',
    },
    ...scheduleFlags,
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
export const help: Help = {
  usage: ['container cleanup [flags]'],
  about:
    'Remove what jobs left in Docker or Podman: stopped job containers and their caches, the build cache, and images, oldest first. It shows what takes space and what it would remove, and asks first. It never removes what a container uses, or containers and volumes that gitlab-runner did not create.',
  more: [
    'With limits, it acts only when free space or free inodes are below them, and ends as soon as enough is free. Environment variables of gitlab-runner-docker-cleanup also work, such as LOW_FREE_SPACE, EXPECTED_FREE_SPACE, and DEFAULT_TTL.',
  ],
  flags: {
    'What to keep': ['keep', 'ttl'],
    Limits: ['lowFreeSpace', 'expectedFreeSpace'],
    Schedule: ['schedule', 'unschedule'],
    'Other flags': ['dryRun', 'yes', 'nonInteractive', 'json', 'engine'],
  },
  examples: {
    'Show what would be removed': 'runner-setup container cleanup --dry-run',
    'Keep what was used within a week, and all ruby images':
      'runner-setup container cleanup --ttl 7d --keep "ruby:*" --yes',
    'Clean every day when less than 10 GB is free':
      'runner-setup container cleanup --low-free-space 10G --schedule daily',
  },
};
