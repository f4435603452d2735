import { accessFlags, isSwitchedOn, misuse } from '../../../app/invocation.ts';
import { Trouble } from '../../../errors.ts';
import { isYesNoWord } from '../../../settings/kinds.ts';
import type { Grammar, Reading } from '../../../terminal/options.ts';
import { parseDuration } from '../../../text/duration.ts';
import { followedRelease, followedTag } from '../../../text/gitlab-runner.ts';
import { engineFlags, nameFlag, nameGiven, wordOf } from '../context.ts';

/** What `container upgrade` understands. */
export const upgradeGrammar: Grammar = {
  names: [],
  verbFlags: {
    to: {
      flag: '--to',
      isSwitch: false,
      hint: 'TAG',
      doc: `The tag to go to (${followedTag}, or ${followedRelease} in the flavour in use), or a whole image; default: the tag in use, pulled anew`,
    },
    pull: {
      flag: '--pull',
      isSwitch: true,
      doc: 'Pull the image first, as is usual; --no-pull takes the one that is on this machine',
    },
    ...nameFlag,
    container: { flag: '--container', isSwitch: false, hint: 'NAME', doc: 'The same as --name' },
    drainTimeout: {
      flag: '--drain-timeout',
      isSwitch: false,
      hint: 'TIME',
      doc: 'How long running jobs may go on (default 1h); those that run then are stopped',
    },
    watch: {
      flag: '--watch',
      isSwitch: false,
      hint: 'TIME',
      doc: 'How long the new container is watched before the old one is removed (default 10s)',
    },
    keepOld: { flag: '--keep-old', isSwitch: true, doc: 'Keep the old container, stopped, as NAME-old' },
    allowDifferences: {
      flag: '--allow-differences',
      isSwitch: true,
      doc: 'Go on even when a setting of the container cannot be carried over',
    },
    accessToken: {
      ...accessFlags.accessToken,
      doc: 'Access token (read_api or api), to compare with the version of GitLab',
    },
    accessTokenFile: accessFlags.accessTokenFile,
    ...engineFlags,
  },
};

/** What its help says. */
export const upgradeHelp = {
  line: `Replaces the container of gitlab-runner by one of another image, with all its settings.

Running jobs may finish. The old container stays under another name until the new one runs and has read its config;
when it does not, the old one is put back. A run that was interrupted, even killed, is taken up by the next one.
With an access token (scope read_api or api) the versions of GitLab and the runner are compared.`,
  usage: 'container upgrade [NAME] [flags]',
  examples: [
    `runner-setup container upgrade --to ${followedTag}`,
    `runner-setup container upgrade --to ${followedRelease} --dry-run`,
    'runner-setup container upgrade build-runner --drain-timeout 3h --keep-old -n',
  ],
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
    drainTimeout: timeOf(verbFlags, 'drainTimeout', '1h'),
    watch: timeOf(verbFlags, 'watch', '10s'),
    keepOld: isSwitchedOn(verbFlags, 'keepOld'),
    allowDifferences: isSwitchedOn(verbFlags, 'allowDifferences'),
  };
}

function checkSwitch(verbFlags: Reading['verbFlags'], name: 'pull' | 'keepOld' | 'allowDifferences'): void {
  const word = verbFlags[name]?.at(-1) ?? '';
  if (word === '' || isYesNoWord(word)) return;
  const { flag } = upgradeGrammar.verbFlags![name]!;
  throw misuse(`${flag}: "${word}" is not true or false.`, `Write ${flag} alone, or ${flag}=false.`);
}

// A tag or a whole image, as engines read their names; the digest is of SHA-256 or longer.
const imageForm =
  /^(\[[\da-f:]+\]:\d+\/)?[a-z\d][\w.-]*(:\d+)?(\/[a-z\d][\w.-]*)*(:\w[\w.-]{0,127})?(@\w+:[\da-f]{64,})?$/i;

function imageOf(verbFlags: Reading['verbFlags']): string | undefined {
  const word = wordOf(verbFlags, 'to');
  if (word === undefined || /^\w[\w.-]{0,127}$/.test(word) || (/[/:@]/.test(word) && imageForm.test(word)))
    return word;
  throw misuse(
    `--to "${word}" is neither a tag nor an image.`,
    `Write --to ${followedTag}, or a whole image: --to gitlab/gitlab-runner:${followedTag}`,
  );
}

function timeOf(verbFlags: Reading['verbFlags'], name: 'drainTimeout' | 'watch', usual: string): number {
  const word = wordOf(verbFlags, name) ?? usual;
  // A bare number is taken as seconds, as docker stop does.
  try {
    return Number(parseDuration(/^\d+$/.test(word) ? `${word}s` : word) / 1_000_000n);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const { flag } = upgradeGrammar.verbFlags![name]!;
    throw misuse(`${flag} ${word} is no time.`, `Write ${flag} 30s, ${flag} 45m or ${flag} 2h.`);
  }
}
