/**
 * The version of gitlab-runner whose flags, keys, files, and rules this program follows. Another version means new rows
 * in settings/rows and config/keys, and this line.
 */
export const followedVersion = '19.4';

/** The tag of its image. */
export const followedTag = `v${followedVersion}.0`;
