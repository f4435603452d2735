import { basename, join } from 'node:path';
import { runAtOnce } from '../../child.ts';
import { configOfStart, runCommandIn, valueIn } from '../runner-words.ts';
import { bytesOf, entriesOf, type ServicePlace } from './files.ts';
import { readLaunchdJob } from './launchd-job.ts';
import type { RunnerService } from './service.ts';

/** The jobs of launchd that start gitlab-runner, by their files, and those of them that run, by `launchctl list`. */
export function launchdServices(place: ServicePlace): RunnerService[] {
  const { root, uid, home } = place;
  const services = [
    ...servicesIn(join(home, 'Library/LaunchAgents'), place, uid),
    ...servicesIn(join(root, 'Library/LaunchAgents'), place, uid),
    ...servicesIn(join(root, 'Library/LaunchDaemons'), place, 0),
  ];
  if (services.length === 0) return [];
  const running = runningJobs(listed());
  return services.map((one) => ({ ...one, pid: running.get(one.name) }));
}

/** The processes of the jobs that run, by their labels, in what `launchctl list` prints: PID (or -), status, label. */
export function runningJobs(printed: string): Map<string, number> {
  const lines = printed.split('\n').map((line) => line.trim().split(/\s+/));
  return new Map(
    lines.flatMap(([pid, , label]) => (/^\d+$/.test(pid ?? '') && label ? [[label, Number(pid)]] : [])),
  );
}

function listed(): string {
  try {
    return runAtOnce('/bin/launchctl', ['list'], { env: {}, timeout: 5_000, files: [] });
  } catch {
    return '';
  }
}

const servicesIn = (folder: string, place: ServicePlace, uid: number | undefined): RunnerService[] =>
  entriesOf(folder)
    .filter(({ name }) => /runner.*\.plist$/.test(name))
    .flatMap(({ name }) => serviceOf(join(folder, name), place, uid) ?? []);

function serviceOf(file: string, { home }: ServicePlace, uid: number | undefined): RunnerService | undefined {
  const job = readLaunchdJob(bytesOf(file));
  const start = runCommandIn(job?.arguments ?? []);
  if (job === undefined || start === undefined) return undefined;
  const { program, words } = start;
  const named = job.text('UserName');
  // The users of macOS are in no file: of others only root is known.
  const owner = named === undefined ? uid : named === 'root' ? 0 : undefined;
  const config = configOfStart({
    words,
    variable: (name) =>
      job.variable(name) ?? (name === 'HOME' && owner === uid && uid !== 0 ? home : undefined),
    folder: () => valueIn(words, 'working-directory|d') ?? job.text('WorkingDirectory') ?? '/',
    uid: owner,
  });
  return {
    manager: 'launchd',
    name: job.text('Label') ?? basename(file, '.plist'),
    file,
    isEnabled: !job.isOn('Disabled') && (job.isOn('RunAtLoad') || job.isOn('KeepAlive')),
    program,
    config,
    user: valueIn(words, 'user|u'),
    uid: owner,
    log: job.text('StandardErrorPath'),
  };
}
