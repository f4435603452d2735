import type { Ended } from './faults.ts';

/** What is said about a file or folder that cannot be written. */
export const cannot = (what: string, why: string, next: string): string =>
  `error: ${what} cannot be written\n  why: ${why}\n next: ${next}\n`;
export const full = [
  'The disk is full.',
  'Free some space, then run the command again. The file was not changed.',
] as const;
const readOnly = [
  'The file system is read-only.',
  'Mount it as writable, or use another file: --config FILE',
] as const;
const denied = [
  'Permission denied.',
  'Run the command as the user that owns the file (for /etc/gitlab-runner: with sudo).',
] as const;
const broken = [
  'The disk reported an error.',
  'Check the system log (dmesg). The file was not changed.',
] as const;
export const [folder, file] = ['<PLACE>', '<PLACE>/config.toml'];
/** What is said when all is taken back. */
export const undone = 'Rolled back: the runner <ID> in GitLab.\n';

const before = (stderr: string): Ended => ({
  code: 1,
  stderr,
  file: 'old',
  kept: false,
  requests: 0,
  inGitlab: 0,
});
const after = (stderr: string): Ended => ({ ...before(stderr), requests: 3 });

/** How a registration ends with each fault of the disk. */
export const expectedOf: Record<string, Ended> = {
  'a full disk': before(cannot(folder, ...full)),
  'a disk with room for one page': before(cannot(folder, ...full)),
  'a disk that fills up while GitLab is asked': after(undone + cannot(file, ...full)),
  'a folder that is mounted read-only': before(cannot(folder, ...readOnly)),
  'a file that is mounted read-only': before(cannot(file, ...readOnly)),
  'a file that is a mount point': {
    code: 0,
    stderr:
      'warning: <PLACE>/config.toml was rewritten in place, because it cannot be replaced. The previous version is in <PLACE>/.config.toml.previous\n',
    file: 'new',
    kept: true,
    requests: 2,
    inGitlab: 1,
  },
  'a folder of another user': before(cannot(folder, ...denied)),
  'a file of another user': before(cannot(file, ...denied).replace('written', 'read')),
  'a file that others may read only': before(cannot(file, ...denied)),
  'a directory in place of the file': {
    ...before(
      'error: <PLACE>/config.toml is a directory, not a file\n next: Use the file itself: --config FILE\n',
    ),
    file: 'none',
  },
  'a file in place of the folder': {
    ...before('error: <PLACE>/config.toml cannot be read\n  why: Part of the path is not a folder.\n'),
    file: 'none',
  },
  'a disk that reports errors': before(cannot(file, ...broken)),
  'a device that fails when its data is flushed': before(cannot(file, ...full)),
};
