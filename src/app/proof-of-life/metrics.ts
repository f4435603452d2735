import { textIn } from '../../config/model.ts';
import { Trouble } from '../../errors.ts';
import { askMetrics } from '../../host/metrics-server.ts';
import {
  type JobRequests,
  jobRequestsIn,
  metricsVersion,
  refusedOf,
  takenOf,
} from '../../runner/job-requests.ts';
import { hasStartupJob, type MetricsServer, metricsServerIn } from '../../runner/metrics.ts';
import type { Blind, Evidence, Subject, Watch } from './evidence.ts';

/** The metrics of gitlab-runner, where `listen_address` is set: whether GitLab responds to job requests of the runner. */
export const metricsEvidence: Evidence = { open };

async function open({ file, globals, token, entry }: Subject): Promise<Watch | Blind | undefined> {
  // The port of a container is another one than that of this machine.
  if (file.container !== undefined) return undefined;
  const address = textIn(globals, 'listen_address');
  if (address === '') return { why: 'listen_address is not set, so there are no metrics.' };
  const server = metricsServerIn(globals);
  if (server === undefined) return { why: `listen_address cannot be read as HOST:PORT: ${address}.` };
  const { text = '', failed = 'this is not gitlab-runner' } = await askMetrics(server, '/metrics');
  if (metricsVersion(text) === undefined) return { why: `There are no metrics at ${address}: ${failed}.` };
  const waits = hasStartupJob(entry.runner);
  return watch({ server, address, token, waits }, jobRequestsIn(text, token));
}

interface Watched {
  readonly server: MetricsServer;
  readonly address: string;
  readonly token: string;
  /** Whether gitlab-runner runs a job of its own first. */
  readonly waits: boolean;
}

// A count says nothing of when: only what is added counts.
function watch({ server, address, token, waits }: Watched, before: JobRequests): Watch {
  let why = `The metrics at ${address} show no response to a job request of the runner.`;
  return {
    by: 'metrics',
    who: `the metrics at ${address}`,
    seen: 'gitlab-runner requests jobs for the runner, and GitLab responds.',
    isEnough: false,
    look: async () => {
      const { text, failed } = await askMetrics(server, '/metrics');
      if (text === undefined) {
        why = `The metrics at ${address} can no longer be read: ${failed}.`;
        return false;
      }
      const now = jobRequestsIn(text, token);
      if (takenOf(now) > takenOf(before)) return true;
      if (refusedOf(now) > refusedOf(before)) throw refusal(address);
      if (waits && !(await isReady(server)))
        why = 'gitlab-runner is not ready: its startup job (boot_verify) has not succeeded yet.';
      return false;
    },
    unseen: () => ({ why, hint: 'runner-setup doctor' }),
  };
}

const refusal = (address: string): Trouble =>
  new Trouble('GitLab refused the runner: the runner was deleted, or its token was reset.', {
    why: `Seen in the metrics at ${address}: job requests are refused.`,
    hint: 'runner-setup verify',
  });

// Only versions with this job have the page.
async function isReady(server: MetricsServer): Promise<boolean> {
  const { status } = await askMetrics(server, '/health/ready');
  return status === 200 || status === 404;
}
