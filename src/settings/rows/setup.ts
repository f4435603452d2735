import { choice, type Kind, secret, text, whole, yesNo } from '../kinds.ts';
import { shownProxy } from '../proxy.ts';
import type { Row } from '../row.ts';

/** What gitlab-runner's register does not have. */
export const setupRows = {
  preset: {
    flag: '--preset',
    env: 'RUNNER_SETUP_PRESET',
    kind: text('NAME|FILE', 'filled'),
    common: true,
    offers: 'presets',
    doc: 'Ready settings: one of `runner-setup preset list`, or a TOML file of your own',
  },
  tokenFile: {
    flag: '--token-file',
    kind: text('FILE', 'filled'),
    common: true,
    once: true,
    doc: 'Read the token (of any kind) from this file',
  },
  tokenStdin: {
    flag: '--token-stdin',
    kind: yesNo(),
    common: true,
    once: true,
    doc: 'Read the token (of any kind) from standard input',
  },
  accessToken: {
    flag: '--access-token',
    env: 'RUNNER_SETUP_ACCESS_TOKEN',
    kind: secret(),
    common: true,
    doc: 'Personal, group or project access token: creates the runner in GitLab first',
  },
  accessTokenFile: {
    flag: '--access-token-file',
    env: 'RUNNER_SETUP_ACCESS_TOKEN_FILE',
    kind: text('FILE', 'filled'),
    once: true,
    doc: 'Read the access token from this file',
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
    common: true,
    ask: 'Kind of runner',
    group: 'gitlab',
    doc: 'Who may use the runner that is created: everybody, a group or a project',
  },
  group: {
    flag: '--group',
    env: 'RUNNER_SETUP_GROUP',
    kind: text('ID|PATH', 'filled'),
    common: true,
    ask: 'Group (id or path)',
    group: 'gitlab',
    doc: 'The group of a group runner, by id or by path',
  },
  project: {
    flag: '--project',
    env: 'RUNNER_SETUP_PROJECT',
    kind: text('ID|PATH', 'filled'),
    common: true,
    ask: 'Project (id or path)',
    group: 'gitlab',
    doc: 'The project of a project runner, by id or by path',
  },
  concurrent: {
    flag: '--concurrent',
    env: 'RUNNER_SETUP_CONCURRENT',
    global: 'concurrent',
    kind: whole('N', 1),
    common: true,
    ask: 'Concurrent jobs on this host (all runners)',
    doc: 'How many jobs may run at once on this host, all runners together',
  },
  ifRegistered: {
    flag: '--if-registered',
    env: 'RUNNER_SETUP_IF_REGISTERED',
    kind: choice(['update', 'skip', 'fail', 'add']),
    common: true,
    doc: 'What to do when this runner is already in config.toml (default: update)',
  },
  container: {
    flag: '--container',
    env: 'RUNNER_SETUP_CONTAINER',
    kind: text('NAME', 'filled'),
    common: true,
    doc: 'Take the config.toml of this container of gitlab-runner (Docker or Podman)',
  },
  engine: {
    flag: '--engine',
    kind: choice(['docker', 'podman']),
    doc: 'Take the config.toml of a container of this engine',
  },
  wait: {
    flag: '--wait',
    kind: seconds(60),
    optional: true,
    common: true,
    doc: 'Wait until the runner is online, for up to SECONDS (default 60)',
  },
  showEnvironment: {
    flag: '--show-environment',
    kind: yesNo(),
    once: true,
    doc: 'Show the values of `environment`, which are hidden otherwise',
  },
  tlsTrust: {
    flag: '--tls-trust',
    env: 'RUNNER_SETUP_TLS_TRUST',
    kind: text('SHA256', 'sha256'),
    common: true,
    doc: "Trust GitLab's certificate with this SHA-256 fingerprint and save its chain",
  },
  proxy: {
    flag: '--proxy',
    env: 'RUNNER_SETUP_PROXY',
    kind: { ...text('URL', 'proxy'), cover: shownProxy },
    doc: 'Proxy for the jobs, put into `environment` in all its spellings; `--proxy ""` takes it away',
  },
  noProxy: {
    flag: '--no-proxy',
    env: 'RUNNER_SETUP_NO_PROXY',
    kind: text('LIST', 'no-proxy'),
    doc: 'Hosts that jobs reach without the proxy, with commas; what always belongs there is added',
  },
} as const satisfies Record<string, Row>;

/** Seconds; the flag alone means the usual ones. */
function seconds(usual: number): Kind<number> {
  const kind = whole('[SECONDS]', 1);
  return { ...kind, read: (words) => (words.at(-1) === '' ? usual : kind.read(words)) };
}
