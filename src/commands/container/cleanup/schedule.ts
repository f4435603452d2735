import { showPlainDiff } from '../../../app/diff.ts';
import { dryRunCode, isSwitchedOn, misuse, takeInvocation } from '../../../app/invocation.ts';
import { hasLimit } from '../../../engine/disk-usage.ts';
import { type ExitCode, exitCode } from '../../../errors.ts';
import { completePath } from '../../../host/places.ts';
import {
  type Clock,
  clockAt,
  isCronRunning,
  isSystemdRunning,
  type Rhythm,
  rhythms,
  scheduleName,
} from '../../../host/schedule.ts';
import type { Reading } from '../../../terminal/options.ts';
import type { Channel, Say } from '../../../terminal/say.ts';
import { withoutSecrets } from '../../../text/secret-words.ts';
import type { World } from '../../../world.ts';
import { channelOf, shellLine, wordOf } from '../context.ts';
import type { CleanupRequest } from './request.ts';
import { change, noClock, planChange, type ScheduleChange } from './schedule-apply.ts';
import { taskOf } from './schedule-task.ts';

/** `--schedule` and `--unschedule`: shows the files by which the system runs the cleanup again and again, and puts or removes them. */
export async function changeSchedule(
  reading: Reading,
  world: World,
  request: CleanupRequest,
): Promise<ExitCode> {
  const invocation = await takeInvocation(reading, world, { names: [] });
  const { say, dryRun, yes, mayAsk } = invocation;
  const rhythm = rhythmOf(reading.verbFlags);
  const root = completePath(wordOf(reading.verbFlags, 'root') ?? '/', world);
  const clock = clockAt(root, world.home, world.uid === 0 || root !== '/');
  if (clock === undefined) throw noClock(root);
  const task = rhythm && taskOf({ rhythm, reading, clock, invocation: request }, world, say);
  if (task !== undefined && !hasLimit(request.limits))
    say.note(
      'without limits, each run removes everything that it can. To clean up only when space is low: --low-free-space 10G',
    );
  const planned = await planChange({ clock, root, isRunning: isSystemdRunning(root), env: world.env }, task);
  const isIdle = rhythm !== undefined && root === '/' && clock.kind !== 'systemd' && !isCronRunning();
  const answer = { say, clock, rhythm, planned, isIdle };
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
  const { cancelled, personOf } = await import('../../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree('Apply these changes?', true))) throw cancelled();
}

interface ScheduleOutcome {
  readonly say: Say;
  readonly clock: Clock;
  readonly rhythm: Rhythm | undefined;
  readonly planned: ScheduleChange;
  /** Whether cron is to run it, and does not run itself. */
  readonly isIdle: boolean;
}

type Action = 'scheduled' | 'unscheduled' | 'unchanged' | 'planned';

function tell({ say, clock, rhythm, planned, isIdle }: ScheduleOutcome, action: Action): ExitCode {
  const changed = action !== 'unchanged';
  const by = clock.kind === 'systemd' ? 'systemd' : 'cron';
  if (isIdle) say.warn('no cron daemon is running, so the cleanup will not run. Start cron (or crond).');
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
      ? `The cleanup is scheduled to run ${rhythm}, using cron.`
      : sentences[action](rhythm, by),
  );
  if (action === 'scheduled' && clock.kind === 'systemd') tellSystemd(say, clock.isUser);
  return exitCode.done;
}

const sentences: Readonly<Record<Action, (rhythm: Rhythm | undefined, by: string) => string>> = {
  scheduled: (rhythm, by) => `The cleanup now runs ${rhythm}, using ${by}.`,
  unscheduled: () => 'The cleanup is no longer scheduled.',
  unchanged: (rhythm, by) =>
    rhythm === undefined
      ? 'Nothing to change: no cleanup is scheduled.'
      : `Nothing to change: the cleanup already runs ${rhythm}, using ${by}.`,
  planned: () => 'Nothing was changed. This is what would change.',
};

function tellSystemd(say: Say, isUser: boolean): void {
  const user = isUser ? ' --user' : '';
  say.talk(`Next run: systemctl${user} list-timers ${scheduleName}.timer`);
  say.talk(`Log: journalctl${user} --unit ${scheduleName}.service`);
  if (isUser)
    say.note('user timers do not run while the user is logged out. To change this: loginctl enable-linger');
}
