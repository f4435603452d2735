import { existsSync } from 'node:fs';
import { exitCode, Trouble } from '../../../errors.ts';
import { below } from '../../../files/below.ts';
import { shellLine } from '../../../text/shell-quote.ts';
import type { Command } from '../../packages/package-manager.ts';
import { textAt } from '../../schedule-run.ts';
import type { Binary } from './binary.ts';

/** Linux, whatever the distribution: the service runs as root, and jobs of the shell executor as the user gitlab-runner. */
export const linuxBinary: Binary = {
  system: 'linux',
  processors: {
    x64: 'amd64',
    ia32: '386',
    arm: 'arm',
    arm64: 'arm64',
    s390x: 's390x',
    ppc64: 'ppc64le',
    riscv64: 'riscv64',
    loong64: 'loong64',
  },
  isOnlyWay: false,
  ending: '',
  folder: '/usr/local/bin',
  file: '/usr/local/bin/gitlab-runner',
  configFile: (root) => below(root, '/etc/gitlab-runner/config.toml'),
  register: 'sudo runner-setup register',
  protect: [],
  takesSudo: false,
  hasSignals: true,
  refusal({ uid, words }, command) {
    if (uid === 0) return undefined;
    return new Trouble(`Only root can ${command} gitlab-runner.`, {
      hint: `sudo runner-setup ${shellLine(words)}`,
      code: exitCode.usage,
    });
  },
  createUser,
  serviceWords: (root) => ['--user', user, '--working-directory', homeBelow(root) ?? usualHome],
};

const user = 'gitlab-runner';
const usualHome = `/home/${user}`;

// As GitLab documents it; Alpine has neither useradd nor bash.
function createUser(root: string): readonly Command[] {
  if (homeBelow(root) !== undefined) return [];
  const has = (...files: string[]) => files.some((file) => existsSync(below(root, file)));
  const shell = has('/bin/bash') ? '/bin/bash' : '/bin/sh';
  const isBusybox = !has('/usr/sbin/useradd', '/sbin/useradd') && has('/usr/sbin/adduser', '/sbin/adduser');
  if (isBusybox) return [['adduser', '-D', '-g', 'GitLab Runner', '-s', shell, user]];
  return [['useradd', '--comment', 'GitLab Runner', '--create-home', user, '--shell', shell]];
}

const homeBelow = (root: string): string | undefined =>
  (textAt(below(root, '/etc/passwd')) ?? '')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === user)?.[5];
