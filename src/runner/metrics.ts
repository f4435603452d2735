import { type Table, textIn, valueAt } from '../config/model.ts';
import { checkSyntax } from '../settings/syntax.ts';
import { isPlaceholder } from '../text/expand.ts';
import { fold } from '../text/wrap.ts';
import type { Snippet } from './proxy.ts';

/** The usual address of the metrics server; gitlab-runner takes this port where an address has none. */
export const usualMetrics = '127.0.0.1:9252';

/** An address of the metrics server, as host and port; the host is empty where it listens on all interfaces. */
interface MetricsAddress {
  readonly host: string;
  readonly port: string;
  readonly isLoopback: boolean;
}

/** Cuts the address of the metrics server, `host:port`, `:port`, or `host`. */
export function metricsAddress(address: string): MetricsAddress {
  const [, name = '', port = '9252'] = /^(\[[^\]]*\]|[^:]*)(?::([\w-]+))?$/.exec(address) ?? [];
  const bare = name.replace(/^\[|\]$/g, '');
  const host = /^(0\.0\.0\.0|::)$/.test(bare) ? '' : bare;
  return { host, port, isLoopback: /^(localhost|127\..*|::1)$/i.test(host) };
}

/** Where the metrics server of a config.toml is asked; the host is empty where it listens on all interfaces. */
export interface MetricsServer {
  readonly host: string;
  readonly port: number;
}

/** Takes all of a config.toml that is not a runner; gives its metrics server, where its address is one that can be asked. */
export function metricsServerIn(globals: Table): MetricsServer | undefined {
  const address = textIn(globals, 'listen_address');
  const isOdd = isPlaceholder(address) || checkSyntax('listen', address) !== undefined;
  const { host, port } = metricsAddress(address);
  return address === '' || isOdd || !/^\d+$/.test(port) ? undefined : { host, port: Number(port) };
}

/** Whether gitlab-runner runs a job of its own for the runner when it starts, and shows at `/health/ready` that it succeeded. */
export const hasStartupJob = (runner: Table): boolean =>
  valueAt(runner, ['experimental', 'boot_verify', 'enabled']) === true;

/** What Prometheus needs to read the metrics of a gitlab-runner: the scrape job, and four alerts. */
export function metricsSnippets({ host, port }: MetricsAddress, hostname: string): Snippet[] {
  const name = host === '' ? hostname : host.includes(':') ? `[${host}]` : host;
  return [
    { file: 'prometheus.yml', about: 'Scrape job of Prometheus', text: scrapeJob(`${name}:${port}`) },
    { file: 'gitlab-runner-alerts.yml', about: 'Alert rules; name the file under rule_files', text: alerts },
  ];
}

const scrapeJob = (target: string): string => `scrape_configs:
  - job_name: gitlab-runner
    static_configs:
      - targets: ["${target}"]
`;

interface Alert {
  readonly name: string;
  /** With line breaks where one may be long. */
  readonly expr: string;
  readonly wait: string;
  /** What the runner of the alert does. */
  readonly summary: string;
}

const requests = 'gitlab_runner_api_request_statuses_total';

// The names are those of gitlab-runner's own metrics; 204 means that there is no job, 409 that another runner took it.
const alertList: readonly Alert[] = [
  { name: 'Down', expr: 'up{job="gitlab-runner"} == 0', wait: '5m', summary: 'does not respond' },
  {
    name: 'Errors',
    expr: 'increase(gitlab_runner_errors_total\n{level="error"}[15m]) > 0',
    wait: '15m',
    summary: 'logs errors',
  },
  {
    name: 'RequestsFail',
    expr: `sum by (instance) (rate(${requests}\n{endpoint="request_job",\nstatus!~"201|204|409"}[5m])) > 0`,
    wait: '10m',
    summary: 'requests jobs, and GitLab refuses or does not respond',
  },
  {
    name: 'Full',
    expr: 'sum by (instance) (gitlab_runner_jobs) >= max by (instance) (gitlab_runner_concurrent)',
    wait: '30m',
    summary: 'has run its maximum of jobs for 30 minutes',
  },
];

const alertLines = ({ name, expr, wait, summary }: Alert): readonly string[] => [
  `      - alert: GitLabRunner${name}`,
  ...folded('        expr:', expr, expr),
  `        for: ${wait}`,
  '        annotations:',
  ...folded('          summary:', ...sentence(`gitlab-runner on {{ $labels.instance }} ${summary}`)),
];

const sentence = (text: string) => [text, `"${text}"`] as const;

/** A key of YAML and its value: `short` on one line, else folded, so that a terminal of 60 columns breaks no word. */
function folded(key: string, value: string, short: string): readonly string[] {
  if (`${key} ${short}`.length <= 60) return [`${key} ${short}`];
  const indent = ' '.repeat(key.search(/\S/) + 2);
  const lines = fold(value, 60 - indent.length, 0).split('\n');
  return [`${key} >-`, ...lines.map((line) => indent + line)];
}

const alerts = [
  'groups:',
  '  - name: gitlab-runner',
  '    rules:',
  ...alertList.flatMap(alertLines),
  '',
].join('\n');
