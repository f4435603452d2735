import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

/** A gitlab-runner that is running on this machine, and the config file it was started with when that can be seen. */
export interface RunningRunner {
  readonly pid: number;
  readonly config: string | undefined;
}

/** Looks for running gitlab-runners in the process table of Linux, those in containers apart; none elsewhere. */
export function runningRunners(processes = '/proc'): RunningRunner[] {
  return entriesOf(processes).flatMap((name) => {
    const words = readQuietly(join(processes, name, 'cmdline'))
      .split('\0')
      .filter(Boolean);
    const [program = '', ...rest] = words;
    if (!/^gitlab-(ci-multi-)?runner/.test(basename(program)) || !rest.includes('run')) return [];
    if (isContained(processes, name)) return [];
    return [{ pid: Number(name), config: configOf(rest) ?? usualConfig(join(processes, name)) }];
  });
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

function configOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => /^--?(config|c)(=|$)/.test(word));
  if (at < 0) return undefined;
  const path = words[at]!.includes('=') ? words[at]!.replace(/^[^=]*=/, '') : words[at + 1];
  return path === undefined ? undefined : resolve('/', path);
}

// Started without --config, root's reads the file in /etc; whose home another user's is cannot be seen from here.
function usualConfig(folder: string): string | undefined {
  try {
    return statSync(folder).uid === 0 ? '/etc/gitlab-runner/config.toml' : undefined;
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
