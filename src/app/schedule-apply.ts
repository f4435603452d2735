import { Trouble } from '../errors.ts';
import {
  type Clock,
  type Job,
  scheduleFiles,
  schedulePaths,
  type Task,
  tableAfter,
} from '../host/schedule.ts';
import { putText, type Ran, runSystem, textAt } from '../host/schedule-run.ts';
import type { Say } from '../terminal/say.ts';
import { shellLine } from '../text/shell-quote.ts';
import type { Env, World } from '../world.ts';
import { type Rollback, withRollback } from './rollback.ts';

/** One text that changes: a file, or the table of a user; without `after` it goes. */
interface Part {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

type Command = readonly [string, ...string[]];

/** All that a schedule needs to become what it should be; nothing when it is already. */
export interface ScheduleChange {
  readonly parts: readonly Part[];
  /** What systemd is told before the files change, and afterwards. */
  readonly first: readonly Command[];
  readonly last: readonly Command[];
  /** What it is told when that is taken back: with the files as they were before, or while the new ones are still there. */
  readonly back: readonly Command[];
}

/** Where the schedule is to be. */
export interface ScheduleTarget {
  readonly job: Job;
  readonly clock: Clock;
  readonly root: string;
  readonly isRunning: boolean;
  readonly env: Env;
}

const tableName = 'the crontab of this user';

/** Compares what is there with what should be; without a task all of it goes. Throws when there is neither systemd nor cron. */
export async function planChange(place: ScheduleTarget, task: Task | undefined): Promise<ScheduleChange> {
  const { clock } = place;
  const parts = clock.kind === 'crontab' ? await tableParts(place, task) : fileParts(place, task);
  if (clock.kind !== 'systemd') return { parts, first: [], last: [], back: [] };
  const [on, off, reload] = [systemdOn, systemdOff, systemdReload].map((answer) =>
    answer(place, clock.isUser),
  );
  if (task === undefined)
    return parts.length > 0 ? { parts, first: off!, last: reload!, back: [...reload!, ...on!] } : nothing;
  if (parts.length === 0 && (await isOnAlready(place, clock.isUser))) return nothing;
  const wasThere = parts.every(({ before }) => before !== undefined);
  return { parts, first: [], last: [...reload!, ...on!], back: wasThere ? [...reload!, ...on!] : off! };
}

const nothing: ScheduleChange = { parts: [], first: [], last: [], back: [] };

function fileParts({ clock, job }: ScheduleTarget, task: Task | undefined): Part[] {
  const request: { path: string; text?: string }[] =
    task === undefined ? schedulePaths(clock, job).map((path) => ({ path })) : scheduleFiles(clock, task);
  return request
    .map(({ path, text }) => ({ name: path, before: textAt(path), after: text }))
    .filter(({ before, after }) => before !== after);
}

/** What is thrown where nothing can run a command again and again. */
export const noClock = (root: string, { noun, words }: Job): Trouble =>
  new Trouble(
    `Cannot schedule the ${noun}: ${root === '/' ? 'this system' : root} has neither systemd nor cron.`,
    {
      hint: `Use your own scheduler to run: runner-setup ${words} --yes --quiet`,
    },
  );

async function tableParts({ job, env }: ScheduleTarget, task: Task | undefined): Promise<Part[]> {
  const command: Command = ['crontab', '-l'];
  const listed = await runSystem(command, { ...env, LC_ALL: 'C' });
  if (listed === undefined) {
    if (task === undefined) return [];
    throw noClock('/', job);
  }
  // Who has no table yet is told so, with code 1; after any other fault a table is there, and would be lost.
  if (listed.code !== 0 && !hasNone.test(listed.said)) throw failed(command, listed);
  const before = listed.code === 0 ? listed.words : '';
  const after = tableAfter(before, job, task);
  return before === after ? [] : [{ name: tableName, before: before || undefined, after }];
}

// In the words of Vixie's cron and its heirs, and of busybox.
const hasNone = /^(crontab: )?(no crontab for |can't open '[^']*': No such file or directory)/m;

function systemctl({ root, isRunning }: ScheduleTarget, isUser: boolean, ...words: string[]): Command {
  return ['systemctl', ...(isUser ? ['--user'] : []), ...(isRunning ? [] : ['--root', root]), ...words];
}

const timerOf = ({ job }: ScheduleTarget): string => `${job.name}.timer`;

const systemdOn = (place: ScheduleTarget, isUser: boolean): Command[] => [
  systemctl(place, isUser, 'enable', timerOf(place)),
  ...(place.isRunning ? [systemctl(place, isUser, 'restart', timerOf(place))] : []),
];

const systemdOff = (place: ScheduleTarget, isUser: boolean): Command[] => [
  systemctl(place, isUser, 'disable', ...(place.isRunning ? ['--now'] : []), timerOf(place)),
];

const systemdReload = (place: ScheduleTarget, isUser: boolean): Command[] =>
  place.isRunning ? [systemctl(place, isUser, 'daemon-reload')] : [];

async function isOnAlready(place: ScheduleTarget, isUser: boolean): Promise<boolean> {
  const checks = place.isRunning ? ['is-enabled', 'is-active'] : ['is-enabled'];
  for (const check of checks) {
    const ran = await runSystem(systemctl(place, isUser, check, timerOf(place)), place.env);
    if (ran?.code !== 0) return false;
  }
  return true;
}

/** Carries the change out; when a step fails or the person stops it, what was done is taken back. */
export async function change(world: World, say: Say, planned: ScheduleChange): Promise<void> {
  const tellsSystemd = planned.first.length + planned.last.length > 0;
  const isFresh = planned.parts.some(({ before }) => before === undefined);
  await withRollback(world, say, async (rollback) => {
    if (tellsSystemd && !isFresh) rollback.undoBy(untoldSystemd(world, planned));
    await tellAll(world, say, rollback, planned.first);
    for (const part of planned.parts) {
      rollback.check();
      const { name, before, after } = part;
      rollback.undoBy({
        what: name,
        remains: `${name} is still changed`,
        run: () => put(world, part, before),
      });
      await put(world, part, after);
    }
    if (tellsSystemd && isFresh) rollback.undoBy(untoldSystemd(world, planned));
    await tellAll(world, say, rollback, planned.last);
  });
}

// What systemd refuses then it did not have.
const untoldSystemd = (world: World, { back }: ScheduleChange) => ({
  what: 'the systemd settings',
  remains: 'The systemd settings are still changed',
  run: async () => {
    for (const command of back) await runSystem(command, world.env);
  },
});

async function tellAll(
  world: World,
  say: Say,
  rollback: Rollback,
  commands: readonly Command[],
): Promise<void> {
  for (const command of commands) {
    rollback.check();
    await system(world, say, command);
  }
}

async function put(world: World, { name }: Part, text: string | undefined): Promise<void> {
  if (name !== tableName) return putText(name, text);
  await system(world, undefined, ['crontab', '-'], text ?? '');
}

async function system(world: World, say: Say | undefined, command: Command, input?: string): Promise<Ran> {
  say?.talk(`$ ${shellLine(command)}`);
  const ran = await runSystem(command, world.env, { input: input ?? '' });
  if (ran?.code === 0) return ran;
  throw failed(command, ran);
}

const failed = (command: Command, ran: Ran | undefined): Trouble =>
  new Trouble(`${shellLine(command.slice(0, 4))} failed.`, {
    why: ran === undefined ? `${command[0]} is not installed.` : ran.said || 'It printed no message.',
    hint: 'Run the command manually. To see the files, add --dry-run.',
  });
