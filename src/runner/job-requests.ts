import { shortTokens } from './log.ts';

/** How GitLab answered the job requests of a runner since gitlab-runner started: how often with each HTTP status. */
export type JobRequests = ReadonlyMap<number, number>;

/** The version of the gitlab-runner whose metrics a text is; nothing when it is not that of gitlab-runner. */
export const metricsVersion = (text: string): string | undefined =>
  /^gitlab_runner_version_info\{(?:[^}\n]*,)?version="([\w.~+-]{1,40})"/m.exec(text)?.[1];

/**
 * Reads the job requests of a runner in the metrics of gitlab-runner, where it has the short form of its token. One that
 * never got an answer is not counted there.
 */
export function jobRequestsIn(metrics: string, token: string): JobRequests {
  const shorts = shortTokens(token);
  const counts = new Map<number, number>();
  for (const [, all = '', value] of metrics.matchAll(sample)) {
    const labels = new Map([...all.matchAll(label)].map(([, name = '', text = '']) => [name, text]));
    const isOwn = labels.get('endpoint') === 'request_job' && shorts.includes(labels.get('runner') ?? '');
    const status = Number(labels.get('status'));
    if (isOwn) counts.set(status, (counts.get(status) ?? 0) + Number(value));
  }
  return counts;
}

const sample = /^gitlab_runner_api_request_statuses_total\{([^}\n]*)\} ([\d.e+]+)/gm;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** How many of the requests GitLab took: with a job, without one, or with one that another runner got. */
export const takenOf = (requests: JobRequests): number =>
  sumOf(requests, (status) => [201, 204, 409].includes(status));

/** How many of the requests GitLab refused because of the token. */
export const refusedOf = (requests: JobRequests): number =>
  sumOf(requests, (status) => [401, 403].includes(status));

const sumOf = (requests: JobRequests, fits: (status: number) => boolean): number =>
  [...requests].reduce((sum, [status, count]) => (fits(status) ? sum + count : sum), 0);
