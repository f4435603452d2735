import { existsSync } from 'node:fs';
import { runAtOnce } from '../child.ts';

/**
 * Gives a new file the access list, extended attributes and SELinux label of the old one; false when it may have some
 * that cannot be copied. Both are open files, since whoever owns their folder may put others under their names; `path` is
 * where the old one is. Node knows no attributes, so the system's own `cp` is asked, and where that knows none, `getfacl`
 * and `ls`, all of them in `folders`.
 */
export function copyAttributes(from: number, to: number, path: string, folders = systemFolders): boolean {
  const label = existsSync('/sys/fs/selinux/enforce') ? ',context' : '';
  const words = [
    '--attributes-only',
    `--preserve=mode,xattr${label}`,
    '--',
    '/proc/self/fd/3',
    '/proc/self/fd/4',
  ];
  const said = run('cp', words, folders, [from, to]);
  if (said === '') return true;
  // Not GNU's cp, or a file system without attributes: only an access list could be lost.
  const knowsNone = /(unrecognized|illegal|invalid|unknown) option|not supported|ENOENT/.test(said);
  return knowsNone && !hasAccessList(path, folders);
}

// The ls of busybox shows none, so getfacl is asked first, which comes with the program that makes them.
function hasAccessList(path: string, folders: string): boolean {
  const list = run('getfacl', ['--absolute-names', '--skip-base', '--', path], folders);
  if (!list.includes('ENOENT')) return list !== '';
  const shown = run('ls', ['-ld', '--', path], folders)[10];
  return shown === '+' || (shown === '@' && hasMoreOnMac(path, folders));
}

// The @ of macOS hides a +, and stands for attributes that macOS itself sets on nearly every file, too.
function hasMoreOnMac(path: string, folders: string): boolean {
  const names = run('xattr', [path], folders).split('\n').filter(Boolean);
  const isOwn = (name: string) => !name.startsWith('com.apple.');
  return names.some(isOwn) || /^ \d+: /m.test(run('ls', ['-lde', path], folders));
}

const systemFolders = '/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Whether a file of Windows has rights of its own, beside those that it has from its folder and that a new file there
 * gets as well. Who may do what is `(F)` in what icacls prints, and `(I)(F)` when it is the folder's.
 */
export const hasOwnRights = (path: string): boolean =>
  /:\((?!I\))/.test(run('C:\\Windows\\System32\\icacls.exe', [path], ''));

/** What a command printed, on either channel, or why it could not be started. */
function run(
  command: string,
  words: readonly string[],
  folders: string,
  files: readonly number[] = [],
): string {
  try {
    return runAtOnce(command, words, { env: { LC_ALL: 'C', PATH: folders }, timeout: 5_000, files });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return `${stderr ?? ''} ${message}`;
  }
}
