type Version = readonly [major: number, minor: number, patch: number];

/** What is worth knowing about two versions: `notable` is a warning. */
interface VersionSkew {
  readonly notable: boolean;
  readonly words: string;
}

/**
 * How far a runner and its GitLab are apart; nothing when major and minor are the same. GitLab asks for that
 * (docs.gitlab.com/runner: "GitLab Runner versions"), and lets a runner of another minor version work with less.
 */
export function skewToGitlab(runner: Version, gitlab: Version): VersionSkew | undefined {
  if (runner[0] === gitlab[0] && runner[1] === gitlab[1]) return undefined;
  const [here, there] = [runner, gitlab].map(([major, minor]) => `${major}.${minor}`);
  const isNewer = runner[0] > gitlab[0] || (runner[0] === gitlab[0] && runner[1] > gitlab[1]);
  const far = runner[0] !== gitlab[0] || Math.abs(runner[1] - gitlab[1]) > 2;
  const words = isNewer
    ? `The runner will be ${here} and GitLab is ${there}. GitLab may not support all features of the newer runner.`
    : `The runner will be ${here} and GitLab is ${there}. The runner may not support all features of the newer GitLab.`;
  return { notable: isNewer || far, words: `${words} GitLab recommends ${there} for both.` };
}

/** What to know about going from one version of gitlab-runner to another, a sentence each. */
export function stepWords(from: Version, to: Version): string[] {
  return [
    ...(compare(from, to) > 0 ? [`This is a downgrade from ${from.join('.')} to ${to.join('.')}.`] : []),
    ...(to[0] - from[0] > 1
      ? [
          `This upgrade spans ${to[0] - from[0]} major versions. Check the release notes for removed features.`,
        ]
      : []),
    // 18.4 changed how the volumes of job caches are named.
    ...(compare(from, [18, 4, 0]) < 0 && compare(to, [18, 4, 0]) >= 0
      ? ['Since 18.4, cache volumes of jobs have different names. The first jobs start without a cache.']
      : []),
  ];
}

function compare(one: Version, other: Version): number {
  const at = one.findIndex((part, index) => part !== other[index]);
  return at < 0 ? 0 : one[at]! - other[at]!;
}

/** A runner that is older than its GitLab, in words; nothing for one that is not, and for texts that are no versions. */
export function olderThanGitlab(runner: string, gitlab: string): VersionSkew | undefined {
  const [one, other] = [versionIn(runner), versionIn(gitlab)];
  if (one === undefined || other === undefined || compare([one[0], one[1], 0], [other[0], other[1], 0]) >= 0)
    return undefined;
  const [here, there] = [one, other].map(([major, minor]) => `${major}.${minor}`);
  return {
    notable: skewToGitlab(one, other)?.notable === true,
    words: `gitlab-runner ${here} is older than GitLab ${there}`,
  };
}

/** Whether a text is a version before a minor one; no for a text that is no version. */
export function isBefore(text: string, [major, minor]: readonly [major: number, minor: number]): boolean {
  const version = versionIn(text);
  return version !== undefined && compare(version, [major, minor, 0]) < 0;
}

function versionIn(text: string): Version | undefined {
  const found = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return found === null ? undefined : [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
}
