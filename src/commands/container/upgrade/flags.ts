import { drainFlag, readDrainTimeout, readTime } from '../../../app/drain.ts';
import { accessFlags, isSwitchedOn, misuse, wordOf } from '../../../app/invocation.ts';
import { isYesNoWord } from '../../../settings/kinds.ts';
import type { Help } from '../../../terminal/help.ts';
import type { Grammar, Reading } from '../../../terminal/options.ts';
import { followedRelease, followedTag } from '../../../text/gitlab-runner.ts';
import { engineFlags, nameFlag, nameGiven } from '../context.ts';

/** What `container upgrade` understands. */
export const upgradeGrammar: Grammar = {
  names: [],
  verbFlags: {
    to: {
      flag: '--to',
      isSwitch: false,
      hint: 'TAG',
      doc: `Tag or image, such as ${followedTag} or ${followedRelease} (default: the tag in use)`,
    },
    pull: {
      flag: '--pull',
      shown: '--no-pull',
      isSwitch: true,
      doc: 'Use the local image; do not pull it',
    },
    ...nameFlag,
    container: { flag: '--container', isSwitch: false, hint: 'NAME', doc: 'Same as --name' },
    ...drainFlag,
    watch: {
      flag: '--watch',
      isSwitch: false,
      hint: 'TIME',
      doc: 'Time to watch the new container (default 10s)',
    },
    keepOld: { flag: '--keep-old', isSwitch: true, doc: 'Keep the old container, stopped, as NAME-old' },
    allowDifferences: {
      flag: '--allow-differences',
      isSwitch: true,
      doc: 'Continue even if a setting cannot be carried over',
    },
    accessToken: {
      ...accessFlags.accessToken,
      doc: 'Access token (read_api or api) to compare versions',
    },
    accessTokenFile: accessFlags.accessTokenFile,
    ...engineFlags,
  },
};

/** What its help says. */
export const upgradeHelp: Help = {
  usage: ['container upgrade [NAME] [flags]'],
  about:
    'Replace the gitlab-runner container with one of another image and keep all its settings. Running jobs finish first. The old container is kept until the new one runs and has read config.toml; if it does not, the old one is started again.',
  more: [
    'An interrupted upgrade is resumed by the next run. With an access token (scope read_api or api), the versions of GitLab and gitlab-runner are compared.',
  ],
  flags: {
    Upgrade: ['to', 'pull', 'drainTimeout', 'watch', 'keepOld', 'allowDifferences'],
    'Other flags': ['name', 'engine', 'dryRun', 'yes', 'nonInteractive', 'json', 'accessTokenFile'],
  },
  examples: {
    'Upgrade to a release': `runner-setup container upgrade --to ${followedTag}`,
    'Show what would change': `runner-setup container upgrade --to ${followedRelease} --dry-run`,
    'Wait up to three hours for running jobs':
      'runner-setup container upgrade build-runner --drain-timeout 3h --keep-old -n',
  },
};

/** What an upgrade was asked to be. */
export interface UpgradeRequest {
  readonly name: string | undefined;
  readonly to: string | undefined;
  readonly pull: boolean;
  /** Milliseconds. */
  readonly drainTimeout: number;
  /** Milliseconds. */
  readonly watch: number;
  readonly keepOld: boolean;
  readonly allowDifferences: boolean;
}

/** Reads the words of `container upgrade`; throws for two names, and for what is no image, yes or no, or time. */
export function readUpgradeRequest(reading: Reading): UpgradeRequest {
  const { verbFlags } = reading;
  for (const name of ['pull', 'keepOld', 'allowDifferences'] as const) checkSwitch(verbFlags, name);
  return {
    name: nameGiven(reading),
    to: imageOf(verbFlags),
    pull: verbFlags.pull === undefined || isSwitchedOn(verbFlags, 'pull'),
    drainTimeout: readDrainTimeout(verbFlags),
    watch: readTime(wordOf(verbFlags, 'watch') ?? '10s', '--watch'),
    keepOld: isSwitchedOn(verbFlags, 'keepOld'),
    allowDifferences: isSwitchedOn(verbFlags, 'allowDifferences'),
  };
}

function checkSwitch(verbFlags: Reading['verbFlags'], name: 'pull' | 'keepOld' | 'allowDifferences'): void {
  const word = verbFlags[name]?.at(-1) ?? '';
  if (word === '' || isYesNoWord(word)) return;
  const { flag } = upgradeGrammar.verbFlags![name]!;
  throw misuse(`${flag}: "${word}" is not true or false.`, `Use ${flag}, or ${flag}=false.`);
}

// A tag or a whole image, as engines read their names; the digest is of SHA-256 or longer.
const imageForm =
  /^(\[[\da-f:]+\]:\d+\/)?[a-z\d][\w.-]*(:\d+)?(\/[a-z\d][\w.-]*)*(:\w[\w.-]{0,127})?(@\w+:[\da-f]{64,})?$/i;

function imageOf(verbFlags: Reading['verbFlags']): string | undefined {
  const word = wordOf(verbFlags, 'to');
  if (word === undefined || /^\w[\w.-]{0,127}$/.test(word) || (/[/:@]/.test(word) && imageForm.test(word)))
    return word;
  throw misuse(
    `--to "${word}" is not a valid tag or image.`,
    `Use --to ${followedTag}, or a full image name: --to gitlab/gitlab-runner:${followedTag}`,
  );
}
