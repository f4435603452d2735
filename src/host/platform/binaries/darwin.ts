import { join } from 'node:path';
import { exitCode, Trouble } from '../../../errors.ts';
import type { Binary } from './binary.ts';

/** macOS: a launch agent of the user who is logged in; only the file is root's. */
export const darwinBinary: Binary = {
  system: 'darwin',
  processors: { x64: 'amd64', arm64: 'arm64' },
  isOnlyWay: true,
  ending: '',
  folder: '/usr/local/bin',
  file: '/usr/local/bin/gitlab-runner',
  configFile: (_root, { home }) => join(home, '.gitlab-runner/config.toml'),
  register: 'runner-setup register',
  // GitLab's documentation says not to do it over SSH, where the user may have no session.
  startHint: 'Run the command in a terminal of the desktop of this Mac, not over SSH.',
  takesSudo: true,
  protect: [],
  hasSignals: true,
  refusal({ uid }, command) {
    if (uid !== 0) return undefined;
    return new Trouble(`On macOS, run ${command} without sudo.`, {
      why: 'gitlab-runner runs as the user who is logged in, and starts when this user logs in.',
      hint: 'Run the same command without sudo. It calls sudo only for the steps that require it.',
      code: exitCode.usage,
    });
  },
  createUser: () => [],
  serviceWords: (_root, { home }) => ['--working-directory', home],
};
