import { statSync } from 'node:fs';
import { userInfo } from 'node:os';

/** Whether a file of this user is as good as our own: that of root, or of whoever runs this program. */
export const isTrusted = (uid: number): boolean => uid === 0 || uid === ownUid();

// A container may run under a user that no database knows.
function ownUid(): number | undefined {
  try {
    return userInfo().uid;
  } catch {
    return statSync('/proc/self', { throwIfNoEntry: false })?.uid;
  }
}
