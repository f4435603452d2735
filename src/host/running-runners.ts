import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { configOfStart, isRunnerProgram, valueIn } from './runner-words.ts';

/** A gitlab-runner that is running on this machine, and the config file it was started with when that can be seen. */
export interface RunningRunner {
  readonly pid: number;
  readonly config: string | undefined;
  /** The user of its `--user`: jobs run as that one. */
  readonly user: string | undefined;
  /** The owner of the process. */
  readonly uid: number | undefined;
  /** Its program, where that is known. */
  readonly program?: string | undefined;
  /** The service that started it, where the system says so. */
  readonly service?: string | undefined;
}

/** Looks for running gitlab-runners in the process table of Linux, those in containers apart; none elsewhere. */
export function runningRunners(processes = '/proc'): RunningRunner[] {
  return startedIn(processes).flatMap(({ name, words }) => {
    if (isContained(processes, name)) return [];
    const folder = join(processes, name);
    const uid = ownerOf(folder);
    return [
      {
        pid: Number(name),
        config: configOf(folder, words, uid),
        user: valueIn(words, 'user|u'),
        uid,
        program: linkQuietly(join(folder, 'exe'))?.replace(gone, ''),
        service: serviceIn(readQuietly(join(folder, 'cgroup'))),
      },
    ];
  });
}

// The control group of what systemd starts is named by the unit: the last one is the nearest.
const serviceIn = (groups: string): string | undefined =>
  [...groups.matchAll(/\/([^/\n]+\.service)(?=[/\n]|$)/g)].at(-1)?.[1];

/** A gitlab-runner that runs in a container, and whether it reads a file of this machine. */
export interface ContainedRunner {
  readonly pid: number;
  readonly reads: 'yes' | 'no' | 'unknown';
}

/** Looks for gitlab-runners in containers of this machine, and whether they read this file, which has another path there. */
export function containedRunners(path: string, processes = '/proc'): ContainedRunner[] {
  return startedIn(processes).flatMap(({ name, words }) => {
    if (!isContained(processes, name)) return [];
    const folder = join(processes, name);
    const inside = configOf(folder, words, 0) ?? '/etc/gitlab-runner/config.toml';
    return [{ pid: Number(name), reads: isSameFile(join(folder, 'root', inside), path) }];
  });
}

function isSameFile(inside: string, path: string): ContainedRunner['reads'] {
  try {
    const [one, other] = [statSync(inside), statSync(path)];
    return one.dev === other.dev && one.ino === other.ino ? 'yes' : 'no';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no' : 'unknown';
  }
}

interface Started {
  readonly name: string;
  readonly words: readonly string[];
}

// There may be thousands of processes, and nearly none is one. Read as UTF-8, a file is one call of the system's.
const startedIn = (processes: string): Started[] =>
  entriesOf(processes).flatMap((name) => {
    const line = readQuietly(`${processes}/${name}/cmdline`);
    if (!/runner/i.test(line)) return [];
    const [program, ...words] = line.replace(/\0$/, '').split('\0');
    return isRunnerProgram(program!) && words.includes('run') ? [{ name, words }] : [];
  });

// What a container calls /etc/gitlab-runner is another folder here.
function isContained(processes: string, name: string): boolean {
  const [own, its] = ['self', name].map((one) => linkQuietly(join(processes, one, 'ns', 'mnt')));
  if (own !== undefined && its !== undefined) return own !== its;
  // Those of another user are only seen by root.
  return /[/-](docker|libpod|containerd|kubepods|lxc)/.test(readQuietly(join(processes, name, 'cgroup')));
}

// What the system puts behind the path of what was removed, or replaced as by an upgrade.
const gone = / \(deleted\)$/;

function linkQuietly(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

const entriesOf = (folder: string): string[] => {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
};

function configOf(folder: string, words: readonly string[], uid: number | undefined): string | undefined {
  const variables = readQuietly(join(folder, 'environ')).split('\0');
  return configOfStart({
    words,
    variable: (name) => variables.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1),
    folder: () => {
      const cwd = linkQuietly(join(folder, 'cwd'));
      return cwd !== undefined && gone.test(cwd) ? undefined : cwd;
    },
    uid,
  });
}

function ownerOf(folder: string): number | undefined {
  try {
    return statSync(folder).uid;
  } catch {
    return undefined;
  }
}

function readQuietly(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
