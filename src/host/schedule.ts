import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { crontabWord } from '../text/crontab.ts';
import { unitVariable, unitWord } from '../text/unit-file.ts';

export const rhythms = ['hourly', 'daily', 'weekly'] as const;
export type Rhythm = (typeof rhythms)[number];

/** A command of this program that the system runs again and again, and what it is called there. */
export interface Job {
  /** The name of the units and of the file for cron. */
  readonly name: string;
  /** Its words behind the name of the program. */
  readonly words: string;
  /** What it is in sentences, behind "the". */
  readonly noun: string;
  /** What the service does, and what the timer is for. */
  readonly description: string;
  readonly purpose: string;
}

/** What is to be run, and how often. */
export interface Task {
  readonly job: Job;
  readonly rhythm: Rhythm;
  /** The program by its absolute path and its words, as a list. */
  readonly command: readonly string[];
  /** The variables that it needs and that a timer would not have. */
  readonly env: Readonly<Record<string, string>>;
}

/** A file of a schedule as it should be. */
interface ScheduleRequest {
  readonly path: string;
  readonly text: string;
}

/** Who runs it: systemd (of the machine, or of one user), a folder that cron reads, or the table of a user. */
export type Clock =
  | { readonly kind: 'systemd'; readonly folder: string; readonly isUser: boolean }
  | { readonly kind: 'cron'; readonly folder: string }
  | { readonly kind: 'crontab' };

/**
 * Finds who can run something again and again below a root folder: systemd where it runs (or, in the folder of an image
 * that is being built, where it is installed), else cron; nothing in an image that has neither.
 */
export function clockAt(root: string, home: string, isRoot: boolean): Clock | undefined {
  if (hasSystemd(root)) {
    const folder = isRoot ? join(root, 'etc/systemd/system') : join(home, '.config/systemd/user');
    return { kind: 'systemd', folder, isUser: !isRoot };
  }
  const folder = join(root, 'etc/cron.d');
  if (isRoot && existsSync(folder) && !isBusyboxCron(root)) return { kind: 'cron', folder };
  return root === '/' ? { kind: 'crontab' } : undefined;
}

// The crond of busybox reads tables of users, and no folder.
function isBusyboxCron(root: string): boolean {
  try {
    return basename(readlinkSync(join(root, 'usr/sbin/crond'))) === 'busybox';
  } catch {
    return false;
  }
}

/** Whether systemd runs below this root. */
export const isSystemdRunning = (root: string): boolean => existsSync(join(root, 'run/systemd/system'));

/** Whether a daemon of cron runs on this machine, by the process table of Linux; elsewhere it is started when needed. */
export const isCronRunning = (processes = '/proc'): boolean =>
  !existsSync(join(processes, 'self')) ||
  readdirSync(processes)
    .filter((name) => /^\d+$/.test(name))
    .some((name) => /^(cron|crond|fcron|dcron|bcron-sched)$/.test(commandOf(join(processes, name, 'comm'))));

// Processes come and go.
function commandOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

const hasSystemd = (root: string): boolean =>
  isSystemdRunning(root) ||
  (root !== '/' && ['usr/lib', 'lib'].some((lib) => existsSync(join(root, lib, 'systemd/systemd'))));

/** The files of a schedule; none for the table of a user, which is a text of its own. */
export function scheduleFiles(clock: Clock, task: Task): ScheduleRequest[] {
  if (clock.kind === 'systemd') {
    return [
      { path: join(clock.folder, `${task.job.name}.service`), text: serviceText(task) },
      { path: join(clock.folder, `${task.job.name}.timer`), text: timerText(task) },
    ];
  }
  if (clock.kind === 'crontab') return [];
  return [
    { path: join(clock.folder, task.job.name), text: `${markOf(task.job)}\n${cronLine(task, 'root')}\n` },
  ];
}

/** The paths where the files of a schedule are, whatever they hold. */
export const schedulePaths = (clock: Clock, job: Job): string[] =>
  scheduleFiles(clock, { job, rhythm: 'daily', command: [], env: {} }).map(({ path }) => path);

const markOf = ({ words }: Job): string =>
  `# Created by: runner-setup ${words} --schedule. To remove it: --unschedule`;

const serviceText = ({ job, command, env }: Task): string =>
  [
    markOf(job),
    '[Unit]',
    `Description=${job.description}`,
    '',
    '[Service]',
    'Type=oneshot',
    ...Object.entries(env).map(([name, value]) => `Environment=${unitVariable(name, value)}`),
    `ExecStart=${command.map((word, at) => unitWord(word, flagAt(command, at))).join(' ')}`,
    '',
  ].join('\n');

// Spread over half an hour, so that many machines do not fetch the same images again at the same moment.
const timerText = ({ job, rhythm }: Task): string =>
  [
    markOf(job),
    '[Unit]',
    `Description=${job.purpose}, ${rhythm}`,
    '',
    '[Timer]',
    `OnCalendar=${rhythm}`,
    `RandomizedDelaySec=${rhythm === 'hourly' ? '5min' : '30min'}`,
    'Persistent=true',
    '',
    '[Install]',
    'WantedBy=timers.target',
    '',
  ].join('\n');

/** The flag that a word of a command is the value of. */
const flagAt = (command: readonly string[], at: number): string =>
  command[at - 1]?.startsWith('--') ? command[at - 1]! : 'runner-setup';

const times: Readonly<Record<Rhythm, string>> = {
  hourly: '17 * * * *',
  daily: '17 3 * * *',
  weekly: '17 3 * * 0',
};

function cronLine({ rhythm, command, env }: Task, user?: string): string {
  const variables = Object.entries({ PATH: paths, ...env }).map(([name, value]) =>
    crontabWord(`${name}=${value}`, name),
  );
  const words = command.map((word, at) => crontabWord(word, flagAt(command, at)));
  return [times[rhythm], user, 'env', ...variables, ...words].filter((word) => word !== undefined).join(' ');
}

const paths = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The table of a user with the line of a schedule, in place of an earlier one; without a task only that one goes. */
export function tableAfter(table: string, job: Job, task: Task | undefined): string {
  const mark = markOf(job);
  const lines = table.split('\n');
  const at = lines.indexOf(mark);
  if (at >= 0) lines.splice(at, 2);
  const rest = lines.join('\n');
  if (task === undefined) return rest;
  const start = rest === '' || rest.endsWith('\n') ? rest : `${rest}\n`;
  return `${start}${mark}\n${cronLine(task)}\n`;
}
