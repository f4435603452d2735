import { hideTokens, readConfigFile } from '../../app/config-file.ts';
import { atGitlab, connectionOf, waitWords } from '../../app/connection.ts';
import { neededAccess } from '../../app/gitlab-meant.ts';
import { interruptible, stopped } from '../../app/interrupt.ts';
import { type ConfigInvocation, dryRunCode } from '../../app/invocation.ts';
import { refuseUnasked } from '../../app/select-runner.ts';
import { type ExitCode, errorOf, exitCode, Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import type { Output } from '../../terminal/output-schema.ts';
import { canRedraw } from '../../terminal/size.ts';
import { spin } from '../../terminal/spin.ts';
import { harmless } from '../../text/sanitize.ts';
import { type Filtering, type Meant, meantBy, type PresentRunner, readPresent } from './meant.ts';
import { plainListed, typeOf } from './output.ts';

/** What a command does to each runner at GitLab, and its words for it. */
export interface Deed {
  /** As `--json` calls it. */
  readonly action: 'paused' | 'resumed' | 'assigned' | 'unassigned';
  /** Begins "… this runner?". */
  readonly ask: string;
  /** Ends "Runner 1 …". */
  readonly will: string;
  readonly isAlready: string;
  /** Says the same of several runners. */
  areAlready(count: number): string;
  /** Begins "… runner 1". */
  readonly doing: string;
  readonly done: string;
  /** Follows the runner where it was done. */
  readonly place: string;
  /** Whether the projects of a runner have to be known. */
  readonly withProjects: boolean;
  isDone(runner: PresentRunner): boolean;
  /** Throws a `Trouble` for a runner that it cannot be done to. */
  check?(runner: PresentRunner): void;
  run(gitlab: Gitlab, accessToken: string, id: number): Promise<unknown>;
  /** The runner as it is afterwards. */
  after(runner: PresentRunner): PresentRunner;
}

type Read = <T>(ask: (gitlab: Gitlab, accessToken: string) => Promise<T>) => Promise<T>;

/** Finds the runners that are meant, shows what is going to happen, asks where several are changed, and does it. */
export async function act(
  invocation: ConfigInvocation,
  filtering: Filtering,
  { scope, deedAt }: { scope: string; deedAt(read: Read): Promise<Deed> },
): Promise<ExitCode> {
  const { config } = await readConfigFile(invocation.path, invocation.say);
  hideTokens(invocation.say, config);
  const meant = await meantBy(invocation, config, filtering);
  const accessToken = await neededAccess(invocation, scope);
  const deed = await deedAt((ask) =>
    atGitlab(connectionOf(invocation, meant.home), (gitlab) => ask(gitlab, accessToken)),
  );
  const present = await readPresent(invocation, meant, config, {
    accessToken,
    withProjects: deed.withProjects,
  });
  const open = present.filter((runner) => !deed.isDone(runner));
  for (const runner of open) deed.check?.(runner);
  if (invocation.dryRun || open.length === 0) return tellPlan(invocation, meant, deed, present);
  const reaches =
    filtering === undefined && open.length === 1 ? undefined : `This changes ${countWords(open.length)}.`;
  refuseUnasked(invocation, { count: open.length, reaches });
  if (reaches !== undefined) await agreeTo(invocation, deed, open);
  return doEach(invocation, meant, { deed, present, accessToken });
}

const countWords = (count: number): string => (count === 1 ? '1 runner' : `${count} runners`);

/** A runner of GitLab as it is called in sentences. */
export const nameOf = ({ id, description }: Pick<PresentRunner, 'id' | 'description'>): string =>
  description ? `runner ${id} "${harmless(description, 100)}"` : `runner ${id}`;

const capital = (words: string): string => words[0]!.toUpperCase() + words.slice(1);

// A group can use runners that are not its own, so the type is said.
const planOf = (deed: Deed, runner: PresentRunner): string =>
  `${capital(nameOf(runner))} (${typeOf(runner) ?? 'unknown type'}) ${deed.will}.`;

function tellPlan(
  invocation: ConfigInvocation,
  { url }: Meant,
  deed: Deed,
  present: readonly PresentRunner[],
): ExitCode {
  const { say, path, dryRun } = invocation;
  const open = present.filter((runner) => !deed.isDone(runner));
  if (say.mode.json) {
    const fleet = present.map((runner) => ({
      ...plainListed(runner),
      outcome: open.includes(runner) ? ('planned' as const) : ('unchanged' as const),
    }));
    const action = dryRun ? 'planned' : 'unchanged';
    say.object({ action, changed: open.length > 0, file: path, url, fleet });
  } else if (open.length === 0) say.done(nothingWords(deed, url, present));
  else {
    for (const runner of open) say.result(planOf(deed, runner), 3);
    say.done('Nothing was changed. This is what would happen.');
  }
  return dryRun ? dryRunCode(invocation, open.length > 0) : exitCode.done;
}

function nothingWords(deed: Deed, url: string, present: readonly PresentRunner[]): string {
  const [only, ...more] = present;
  if (only === undefined) return `Nothing to change: no runner at ${url} matches.`;
  if (more.length === 0) return `${capital(nameOf(only))} ${deed.isAlready}.`;
  return `Nothing to change: ${deed.areAlready(present.length)}.`;
}

// What a person can look through before the answer.
const mostShown = 50;

async function agreeTo(
  invocation: ConfigInvocation,
  deed: Deed,
  open: readonly PresentRunner[],
): Promise<void> {
  const { world, say } = invocation;
  const isAsked = invocation.mayAsk && !invocation.yes;
  if (!isAsked) return;
  for (const runner of open.slice(0, mostShown)) say.propose(planOf(deed, runner));
  if (open.length > mostShown) say.propose(`${open.length - mostShown} more are shown by --dry-run.`);
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  const which = open.length === 1 ? 'this runner' : `these ${open.length} runners`;
  const question = `${deed.ask} ${which}${deed.place}?`;
  if (!(await person.agree(question, false))) throw cancelled();
}

/** How it went with one runner; `skipped` was not processed. */
interface Result {
  readonly runner: PresentRunner;
  readonly outcome: 'changed' | 'unchanged' | 'failed' | 'skipped';
  readonly trouble?: Trouble;
}

interface Work {
  readonly deed: Deed;
  readonly present: readonly PresentRunner[];
  readonly accessToken: string;
}

async function doEach(invocation: ConfigInvocation, meant: Meant, work: Work): Promise<ExitCode> {
  const { world, say } = invocation;
  const { deed, present, accessToken } = work;
  const results: Result[] = [];
  const doing = `${deed.doing} runners at ${meant.url}`;
  await interruptible(world, say, 10_000, (interrupt) =>
    spin(world, say, doing, async (spinner) => {
      const onWait = (wait: Parameters<typeof waitWords>[0]) => spinner.says(waitWords(wait));
      const connection = { ...connectionOf(invocation, meant.home, interrupt.signal), onWait };
      await atGitlab(connection, async (gitlab) => {
        for (const runner of present) {
          if (canRedraw(world.stderr)) spinner.says(`${doing}: ${results.length} of ${present.length}`);
          if (deed.isDone(runner)) results.push({ runner, outcome: 'unchanged' });
          else if (interrupt.wanted) results.push({ runner, outcome: 'skipped' });
          else results.push(await doOne(deed, gitlab, accessToken, runner));
        }
      });
    }),
  );
  const [first] = results;
  if (results.length === 1 && first?.trouble !== undefined) throw first.trouble;
  return tell(invocation, meant, deed, results);
}

async function doOne(
  deed: Deed,
  gitlab: Gitlab,
  accessToken: string,
  runner: PresentRunner,
): Promise<Result> {
  try {
    await deed.run(gitlab, accessToken, runner.id);
    return { runner: deed.after(runner), outcome: 'changed' };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { runner, outcome: 'failed', trouble: error };
  }
}

function tell(
  { say, path }: ConfigInvocation,
  { url }: Meant,
  deed: Deed,
  results: readonly Result[],
): ExitCode {
  const of = (outcome: Result['outcome']) => results.filter((one) => one.outcome === outcome);
  const [changed, failed, skipped] = [of('changed'), of('failed'), of('skipped')];
  const isCut = skipped.length > 0 || failed.some(({ trouble }) => trouble?.code === exitCode.cancelled);
  if (say.mode.json) say.object(objectOf(path, url, deed, results));
  else {
    for (const { runner } of changed) say.done(`${deed.done} ${nameOf(runner)}${deed.place}.`);
    for (const { runner, trouble } of failed)
      say.trouble(new Trouble(`${capital(nameOf(runner))}: ${trouble!.message}`, trouble));
    if (results.length > 1) say.talk(sumOf(deed, of));
    if (isCut) throw stopped();
  }
  return isCut ? exitCode.cancelled : failed.length > 0 ? exitCode.failed : exitCode.done;
}

function sumOf(deed: Deed, of: (outcome: Result['outcome']) => readonly Result[]): string {
  const parts = (['unchanged', 'failed', 'skipped'] as const).flatMap((outcome) => {
    const { length } = of(outcome);
    return length === 0 ? [] : [`${length} ${outcome}`];
  });
  return `${[`${deed.done} ${countWords(of('changed').length)}`, ...parts].join(', ')}.`;
}

function objectOf(
  file: string,
  url: string,
  deed: Deed,
  results: readonly Result[],
): Omit<Output, 'warnings'> {
  const fleet = results.map(({ runner, outcome, trouble }) => ({
    ...plainListed(runner),
    outcome,
    ...(trouble && { error: errorOf(trouble) }),
  }));
  const changed = results.some(({ outcome }) => outcome === 'changed');
  return { action: changed ? deed.action : 'failed', changed, file, url, fleet };
}
