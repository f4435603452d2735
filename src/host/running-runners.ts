import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';
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
}

/** Looks for running gitlab-runners in the process table of Linux, those in containers apart; none elsewhere. */
export function runningRunners(processes = '/proc'): RunningRunner[] {
  return entriesOf(processes).flatMap((name) => {
    if (!isRunner(join(processes, name, 'cmdline'))) return [];
    const [, ...rest] = readQuietly(join(processes, name, 'cmdline'))
      .split('\0')
      .filter(Boolean);
    if (!rest.includes('run')) return [];
    if (isContained(processes, name)) return [];
    const uid = ownerOf(join(processes, name));
    const config = configOf(join(processes, name), rest, uid);
    return [{ pid: Number(name), config, user: valueIn(rest, 'user|u'), uid }];
  });
}

const beginning = Buffer.alloc(256);

// There may be thousands of processes, and nearly none is one: of each only the beginning of its words is read.
function isRunner(file: string): boolean {
  try {
    const opened = openSync(file, 'r');
    try {
      const length = readSync(opened, beginning);
      const [program = ''] = beginning.toString('latin1', 0, length).split('\0', 1);
      return isRunnerProgram(program);
    } finally {
      closeSync(opened);
    }
  } catch {
    return false;
  }
}

// What a container calls /etc/gitlab-runner is another folder here.
function isContained(processes: string, name: string): boolean {
  const [own, its] = ['self', name].map((one) => linkQuietly(join(processes, one, 'ns', 'mnt')));
  return own !== undefined && its !== undefined && own !== its;
}

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
    folder: () => linkQuietly(join(folder, 'cwd')),
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
