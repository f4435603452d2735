import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { version } from '../../package.json';
import { type ExitCode, exitCode } from '../errors.ts';
import { completePath } from '../host/places.ts';
import {
  type Clock,
  clockAt,
  isCronRunning,
  isSystemdRunning,
  type Job,
  type Rhythm,
  rhythms,
  type Task,
} from '../host/schedule.ts';
import type { Reading } from '../terminal/options.ts';
import type { Channel, Say } from '../terminal/say.ts';
import { withoutSecrets } from '../text/secret-words.ts';
import { shellLine } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { showPlainDiff } from './diff.ts';
import { channelOf, dryRunCode, isSwitchedOn, misuse, takeInvocation, wordOf } from './invocation.ts';
import { change, noClock, planChange, type ScheduleChange } from './schedule-apply.ts';

/** What is to run again and again: the words behind those of the job, and the variables that it needs. */
export interface ScheduledWork {
  readonly job: Job;
  /** Throws what the flags have wrong, and says what is worth knowing; asked only when it is going to run. */
  work(say: Say): { readonly words: readonly string[]; readonly env: Readonly<Record<string, string>> };
  /** Warns of what a run could not do now; asked only where the system can schedule it. */
  warnOfRun?(say: Say): Promise<void>;
}

/** `--schedule` and `--unschedule`: shows the files by which the system runs a command again and again, and puts or removes them. */
export async function changeSchedule(
  reading: Reading,
  world: World,
  { job, work, warnOfRun }: ScheduledWork,
): Promise<ExitCode> {
  const invocation = await takeInvocation(reading, world, {});
  const { say, dryRun, yes, mayAsk } = invocation;
  const rhythm = rhythmOf(reading.verbFlags);
  const root = completePath(wordOf(reading.verbFlags, 'root') ?? '/', world);
  const clock = clockAt(root, world.home, world.uid === 0 || root !== '/');
  if (clock === undefined) throw noClock(root, job);
  const task = rhythm && taskOf({ job, rhythm, clock, ...work(say) }, world, say);
  const planned = await planChange(
    { job, clock, root, isRunning: isSystemdRunning(root), env: world.env },
    task,
  );
  if (rhythm !== undefined) await warnOfRun?.(say);
  const isIdle = rhythm !== undefined && root === '/' && clock.kind !== 'systemd' && !isCronRunning();
  const answer = { say, job, clock, rhythm, planned, isIdle };
  if (planned.parts.length + planned.last.length === 0) return tell(answer, 'unchanged');
  const isAgreed = yes || !mayAsk;
  await show(say, planned, channelOf({ dryRun, mayAsk: true, yes: isAgreed }));
  if (dryRun) {
    tell(answer, 'planned');
    return dryRunCode(invocation, true);
  }
  if (!isAgreed) await agree(world, say);
  await change(world, say, planned);
  return tell(answer, rhythm === undefined ? 'unscheduled' : 'scheduled');
}

function rhythmOf(verbFlags: Reading['verbFlags']): Rhythm | undefined {
  const word = wordOf(verbFlags, 'schedule');
  const isEnd = isSwitchedOn(verbFlags, 'unschedule');
  if (word !== undefined && isEnd)
    throw misuse('--schedule and --unschedule cannot be combined.', 'Use one of them.');
  if (isEnd) return undefined;
  const rhythm = rhythms.find((one) => one === word);
  if (rhythm !== undefined) return rhythm;
  throw misuse(`--schedule ${word ?? ''} is not a valid interval.`, `Use one of: ${rhythms.join(', ')}.`);
}

async function show(say: Say, { parts, first, last }: ScheduleChange, to: Channel): Promise<void> {
  if (say.mode.json) return;
  for (const { name, before, after } of parts)
    await showPlainDiff(say, { file: name, before, after: after ?? '' }, to);
  if (to === 'result') for (const command of [...first, ...last]) say.result(`$ ${shellLine(command)}`);
}

async function agree(world: World, say: Say): Promise<void> {
  const { cancelled, personOf } = await import('../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree('Apply these changes?', true))) throw cancelled();
}

interface ScheduleOutcome {
  readonly job: Job;
  readonly say: Say;
  readonly clock: Clock;
  readonly rhythm: Rhythm | undefined;
  readonly planned: ScheduleChange;
  /** Whether cron is to run it, and does not run itself. */
  readonly isIdle: boolean;
}

type Action = 'scheduled' | 'unscheduled' | 'unchanged' | 'planned';

function tell({ say, job, clock, rhythm, planned, isIdle }: ScheduleOutcome, action: Action): ExitCode {
  const changed = action !== 'unchanged';
  const by = clock.kind === 'systemd' ? 'systemd' : 'cron';
  if (isIdle) say.warn(`no cron daemon is running, so the ${job.noun} will not run. Start cron (or crond).`);
  if (say.mode.json) {
    const files = planned.parts.map(({ name, after }) => ({
      file: name,
      ...(after !== undefined && { text: withoutSecrets(after) }),
    }));
    const commands = [...planned.first, ...planned.last].map(shellLine);
    const schedule = { by, ...(rhythm && { rhythm }), files } as const;
    say.object({ action, changed, commands, schedule });
    return exitCode.done;
  }
  say.done(
    isIdle && action !== 'planned'
      ? `The ${job.noun} is scheduled to run ${rhythm}, using cron.`
      : sentences[action](job, rhythm, by),
  );
  if (action === 'scheduled' && clock.kind === 'systemd') tellSystemd(say, job, clock.isUser);
  return exitCode.done;
}

const sentences: Readonly<Record<Action, (job: Job, rhythm: Rhythm | undefined, by: string) => string>> = {
  scheduled: ({ noun }, rhythm, by) => `The ${noun} now runs ${rhythm}, using ${by}.`,
  unscheduled: ({ noun }) => `The ${noun} is no longer scheduled.`,
  unchanged: ({ noun }, rhythm, by) =>
    rhythm === undefined
      ? `Nothing to change: no ${noun} is scheduled.`
      : `Nothing to change: the ${noun} already runs ${rhythm}, using ${by}.`,
  planned: () => 'Nothing was changed. This is what would change.',
};

function tellSystemd(say: Say, { name }: Job, isUser: boolean): void {
  const user = isUser ? ' --user' : '';
  say.talk(`Next run: systemctl${user} list-timers ${name}.timer`);
  say.talk(`Log: journalctl${user} --unit ${name}.service`);
  if (isUser)
    say.note('user timers do not run while the user is logged out. To change this: loginctl enable-linger');
}

interface TaskInput extends Pick<Task, 'job' | 'rhythm' | 'env'> {
  readonly clock: Clock;
  readonly words: readonly string[];
}

// This program by its absolute path, with what was given.
function taskOf({ job, rhythm, clock, words, env }: TaskInput, world: World, say: Say): Task {
  const { command, path } = programOf(world, say);
  return {
    job,
    rhythm,
    command: [
      ...command,
      ...job.words.split(' '),
      ...words,
      '--yes',
      '--non-interactive',
      // Cron sends a mail for every word; systemd keeps them in its journal.
      ...(clock.kind === 'systemd' ? [] : ['--quiet']),
    ],
    env: { ...path, ...env },
  };
}

// What npx fetched may be gone tomorrow: then it is fetched again, in the same version.
function programOf(
  { program: [node, script] }: World,
  say: Say,
): Pick<Task, 'command'> & { path?: { PATH: string } } {
  if (!/[\\/]_npx[\\/]/.test(script)) return { command: [node, script] };
  const folder = dirname(node);
  const npx = join(folder, 'npx');
  say.note(
    'runner-setup was started by npx, so scheduled runs may download it again. To avoid this, run ' +
      'npm install --global runner-setup, then this command again.',
  );
  const command = [...(existsSync(npx) ? [node, npx] : ['npx']), '--yes', `runner-setup@${version}`];
  // npx starts the program by the word node alone.
  return {
    command,
    path: { PATH: `${folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` },
  };
}
