import type { Finding } from '../../../app/findings.ts';
import { textIn } from '../../../config/model.ts';
import { isSame, outsidePath } from '../../../host/config-folder.ts';
import { listenerOn } from '../../../host/listeners.ts';
import { askMetrics, type MetricsAnswer } from '../../../host/metrics-server.ts';
import { platformOf } from '../../../host/platform/index.ts';
import {
  type JobRequests,
  jobRequestsIn,
  metricsVersion,
  refusedOf,
  takenOf,
} from '../../../runner/job-requests.ts';
import {
  hasStartupJob,
  type MetricsServer,
  metricsAddress,
  metricsServerIn,
} from '../../../runner/metrics.ts';
import { expand } from '../../../text/expand.ts';
import { type Check, type CheckContext, type CheckResult, type Step, together, whoIs } from './check.ts';

/** Asks the metrics server of `listen_address`: does something listen, is it gitlab-runner, does it answer. */
export const metricsCheck: Check = { runs: 'online', run: checkMetrics };

async function checkMetrics({ config, invocation }: CheckContext): Promise<CheckResult> {
  const address = textIn(config.globals, 'listen_address');
  const server = metricsServerIn(config.globals);
  // The port of a container is another one than that of this machine, also when this is one.
  const isElsewhere = invocation.settings.container !== undefined || isUnseen(invocation);
  if (server === undefined || isElsewhere) return { steps: [], findings: [] };
  const answer = await askMetrics(server, '/metrics');
  const words = wordsOn(answer, server.port, invocation);
  const open = metricsAddress(address).isLoopback || !words.ok ? [] : [openTo(address)];
  const step = { about: address, what: 'metrics', ok: words.ok, words: words.message } as const;
  if (!words.ok) return { steps: [step], findings: [findingOf(address, words)] };
  const { log } = platformOf(invocation.world).usualService(invocation.world.env);
  const runners = config.runners.map((runner, at) => {
    const token = expand(textIn(runner, 'token'), invocation.world.env);
    return judgeRequests(whoIs(config, at), jobRequestsIn(answer.text ?? '', token), log);
  });
  const ready = config.runners.some(hasStartupJob) ? [await askReady(server, address, log)] : [];
  return together([{ steps: [step], findings: open }, ...ready, ...runners]);
}

/** By a count of gitlab-runner since it started, which says nothing of when. */
function judgeRequests(place: string, requests: JobRequests, logCommand: string): CheckResult {
  const [taken, refused] = [takenOf(requests), refusedOf(requests)];
  const words = `GitLab has responded to ${taken} job requests since gitlab-runner started`;
  const step: Step = { about: place, what: 'metrics', ok: true, words };
  const finding = (
    severity: Finding['severity'],
    message: string,
    why: string,
    next: string,
  ): CheckResult => ({
    steps: taken > 0 ? [step] : [],
    findings: [{ severity, rule: 'metrics', place, message, why, next }],
  });
  if (refused > 0)
    return finding(
      taken > 0 ? 'warning' : 'error',
      `GitLab has refused ${refused} of its job requests since gitlab-runner started`,
      'The runner was deleted, or its token was reset.',
      'runner-setup verify',
    );
  if (taken > 0) return { steps: [step], findings: [] };
  return finding(
    'note',
    'GitLab has not responded to any of its job requests since gitlab-runner started',
    'gitlab-runner has just started, uses another file, or cannot connect to GitLab.',
    logCommand,
  );
}

// The page is that of gitlab-runner itself, and only versions with this job have it.
async function askReady(server: MetricsServer, address: string, logCommand: string): Promise<CheckResult> {
  const { status } = await askMetrics(server, '/health/ready');
  if (status === 404) return { steps: [], findings: [] };
  const ok = status === 200;
  const message = `the startup job (boot_verify) has ${ok ? '' : 'not '}succeeded`;
  const step: Step = { about: address, what: 'metrics', ok, words: message };
  const finding: Finding = {
    severity: 'warning',
    rule: 'metrics',
    place: `listen_address ${address}`,
    message: `${message}${ok ? '' : ' yet'}`,
    why: `/health/ready ${status === undefined ? 'does not respond' : `responds with HTTP ${status}`}.`,
    next: logCommand,
  };
  return { steps: [step], findings: ok ? [] : [finding] };
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
