import { runAtOnce } from '../../../child.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import type { Binary } from './binary.ts';

const folder = 'C:\\GitLab-Runner';
const system = 'C:\\Windows\\System32';
const [administrators, localSystem] = ['*S-1-5-32-544', '*S-1-5-18'];

/** Windows: a service of the built-in system account, in a folder that only administrators and this account may use. */
export const windowsBinary: Binary = {
  system: 'windows',
  processors: { x64: 'amd64', ia32: '386', arm64: 'arm64' },
  isOnlyWay: true,
  ending: '.exe',
  folder,
  file: `${folder}\\gitlab-runner.exe`,
  configFile: () => `${folder}\\config.toml`,
  register: `runner-setup register --config ${folder}\\config.toml`,
  takesSudo: false,
  hasSignals: false,
  refusal(_world, command) {
    if (isElevated()) return undefined;
    return new Trouble(`Only an administrator can ${command} gitlab-runner.`, {
      hint: 'Open PowerShell with "Run as administrator", and run the same command there.',
      code: exitCode.usage,
    });
  },
  // Below C:\ everybody may write to a new folder, and config.toml holds the tokens.
  protect: [
    [`${system}\\icacls.exe`, folder, '/setowner', administrators],
    [
      `${system}\\icacls.exe`,
      folder,
      '/inheritance:r',
      '/grant:r',
      `${administrators}:(OI)(CI)F`,
      `${localSystem}:(OI)(CI)F`,
    ],
  ],
  createUser: () => [],
  serviceWords: () => ['--working-directory', folder, '--config', `${folder}\\config.toml`],
};

// The level of an administrator, or of the system itself. Where it cannot be asked, Windows refuses what is not allowed.
function isElevated(): boolean {
  try {
    const groups = runAtOnce(`${system}\\whoami.exe`, ['/groups'], { env: {}, timeout: 10_000, files: [] });
    return /\bS-1-16-(12288|16384)\b/.test(groups);
  } catch {
    return true;
  }
}
