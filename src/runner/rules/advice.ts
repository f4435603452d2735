import type { PlanInput } from '../plan.ts';

/** What a person should know of a runner together with the rest of the file, one sentence each; gitlab-runner warns of the first two. */
export function adviceFor({ known, present, credential }: PlanInput): string[] {
  const { settings } = known;
  // gitlab-runner's own default when the file says nothing.
  const concurrent = Number(settings.concurrent ?? present.globals.concurrent ?? 1);
  const raise = `Raise it with --concurrent, or in the file.`;
  const advice: string[] = [];
  if ((settings.limit ?? 0) > concurrent) {
    advice.push(
      `limit is ${settings.limit}, but this host runs ${jobs(concurrent)} at once (concurrent). ${raise}`,
    );
  }
  if ((settings.requestConcurrency ?? 0) > concurrent) {
    advice.push(
      `request_concurrency is ${settings.requestConcurrency}, but this host runs ${jobs(concurrent)} at once (concurrent). ${raise}`,
    );
  }
  if (credential.kind === 'registration') {
    advice.push(
      'GitLab is retiring registration tokens (gone in 20.0): create the runner in GitLab, or with --access-token.',
    );
  }
  return advice;
}

const jobs = (count: number): string => (count === 1 ? '1 job' : `${count} jobs`);
