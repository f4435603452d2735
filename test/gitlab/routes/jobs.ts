import { type Answer, empty, error, forbidden, json, text } from '../answers.ts';
import type { Call, Route } from '../call.ts';
import { type Job, jobPayload } from '../job.ts';
import { checkParams } from '../params.ts';
import { heartbeat, runnerByToken } from '../runners.ts';
import { queueValue, type Runner, type State } from '../state.ts';
import { shareRoute } from './shared.ts';

/** Handing out the queued job and taking its log and result (gitlab-api.md 8). */
export const jobRoutes: Route[] = [
  shareRoute('POST /jobs/request', (call) => {
    checkParams(call.params, { fields: [{ name: 'token', kind: 'string', required: true }] });
    const runner = runnerByToken(call.state, call.params.token);
    heartbeat(call.state, runner, call.params);
    runner.creationState = 'finished';
    const job = jobFor(call, runner);
    if (job === undefined) return empty(204, { 'X-GitLab-Last-Update': queueValue(call.state) });
    job.status = 'pending';
    job.runnerId = runner.id;
    return json(201, jobPayload(call.state, job));
  }),
  shareRoute('PUT /jobs/:id', (call) => {
    checkParams(call.params, {
      fields: [
        { name: 'id', kind: 'integer' },
        { name: 'token', kind: 'string', required: true },
      ],
    });
    const job = ownJob(call, call.params.token);
    if (isDone(job)) throw notProcessing(job);
    job.lastUpdate = call.params;
    return update(job, call.params.state);
  }),
  shareRoute('PATCH /jobs/:id/trace', (call) => {
    const job = ownJob(call, call.headers['job-token'] ?? call.params.token);
    if (job.status !== 'running') throw notProcessing(job);
    return append(job, call);
  }),
];

function jobFor(call: Call, runner: Runner): Job | undefined {
  const { job } = call.state;
  if (job?.status !== 'queued' || runner.paused) return undefined;
  if (call.params.last_update === queueValue(call.state)) return undefined;
  return takes(runner, job.setup.tags ?? []) ? job : undefined;
}

const takes = (runner: Runner, tags: string[]): boolean =>
  tags.length === 0 ? runner.runUntagged : tags.every((tag) => runner.tags.includes(tag));

function ownJob({ state, at }: Call, token: unknown): Job {
  const { job } = state as State;
  if (job === undefined || String(job.id) !== at.id || job.token !== token) throw forbidden();
  return job;
}

const isDone = (job: Job): boolean => job.status === 'success' || job.status === 'failed';

const notProcessing = (job: Job) =>
  forbidden('Job is not processing on runner', { 'Job-Status': shownStatus(job) });

function shownStatus(job: Job): string {
  if (job.status === 'running') return job.setup.cancel ?? 'running';
  return job.status === 'queued' ? 'pending' : job.status;
}

function update(job: Job, state: unknown): Answer {
  if (state === 'running' || state === 'pending') {
    if (state === 'running') job.status = 'running';
    return bare(200, job);
  }
  if (state !== 'success' && state !== 'failed') return text(400, '400');
  if (job.pollsLeft > 0) {
    job.pollsLeft--;
    return bare(202, job);
  }
  job.status = state;
  return text(200, '200', { 'Job-Status': state });
}

const bare = (status: number, job: Job): Answer =>
  text(status, String(status), {
    'Job-Status': shownStatus(job),
    'X-GitLab-Trace-Update-Interval': status === 202 ? '1' : '3',
  });

function append(job: Job, call: Call): Answer {
  const range = call.headers['content-range'];
  if (range === undefined) throw error(400, '400 Missing header Content-Range');
  const start = Number(/^(\d+)-(\d+)$/.exec(range)?.[1] ?? Number.NaN);
  if (start !== job.trace.length) {
    throw error(416, '416 Range Not Satisfiable', { Range: `0-${job.trace.length}` });
  }
  if (job.trace.length + call.raw.length > (job.setup.traceLimit ?? Number.POSITIVE_INFINITY)) {
    throw error(403, '403 Forbidden');
  }
  job.trace = Buffer.concat([job.trace, call.raw]);
  return empty(202, {
    'Job-Status': shownStatus(job),
    Range: `0-${job.trace.length}`,
    'X-GitLab-Trace-Update-Interval': '3',
  });
}
