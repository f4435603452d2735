import { version as ownVersion } from '../../../../package.json';
import type { Finding } from '../../../app/findings.ts';
import { Trouble } from '../../../errors.ts';
import { isGone } from '../../../gitlab/refusals.ts';
import {
  driftNext,
  driftOf,
  driftSeverity,
  driftWords,
  type Expected,
  standingsOf,
} from '../../../runner/drift.ts';
import { olderThanGitlab } from '../../../runner/version-skew.ts';
import { harmless } from '../../../text/sanitize.ts';
import { position } from '../../../text/shell-quote.ts';
import { type GitlabProbe, whoIs } from './check.ts';

/** What GitLab told of a runner before this host contacted it, and the version of gitlab-runner that it knows here. */
interface Present {
  readonly runner: Readonly<Record<string, unknown>> | Trouble;
  readonly version: unknown;
}

/** True when GitLab says that it has no such runner. */
export const isDeleted = ({ runner }: Present): boolean => isGone(runner);

/** What a runner in GitLab has otherwise than this machine expects it: it was deleted or changed there, it is stale or outdated. */
export function judgePresent(
  probed: GitlabProbe,
  at: number,
  present: Present,
  expected: Expected,
): Finding[] {
  const { config, gitlabVersion } = probed;
  const place = whoIs(config, at);
  if (isDeleted(present)) {
    const message = 'it was deleted in GitLab';
    const next = `runner-setup unregister --local ${position(at)}`;
    return [{ severity: 'error', rule: 'runner-deleted', place, message, next }];
  }
  const { runner } = present;
  // Why it cannot be read was said of its machines.
  if (runner instanceof Trouble) return [];
  const drift = driftOf(config.runners[at]!, runner, expected).map(
    (one): Finding => ({
      severity: driftSeverity(one),
      rule: 'drift',
      place,
      message: driftWords(one),
      next: driftNext(one, at),
    }),
  );
  const standings = standingsOf(runner, at, expected.lastSet).map((one): Finding => ({ ...one, place }));
  return [...standings, ...drift, ...outdated(place, present, gitlabVersion)];
}

function outdated(place: string, { version, runner }: Present, gitlab: string | undefined): Finding[] {
  const here = version ?? (runner instanceof Trouble ? undefined : runner.version);
  // After another run of this program GitLab shows what that one told, until gitlab-runner contacts it again.
  if (here === ownVersion) return [];
  if (typeof here !== 'string' || gitlab === undefined) return [];
  const skew = olderThanGitlab(here, gitlab);
  if (skew === undefined) return [];
  return [
    {
      severity: skew.notable ? 'warning' : 'note',
      rule: 'version',
      place,
      message: harmless(skew.words, 100),
      next: 'Upgrade gitlab-runner to the version of GitLab. In a container: runner-setup container upgrade',
    },
  ];
}
