import { resolve } from 'node:path';

/** What a program is started with so that it runs as on another system: words for Node, and its whole environment. */
type Emulation = { node: string[]; env: Record<string, string> };

const emulate = resolve(import.meta.dirname, 'emulate.cjs');

const windows = {
  SystemRoot: 'C:\\Windows',
  ComSpec: 'C:\\Windows\\system32\\cmd.exe',
  USERPROFILE: 'C:\\Users\\ci',
  APPDATA: 'C:\\Users\\ci\\AppData\\Roaming',
  LOCALAPPDATA: 'C:\\Users\\ci\\AppData\\Local',
  TEMP: 'C:\\Windows\\Temp',
  PATH: 'C:\\Windows\\system32;C:\\Windows',
  PATHEXT: '.COM;.EXE;.BAT;.CMD',
  PSModulePath:
    'C:\\Program Files\\WindowsPowerShell\\Modules;C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules',
};

/** What the shells of Windows leave in the environment of a program. */
const shells: Record<string, Record<string, string>> = {
  powershell: {
    PSModulePath: `C:\\Users\\ci\\Documents\\WindowsPowerShell\\Modules;${windows.PSModulePath}`,
  },
  cmd: { PROMPT: '$P$G' },
  bash: { MSYSTEM: 'MINGW64', SHELL: '/usr/bin/bash' },
};

/**
 * How a program is started in `dir` as on the system of these words: `windows` (with `cmd` or `bash`, else PowerShell is
 * its shell), where `dir` is C:\\GitLab-Runner, or `macos`, where it is /Users/Shared/setup; the home is the folder `home` of
 * it. `system` is an empty folder for all that lies elsewhere. A line `busy NAME TIMES` says how often a file cannot be
 * replaced because another program has it open, `rights NAME` that it has rights of its own, and a line `runs FILE` that the
 * service of gitlab-runner runs with this config.toml. `env` is the environment of other runs.
 */
export function emulation(
  words: string,
  { dir, system, env }: { dir: string; system: string; env: Record<string, string> },
): Emulation {
  const [first = '', ...more] = words.trim().split('\n');
  const [name, shell = 'powershell'] = first.split(' ');
  if (!(name === 'macos' || (name === 'windows' && shell in shells)))
    throw new Error(`no platform: ${words}`);
  const files = Object.assign({}, ...more.map(readFile));
  const { HOME: _home, CONFIG_FILE: _config, TMPDIR: _folder, LANG: _language, PATH: _path, ...rest } = env;
  const own = name === 'windows' ? { ...windows, ...shells[shell] } : macos;
  const EMULATED = JSON.stringify({ ...places[name](dir, system), ...files });
  return { node: ['--require', emulate], env: { ...rest, ...own, EMULATED } };
}

/** The folder for what lies neither in `dir` nor in the home: beside it, because every file of a case is compared. */
export const systemOf = (dir: string): string => `${dir}-system`;

function readFile(
  line: string,
): { busy: { file: string; times: number } } | { ownRights: string } | { runs: string } {
  const [, busy, times, rights, runs] = /^busy (\S+) (\d+)$|^rights (\S+)$|^runs (\S+)$/.exec(line) ?? [];
  if (busy) return { busy: { file: busy, times: Number(times) } };
  if (runs) return { runs };
  if (rights) return { ownRights: rights };
  throw new Error(`not said of a file: ${line}`);
}

const macos = {
  HOME: '/Users/ci',
  LANG: 'en_US.UTF-8',
  SHELL: '/bin/zsh',
  PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
};

const places = {
  windows: (dir: string, system: string) => ({
    platform: 'win32',
    home: 'C:\\Users\\ci',
    temp: 'C:\\Windows\\Temp',
    folders: [
      ['C:\\GitLab-Runner', dir],
      ['C:\\Users\\ci', `${dir}/home`],
      ['C:\\', system],
    ],
  }),
  macos: (dir: string, system: string) => ({
    platform: 'darwin',
    home: '/Users/ci',
    temp: '/tmp',
    folders: [
      ['/Users/Shared/setup', dir],
      ['/Users/ci', `${dir}/home`],
      ['/', system],
    ],
  }),
};
