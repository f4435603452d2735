import { type Finding, wordsOf } from '../../../app/findings.ts';
import { Trouble } from '../../../errors.ts';
import type { Gitlab } from '../../../gitlab/calls.ts';
import { detailsOf, type JobOfRunner, type RunnerDetails } from '../../../gitlab/runner-calls.ts';
import { isBefore } from '../../../runner/version-skew.ts';
import { harmless } from '../../../text/sanitize.ts';
import type { CheckResult } from './check.ts';

/** The runner whose jobs are looked for. */
interface Subject {
  /** What it is called. */
  readonly place: string;
  readonly url: string;
  readonly id: number;
  /** Of this machine. */
  readonly systemId: string;
  /** Of GitLab, where that is known. */
  readonly gitlabVersion: string | undefined;
  /** What GitLab shows of it, or why it shows nothing. */
  readonly runner: Readonly<Record<string, unknown>> | Trouble;
}

/**
 * Looks for a job that this machine has run for a runner, and where there is none, for one that waits for it. Makes
 * none. Says what GitLab does not tell.
 */
export async function lookForJob(
  subject: Subject,
  gitlab: Gitlab,
  accessToken: string,
): Promise<CheckResult> {
  const { place, id, systemId, gitlabVersion = '' } = subject;
  try {
    if (isBefore(gitlabVersion, [16, 7])) return await lookAmongAll(subject, gitlab, accessToken);
    const [last] = await gitlab.recentJobs(accessToken, id, systemId);
    if (last !== undefined) return judgeLast(subject, last);
    const elsewhere = await gitlab.recentJobs(accessToken, id);
    const message =
      elsewhere.length === 0 ? noJob : 'this host has not run a job of this runner yet, but other hosts have';
    return { steps: [], findings: [await withoutJob(subject, message, gitlab, accessToken)] };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const message = `cannot tell whether this host has run a job. ${error.message}`;
    return { steps: [], findings: [{ severity: 'note', rule: 'jobs', place, ...wordsOf(error), message }] };
  }
}

const noJob = 'this runner has not run a job yet';

// GitLab may list the jobs of other hosts, too, and its answer does not say which host ran one.
async function lookAmongAll(subject: Subject, gitlab: Gitlab, accessToken: string): Promise<CheckResult> {
  const { place, id, gitlabVersion } = subject;
  const [last] = await gitlab.recentJobs(accessToken, id);
  if (last === undefined)
    return { steps: [], findings: [await withoutJob(subject, noJob, gitlab, accessToken)] };
  const finding: Finding = {
    severity: 'note',
    rule: 'jobs',
    place,
    message: 'cannot tell whether this host has run a job',
    why: `GitLab ${harmless(gitlabVersion ?? '', 40)} may list jobs of other hosts. The last one was ${wordsOnJob(last)}: ${harmless(last.status, 40)}, ${harmless(last.url, 200)}`,
  };
  return { steps: [], findings: [finding] };
}

// That a script fails says nothing of the runner.
function judgeLast({ place }: Subject, job: JobOfRunner): CheckResult {
  const { failureReason } = job;
  const isOfRunner = failureReason !== undefined && ownFaults.includes(failureReason);
  const words = `${wordsOnJob(job)} was the last on this host: ${harmless(job.status, 40)}, ${harmless(job.url, 200)}`;
  const finding: Finding = {
    severity: 'warning',
    rule: 'jobs',
    place,
    message: `${wordsOnJob(job)} failed because of the runner (${failureReason})`,
    next: `See the job log: ${harmless(job.url, 200)}`,
  };
  return {
    steps: [{ about: place, what: 'jobs', ok: !isOfRunner, words }],
    findings: isOfRunner ? [finding] : [],
  };
}

const ownFaults = [
  'runner_system_failure',
  'runner_unsupported',
  'image_pull_failure',
  'runner_configuration_error',
];

const wordsOnJob = ({ id, name }: JobOfRunner): string => `job ${id} "${harmless(name, 100)}"`;

async function withoutJob(
  { place, runner }: Subject,
  message: string,
  gitlab: Gitlab,
  accessToken: string,
): Promise<Finding> {
  const finding: Finding = { severity: 'note', rule: 'jobs', place, message };
  if (runner instanceof Trouble)
    return { ...finding, next: 'Run any pipeline that has a job for this runner.' };
  const details = detailsOf(runner);
  const { why, waiting } = await waitingFor(details, gitlab, accessToken);
  if (waiting === undefined) return { ...finding, why, next: wordsOnPipeline(details) };
  return {
    ...finding,
    severity: 'warning',
    message: `${message}, and ${wordsOnJob(waiting)} is pending`,
    why,
    next: `See the job: ${harmless(waiting.url, 200)}`,
  };
}

function wordsOnPipeline({ tags, runUntagged }: RunnerDetails): string {
  if (runUntagged) return 'Run any pipeline.';
  const names = tags.map((tag) => harmless(tag, 60)).join(', ');
  return `Run any pipeline that has a job with ${tags.length === 1 ? 'the tag' : 'one or more of the tags'} ${names}.`;
}

interface Waiting {
  readonly why: string;
  readonly waiting?: JobOfRunner;
}

/** More would take long. */
const mostProjects = 5;

// GitLab lists pending jobs by project only.
async function waitingFor(
  { projects, tags, runUntagged, isProtected }: RunnerDetails,
  gitlab: Gitlab,
  accessToken: string,
): Promise<Waiting> {
  if (projects.length === 0)
    return {
      why: 'Cannot tell whether a job is pending for it: GitLab lists pending jobs of projects only.',
    };
  const fits = (job: JobOfRunner) =>
    job.tags.length === 0 ? runUntagged : job.tags.every((tag) => tags.includes(tag));
  try {
    for (const { id } of projects.slice(0, mostProjects)) {
      const waiting = (await gitlab.pendingJobs(accessToken, id)).find(fits);
      if (waiting === undefined) continue;
      const why = isProtected
        ? 'The tags of the job fit, but a protected runner only runs jobs of protected branches and tags.'
        : 'The tags of the job fit. Either the runner does not request jobs, or another runner takes the job first.';
      return { why, waiting };
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { why: `Cannot tell whether a job is pending for it. ${error.message}` };
  }
  const count = Math.min(projects.length, mostProjects);
  const of =
    projects.length > mostProjects ? `the first ${count} of its ${projects.length} projects` : 'its projects';
  return { why: `No pending job of ${of} fits its tags.` };
}
