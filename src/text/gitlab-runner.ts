/**
 * The version of gitlab-runner whose flags, keys, files, and rules this program follows. Another version means new rows
 * in settings/rows and config/keys, and this line.
 */
export const followedVersion = '19.4';

/** The first release of the version that is followed, as `gitlab-runner --version` names it. */
export const followedRelease = `${followedVersion}.0`;

/** The tag of the image of gitlab-runner in the release that is followed. */
export const followedTag = `v${followedRelease}`;
