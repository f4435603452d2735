import type { Reading, VerbOption } from '../terminal/options.ts';
import { misuse } from './invocation.ts';

/** The flags by which a command is scheduled. */
export const scheduleFlags = {
  schedule: {
    flag: '--schedule',
    isSwitch: false,
    hint: 'daily|weekly|hourly',
    doc: 'Run regularly with these flags, by systemd or cron',
  },
  unschedule: { flag: '--unschedule', isSwitch: true, doc: 'Remove the schedule' },
  root: {
    flag: '--root',
    isSwitch: false,
    hint: 'FOLDER',
    doc: 'Root of the system to schedule in (default: /)',
  },
} as const satisfies Record<string, VerbOption>;

/** Whether a schedule is to be changed. Throws for `--root` without one. */
export function isScheduling({ verbFlags }: Pick<Reading, 'verbFlags'>): boolean {
  if ('schedule' in verbFlags || 'unschedule' in verbFlags) return true;
  if ('root' in verbFlags)
    throw misuse('--root requires --schedule or --unschedule.', 'Omit --root, or add --schedule daily.');
  return false;
}
