import type { Finding } from '../../../app/findings.ts';
import { textIn } from '../../../config/model.ts';
import { isSame, outsidePath } from '../../../host/config-folder.ts';
import { listenerOn } from '../../../host/listeners.ts';
import { askMetrics, type MetricsAnswer } from '../../../host/metrics-server.ts';
import { platformOf } from '../../../host/platform/index.ts';
import { metricsVersion } from '../../../runner/job-requests.ts';
import { metricsAddress, metricsServerIn } from '../../../runner/metrics.ts';
import type { Check, CheckContext, CheckResult } from './check.ts';

/** Asks the metrics server of `listen_address`: does something listen, is it gitlab-runner, does it answer. */
export const metricsCheck: Check = { runs: 'online', run: checkMetrics };

async function checkMetrics({ config, invocation }: CheckContext): Promise<CheckResult> {
  const address = textIn(config.globals, 'listen_address');
  const server = metricsServerIn(config.globals);
  // The port of a container is another one than that of this machine, also when this is one.
  const isElsewhere = invocation.settings.container !== undefined || isUnseen(invocation);
  if (server === undefined || isElsewhere) return { steps: [], findings: [] };
  const words = wordsOn(await askMetrics(server, '/metrics'), server.port, invocation);
  const open = metricsAddress(address).isLoopback || !words.ok ? [] : [openTo(address)];
  const step = { about: address, what: 'metrics', ok: words.ok, words: words.message } as const;
  return { steps: [step], findings: words.ok ? open : [findingOf(address, words)] };
}

const isUnseen = ({ path, world }: CheckContext['invocation']): boolean =>
  (platformOf(world).runningRunners(world) ?? []).length === 0 && outsidePath(path) !== undefined;

interface Words {
  readonly ok: boolean;
  readonly message: string;
  readonly why?: string;
  readonly next?: string;
  readonly severity: Finding['severity'];
}

function wordsOn(
  { failed, status, text = '' }: MetricsAnswer,
  port: number,
  { path, world }: CheckContext['invocation'],
): Words {
  const version = metricsVersion(text);
  if (status === 200 && version !== undefined)
    return { ok: true, severity: 'note', message: `/metrics of gitlab-runner ${version} responds` };
  const by = listenerOn(port);
  const who = by === undefined ? 'another program' : `${by.name} (process ${by.pid})`;
  if (failed === undefined) {
    const message = `${who} listens there, and /metrics is not that of gitlab-runner (HTTP ${status})`;
    const why = 'gitlab-runner cannot use the port, or another gitlab-runner has it.';
    return {
      ok: false,
      severity: 'warning',
      message,
      why,
      next: 'runner-setup edit --metrics 127.0.0.1:9253',
    };
  }
  if (failed !== 'ECONNREFUSED')
    return { ok: false, severity: 'warning', message: `the metrics server does not respond: ${failed}` };
  const isRunning = (platformOf(world).runningRunners(world) ?? []).some(
    ({ config }) => config !== undefined && isSame(config, path),
  );
  const message = 'nothing listens there, so there are no metrics';
  if (!isRunning)
    return { ok: false, severity: 'note', message, why: 'gitlab-runner does not run here with this file.' };
  const why = 'listen_address is only read when gitlab-runner starts.';
  return { ok: false, severity: 'warning', message, why, next: 'Restart gitlab-runner.' };
}

const findingOf = (address: string, { severity, message, why, next }: Words): Finding => ({
  severity,
  rule: 'metrics',
  place: `listen_address ${address}`,
  message,
  ...(why !== undefined && { why }),
  ...(next !== undefined && { next }),
});

const openTo = (address: string): Finding => ({
  severity: 'note',
  rule: 'metrics',
  place: `listen_address ${address}`,
  message: 'other machines can read the metrics if no firewall prevents it',
  why: 'The metrics server has no authentication and no TLS.',
});
