import { get } from 'node:http';
import type { Finding } from '../../../app/findings.ts';
import { textIn } from '../../../config/model.ts';
import { isSame, outsidePath } from '../../../host/config-folder.ts';
import { listenerOn } from '../../../host/listeners.ts';
import { platformOf } from '../../../host/platform/index.ts';
import { metricsAddress } from '../../../runner/metrics.ts';
import { checkSyntax } from '../../../settings/syntax.ts';
import { isPlaceholder } from '../../../text/expand.ts';
import type { Check, CheckContext, CheckResult } from './check.ts';

/** Asks the metrics server of `listen_address`: does something listen, is it gitlab-runner, does it answer. */
export const metricsCheck: Check = { runs: 'online', run: askMetrics };

async function askMetrics({ config, invocation }: CheckContext): Promise<CheckResult> {
  const address = textIn(config.globals, 'listen_address');
  const isOdd = isPlaceholder(address) || checkSyntax('listen', address) !== undefined;
  // The port of a container is another one than that of this machine, also when this is one.
  const { host, port, isLoopback } = metricsAddress(address);
  const isElsewhere = invocation.settings.container !== undefined || isUnseen(invocation);
  if (address === '' || isOdd || isElsewhere || !/^\d+$/.test(port)) return { steps: [], findings: [] };
  const answer = await ask(host === '' ? '127.0.0.1' : host, Number(port));
  const words = wordsOn(answer, Number(port), invocation);
  const open = isLoopback || !words.ok ? [] : [openTo(address)];
  const step = { about: address, what: 'metrics', ok: words.ok, words: words.message } as const;
  return { steps: [step], findings: words.ok ? open : [findingOf(address, words)] };
}

const isUnseen = ({ path, world }: CheckContext['invocation']): boolean =>
  (platformOf(world).runningRunners(world) ?? []).length === 0 && outsidePath(path) !== undefined;

interface Answer {
  readonly failed?: string;
  readonly status?: number;
  readonly text?: string;
}

const patience = 3000;
/** More than the metrics of gitlab-runner have. */
const mostText = 4 * 1024 * 1024;

function ask(host: string, port: number): Promise<Answer> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/metrics', timeout: patience, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
        if (text.length > mostText) request.destroy(new Error('its response is too long'));
      });
      response.on('error', ({ message }) => resolve({ failed: message }));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on('timeout', () => request.destroy(new Error('no response within 3 seconds')));
    request.on('error', (error: NodeJS.ErrnoException) => resolve({ failed: error.code ?? error.message }));
  });
}

interface Words {
  readonly ok: boolean;
  readonly message: string;
  readonly why?: string;
  readonly next?: string;
  readonly severity: Finding['severity'];
}

function wordsOn(
  { failed, status, text = '' }: Answer,
  port: number,
  { path, world }: CheckContext['invocation'],
): Words {
  const version = /^gitlab_runner_version_info\{(?:[^}\n]*,)?version="([\w.~+-]{1,40})"/m.exec(text)?.[1];
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
