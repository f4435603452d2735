import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';

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
      return /^gitlab-(ci-multi-)?runner/.test(basename(program));
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

// As gitlab-runner finds it: by its words, its environment, its home; what is relative, from where it works.
function configOf(folder: string, words: readonly string[], uid: number | undefined): string | undefined {
  const variables = readQuietly(join(folder, 'environ')).split('\0');
  const variable = (name: string) =>
    variables.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
  const named = valueIn(words, 'config|c') ?? variable('CONFIG_FILE');
  if (named === undefined) return usualConfig(uid, variable('HOME'));
  if (isAbsolute(named)) return named;
  const place = linkQuietly(join(folder, 'cwd'));
  return place === undefined ? undefined : resolve(place, named);
}

function valueIn(words: readonly string[], names: string): string | undefined {
  const at = words.findIndex((word) => new RegExp(`^--?(${names})(=|$)`).test(word));
  if (at < 0) return undefined;
  return words[at]!.includes('=') ? words[at]!.replace(/^[^=]*=/, '') : words[at + 1];
}

// Root's reads the file in /etc; the home of another user is seen only by that one and root.
function usualConfig(uid: number | undefined, home: string | undefined): string | undefined {
  if (uid === 0) return '/etc/gitlab-runner/config.toml';
  return home === undefined ? undefined : join(home, '.gitlab-runner/config.toml');
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
