import { filePath, secret, text, yesNo } from '../kinds.ts';
import type { Row } from '../row.ts';

/** SSH, for the ssh, parallels and virtualbox executors. */
export const sshRows = {
  sshUser: {
    flag: '--ssh-user',
    env: 'SSH_USER',
    toml: 'ssh.user',
    kind: text(),
    ask: 'SSH user',
    doc: 'User name for SSH, such as `builder`',
  },
  sshPassword: {
    flag: '--ssh-password',
    env: 'SSH_PASSWORD',
    toml: 'ssh.password',
    kind: secret(),
    ask: 'SSH password',
    doc: 'Password for SSH, if no key is used',
  },
  sshHost: {
    flag: '--ssh-host',
    env: 'SSH_HOST',
    toml: 'ssh.host',
    kind: text('HOST', 'host'),
    ask: 'SSH host',
    doc: 'SSH host that runs the jobs',
  },
  sshPort: {
    flag: '--ssh-port',
    env: 'SSH_PORT',
    toml: 'ssh.port',
    kind: text('PORT', 'port'),
    ask: 'SSH port',
    doc: 'SSH port (default 22)',
  },
  sshIdentityFile: {
    flag: '--ssh-identity-file',
    env: 'SSH_IDENTITY_FILE',
    toml: 'ssh.identity_file',
    kind: filePath(),
    ask: 'SSH private key file',
    doc: 'Private key file for SSH, such as `/home/ci/.ssh/id_ed25519`',
  },
  sshDisableStrictHostKeyChecking: {
    flag: '--ssh-disable-strict-host-key-checking',
    env: 'DISABLE_STRICT_HOST_KEY_CHECKING',
    toml: 'ssh.disable_strict_host_key_checking',
    kind: yesNo(),
    doc: 'Accept any SSH host key (insecure)',
  },
  sshKnownHostsFile: {
    flag: '--ssh-known-hosts-file',
    env: 'KNOWN_HOSTS_FILE',
    toml: 'ssh.known_hosts_file',
    kind: filePath(),
    doc: 'Known hosts file, such as `/etc/ssh/ssh_known_hosts`',
  },
} as const satisfies Record<string, Row>;
