import { jobWords, waitForJobs } from '../../../app/drain.ts';
import { pause, type Reversal } from '../../../app/interrupt.ts';
import { inspectContainers, runningJobs } from '../../../engine/containers.ts';
import { textAt } from '../../../engine/inspected.ts';
import { inspect, run } from '../../../engine/run.ts';
import { type ContainerPart, isUp } from '../../../engine/upgrade-steps.ts';
import { type Spin, spin } from '../../../terminal/spin.ts';
import { timeWords } from '../../../text/duration.ts';
import { type ContainerContext, shownBy } from '../context.ts';
import type { UpgradeJob } from './job.ts';
import { seen } from './state.ts';

/**
 * Lets the old container finish its jobs: SIGQUIT, then waiting until it ends, or until the time is over, after which
 * what still runs is stopped. Returns early when the person turns back, and then the next call goes on waiting.
 */
export async function drain(job: UpgradeJob, reversal: Reversal, old: ContainerPart): Promise<void> {
  const { context, request, progress } = job;
  const isBack = reversal.back.aborted;
  const jobs = await runningJobs(context.engine);
  const limit = timeWords(request.drainTimeout);
  if (isBack) {
    context.say.talk(
      `${old.name} is stopping and takes no new jobs. It restarts when its jobs have finished, or after ${limit}.`,
    );
    context.say.talk('To stop the jobs now, press Ctrl-C again.');
  } else if (jobs && request.drainTimeout > 0)
    context.say.talk(`${jobWords(jobs, old.name)}. Waiting up to ${limit} for jobs to finish.`);
  if (progress.toldToEnd !== old.startedAt) await tellToEnd(job, old);
  progress.toldToEnd = old.startedAt;
  await spin(context.world, context.say, `Waiting for the jobs of ${old.name}`, async (spinner) => {
    const signal = isBack ? reversal.hurry : reversal.back;
    const has = await waitForJobs(context.world, {
      ...{ limit: request.drainTimeout, jobs, spinner, signal, runner: 'The old container' },
      hasEnded: () => hasEnded(job, old),
      countJobs: () => runningJobs(context.engine),
    });
    if (has === 'ended' || (has === 'stopped' && !isBack)) return;
    context.say.talk(
      has === 'late' && request.drainTimeout > 0
        ? `${limit} have passed. Stopping the remaining jobs.`
        : 'Stopping the remaining jobs.',
    );
    await endNow(job, old, spinner);
  });
}

/**
 * Whether the restart policy of a container brings it back after a mere signal: Podman before 5.1 cannot change the
 * policy. After `stop` it does not.
 */
export const comesBack = (
  { canSetRestart }: Pick<UpgradeJob['progress'], 'canSetRestart'>,
  { restart }: ContainerPart,
): boolean => !canSetRestart && /^(always|unless-stopped)/.test(restart);

/** How many seconds `stop` is to wait: longer than the jobs may take, so that the limit is kept here. */
export const patienceFor = ({ drainTimeout }: UpgradeJob['request']): string =>
  String(Math.ceil(drainTimeout / 1000) + 60);

/** Whether `stop` lets the jobs of a container finish: the signal of its stop is SIGQUIT. */
export async function stopsByQuit(
  { engine }: Pick<ContainerContext, 'engine'>,
  name: string,
): Promise<boolean> {
  const printed = await inspect(engine, 'container', name);
  return printed !== undefined && /^(SIGQUIT|QUIT|3)$/i.test(textAt(printed, 'Config', 'StopSignal'));
}

async function tellToEnd({ context, request, progress }: UpgradeJob, old: ContainerPart): Promise<void> {
  const { engine, say } = context;
  if (comesBack(progress, old) && (await stopsByQuit(context, old.name))) {
    // It ends when the container does, which is waited for otherwise.
    const watch = { ...shownBy(say), seconds: Infinity };
    void run(engine, ['stop', '-t', patienceFor(request), old.name], watch).catch(() => undefined);
    return;
  }
  // One that ends again and again has no jobs, and there may be no process to get a signal.
  const words = old.status === 'restarting' ? ['stop', '-t', '10'] : ['kill', '--signal', 'SIGQUIT'];
  try {
    await run(engine, [...words, old.name], shownBy(say));
  } catch (error) {
    if (!(await isOverNow(context, old))) throw error;
  }
}

// A restart policy that could not be switched off brings it back: then it is stopped before it takes a job.
async function hasEnded({ context, progress }: UpgradeJob, old: ContainerPart): Promise<boolean> {
  const isOver = await isOverNow(context, old);
  if (!isOver || !comesBack(progress, old)) return isOver;
  await pause(1500);
  const [now] = await inspectContainers(context.engine, [old.id]);
  if (now !== undefined && isUp(seen(now)))
    await run(context.engine, ['stop', '-t', '10', old.name], shownBy(context.say));
  return true;
}

async function isOverNow({ engine }: ContainerContext, old: ContainerPart): Promise<boolean> {
  const [now] = await inspectContainers(engine, [old.id]);
  if (now === undefined || !isUp(seen(now))) return true;
  return now.state.startedAt !== old.startedAt || now.state.restarting;
}

async function endNow(job: UpgradeJob, old: ContainerPart, spinner: Spin): Promise<void> {
  const { engine, say, world } = job.context;
  // SIGTERM makes gitlab-runner cancel its jobs and clean up after them.
  await run(engine, ['kill', '--signal', 'SIGTERM', old.name], shownBy(say)).catch(() => undefined);
  spinner.says('Stopping the jobs');
  const start = world.now().getTime();
  while (world.now().getTime() - start < 40_000) {
    if (await hasEnded(job, old)) return;
    await pause(500);
  }
  await run(engine, ['stop', '-t', '5', old.name], shownBy(say));
}
