import { existsSync } from 'node:fs';
import { runAtOnce } from '../child.ts';

/**
 * Gives a new file the access list, extended attributes and SELinux label of the old one; false when it may have some
 * that cannot be copied. Both are open files, since whoever owns their folder may put others under their names; `path` is
 * where the old one is. Node knows no attributes, so the system's own `cp` is asked, and where that knows none, `ls`.
 */
export function copyAttributes(from: number, to: number, path: string): boolean {
  const label = existsSync('/sys/fs/selinux/enforce') ? ',context' : '';
  const words = [
    '--attributes-only',
    `--preserve=mode,xattr${label}`,
    '--',
    '/proc/self/fd/3',
    '/proc/self/fd/4',
  ];
  const said = run('cp', words, [from, to]);
  if (said === '') return true;
  // Not GNU's cp, or a file system without attributes: only an access list could be lost, which `ls` shows.
  const knowsNone = /(unrecognized|illegal|invalid|unknown) option|not supported|ENOENT/.test(said);
  return knowsNone && !/^\S{10}[+@]/.test(run('ls', ['-ld', '--', path], []));
}

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** What a command printed, on either channel, or why it could not be started. */
function run(command: string, words: readonly string[], files: readonly number[]): string {
  try {
    return runAtOnce(command, words, { env: { LC_ALL: 'C', PATH }, timeout: 5_000, files });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return `${stderr ?? ''} ${message}`;
  }
}
