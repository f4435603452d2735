import { lstatSync, type Stats, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';

/** Whether a file of this user is as good as our own: that of root, or of whoever runs this program. */
export const isTrusted = (uid: number): boolean => uid === 0 || uid === ownUid();

/**
 * Whether nobody but root and this user can change or replace what has this path: the file, where there is one, and all
 * folders above it. Not where that cannot be seen.
 */
export function isOutOfReach(path: string, isEntryThere = false): boolean {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const isSafe = stats === undefined || (isTrusted(stats.uid) && isClosed(stats, isEntryThere));
    return isSafe && (dirname(path) === path || isOutOfReach(dirname(path), stats !== undefined));
  } catch {
    return false;
  }
}

// In a folder such as /tmp others leave what is there alone, but may make what is not there yet.
const isClosed = ({ mode }: Stats, isEntryThere: boolean): boolean =>
  (mode & 0o022) === 0 || (isEntryThere && (mode & 0o1000) !== 0);

// A container may run under a user that no database knows.
function ownUid(): number | undefined {
  try {
    return userInfo().uid;
  } catch {
    return statSync('/proc/self', { throwIfNoEntry: false })?.uid;
  }
}
