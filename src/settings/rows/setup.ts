import { choice, type Kind, seconds, secret, text, whole, yesNo } from '../kinds.ts';
import { shownProxy } from '../proxy.ts';
import type { Row } from '../row.ts';

/** What gitlab-runner's register does not have. */
export const setupRows = {
  preset: {
    flag: '--preset',
    env: 'RUNNER_SETUP_PRESET',
    kind: text('NAME|FILE', 'filled'),
    offers: 'presets',
    doc: 'Preset name, or a TOML file with settings',
  },
  tokenFile: {
    flag: '--token-file',
    kind: text('FILE', 'filled'),
    once: true,
    doc: 'File that contains the token, of any kind',
  },
  tokenStdin: {
    flag: '--token-stdin',
    kind: yesNo(),
    once: true,
    doc: 'Read the token, of any kind, from standard input',
  },
  accessToken: {
    flag: '--access-token',
    env: 'RUNNER_SETUP_ACCESS_TOKEN',
    kind: secret('TOKEN'),
    doc: 'Access token that creates the runner in GitLab',
  },
  accessTokenFile: {
    flag: '--access-token-file',
    env: 'RUNNER_SETUP_ACCESS_TOKEN_FILE',
    kind: text('FILE', 'filled'),
    once: true,
    doc: 'File that contains an access token, `glpat-…`',
  },
  runnerType: {
    flag: '--runner-type',
    env: 'RUNNER_SETUP_RUNNER_TYPE',
    kind: choice(['instance', 'group', 'project'], {
      shared: 'instance',
      specific: 'project',
      instance_type: 'instance',
      group_type: 'group',
      project_type: 'project',
    }),
    ask: 'Kind of runner',
    group: 'gitlab',
    doc: 'Type of the runner',
  },
  group: {
    flag: '--group',
    env: 'RUNNER_SETUP_GROUP',
    kind: text('ID|PATH', 'filled'),
    ask: 'Group (ID or path)',
    group: 'gitlab',
    doc: 'Group of a group runner',
  },
  project: {
    flag: '--project',
    env: 'RUNNER_SETUP_PROJECT',
    kind: text('ID|PATH', 'filled'),
    ask: 'Project (ID or path)',
    group: 'gitlab',
    doc: 'Project of a project runner',
  },
  concurrent: {
    flag: '--concurrent',
    env: 'RUNNER_SETUP_CONCURRENT',
    global: 'concurrent',
    kind: whole('N', 1),
    ask: 'Concurrent jobs on this host (all runners)',
    doc: 'Concurrent jobs on this host (all runners)',
  },
  ifRegistered: {
    flag: '--if-registered',
    env: 'RUNNER_SETUP_IF_REGISTERED',
    kind: choice(['update', 'skip', 'fail', 'add']),
    doc: 'Action if the runner is already in config.toml (default: update)',
  },
  container: {
    flag: '--container',
    env: 'RUNNER_SETUP_CONTAINER',
    kind: text('NAME', 'filled'),
    doc: 'Use config.toml of this gitlab-runner container',
  },
  engine: {
    flag: '--engine',
    kind: choice(['docker', 'podman']),
    doc: 'Container engine of --container',
  },
  wait: {
    flag: '--wait',
    kind: waiting(60),
    optional: true,
    doc: 'Wait until the runner is online (default 60 s)',
  },
  showEnvironment: {
    flag: '--show-environment',
    kind: yesNo(),
    once: true,
    doc: 'Show the values of `environment`',
  },
  tlsTrust: {
    flag: '--tls-trust',
    env: 'RUNNER_SETUP_TLS_TRUST',
    kind: text('SHA256', 'sha256'),
    doc: 'SHA-256 fingerprint of the GitLab certificate to trust',
  },
  caForJobs: {
    flag: '--ca-for-jobs',
    env: 'RUNNER_SETUP_CA_FOR_JOBS',
    kind: yesNo(),
    doc: 'Let job containers trust the CA file of GitLab',
  },
  proxy: {
    flag: '--proxy',
    env: 'RUNNER_SETUP_PROXY',
    kind: { ...text('URL', 'proxy'), cover: shownProxy },
    doc: 'Proxy for jobs, set in `environment`; `""` removes it',
  },
  noProxy: {
    flag: '--no-proxy',
    env: 'RUNNER_SETUP_NO_PROXY',
    kind: text('LIST', 'no-proxy'),
    doc: 'Hosts to reach without the proxy, comma-separated',
  },
} as const satisfies Record<string, Row>;

/** A time to wait in seconds; the flag alone means the usual one. */
function waiting(usual: number): Kind<number> {
  const kind = seconds('[TIME]', 1);
  return { ...kind, read: (words) => (words.at(-1) === '' ? usual : kind.read(words)) };
}
