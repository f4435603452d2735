import { askGitlab, connectionOf, infoOf } from '../../app/connection.ts';
import { type Interrupt, interruptible, stopped } from '../../app/interrupt.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { takeEntries } from '../../app/remove-entries.ts';
import { type ExitCode, errorOf, exitCode, Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { isGone } from '../../gitlab/refusals.ts';
import { systemIdFor } from '../../host/system-id.ts';
import type { Removal } from '../../runner/removal.ts';
import { idOf, nameWithUrl, tokenOf, wordsOnTrouble } from '../../runner/select.ts';
import { plain } from './output.ts';

/** How it went with one runner: `unknown` is GitLab's word that it has no such machine or runner, `skipped` was not processed. */
interface RemovalResult {
  readonly removal: Removal;
  readonly outcome: 'removed' | 'unknown' | 'failed' | 'skipped';
  readonly trouble?: Trouble;
}

/** Removes the runners one after the other; the entries of those that GitLab let go leave the file together at the end. */
export async function removeRunners(
  invocation: ConfigInvocation,
  removals: readonly Removal[],
  accessToken: string | undefined,
): Promise<ExitCode> {
  const results = await interruptible(invocation.world, invocation.say, 10_000, async (interrupt) => {
    const done: RemovalResult[] = [];
    for (const removal of removals) done.push(await removeOne(invocation, removal, accessToken, interrupt));
    const gone = done.filter(({ outcome }) => outcome === 'removed' || outcome === 'unknown');
    // What GitLab has let go leaves the file, whatever a person wants meanwhile.
    if (gone.length > 0) await clear(invocation, gone);
    return done;
  });
  const [first] = results;
  if (results.length === 1 && first?.trouble !== undefined) throw withLocalWay(first);
  return tell(invocation, results);
}

async function removeOne(
  invocation: ConfigInvocation,
  removal: Removal,
  accessToken: string | undefined,
  { wanted, signal }: Interrupt,
): Promise<RemovalResult> {
  if (wanted) return { removal, outcome: 'skipped' };
  if (removal.way === 'local') return { removal, outcome: 'removed' };
  try {
    const connection = connectionOf(invocation, removal.first, signal);
    await askGitlab(invocation, `Removing ${nameWithUrl(removal.first)}`, connection, (gitlab) =>
      removeAtGitlab(invocation, removal, gitlab, accessToken),
    );
    return { removal, outcome: 'removed' };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return isGone(error) ? { removal, outcome: 'unknown' } : { removal, outcome: 'failed', trouble: error };
  }
}

async function removeAtGitlab(
  { world, path }: ConfigInvocation,
  { first, way }: Removal,
  gitlab: Gitlab,
  accessToken: string | undefined,
): Promise<unknown> {
  const token = tokenOf(first.runner, world.env);
  const systemId = systemIdFor(path, world.platform).id;
  if (way === 'manager') return gitlab.removeManager(token, systemId);
  if (way === 'token') return gitlab.removeRunner(token);
  // Files of older versions do not know the id; GitLab tells it for the token.
  const body = { token, system_id: systemId, info: infoOf(world, {}, false) };
  const id = idOf(first.runner) ?? (await gitlab.verify(body)).id;
  if (id !== undefined) return gitlab.deleteRunnerById(accessToken!, id);
  throw new Trouble('The ID of the runner is unknown, and this GitLab does not report it.', {
    hint: 'Delete the runner in GitLab, then remove its entry with --local.',
  });
}

async function clear(invocation: ConfigInvocation, gone: readonly RemovalResult[]): Promise<void> {
  const entries = gone.flatMap(({ removal }) => removal.all);
  try {
    await takeEntries(invocation, entries, { renewed: 'taken' });
  } catch (error) {
    const asked = gone.filter(({ removal }) => removal.way !== 'local');
    if (!(error instanceof Trouble) || asked.length === 0) throw error;
    const names = asked.map(({ removal }) => nameWithUrl(removal.first)).join(', ');
    throw new Trouble(`${names} was removed from GitLab, but is still in config.toml. ${error.message}`, {
      // What the system says may name files that were only there for the moment.
      ...(error.why !== undefined && { why: error.why.replace(/, \w+ '.*/, '.') }),
      hint: `${error.hint ?? 'Fix the problem.'} Then remove the entry: runner-setup unregister --local ${entries.map(({ at }) => `"#${at + 1}"`).join(' ')}`.trim(),
      code: error.code,
      cause: error,
    });
  }
}

function withLocalWay({ removal, trouble }: RemovalResult): Trouble {
  const { message, why, hint = '', code } = trouble!;
  const local = `To remove only its entry from config.toml: runner-setup unregister --local "#${removal.first.at + 1}"`;
  const more = { ...(why !== undefined && { why }), hint: `${hint}\n${local}`.trim(), code };
  return new Trouble(message, { ...more, cause: trouble });
}

function tell({ say, path }: ConfigInvocation, results: readonly RemovalResult[]): ExitCode {
  const failed = results.some(({ outcome }) => outcome === 'failed');
  const left = results.some(({ outcome, trouble }) => outcome === 'skipped' || wasCutOff(trouble));
  const changed = results.some(({ outcome }) => outcome === 'removed' || outcome === 'unknown');
  if (say.mode.json) {
    const runners = results.map(({ removal, outcome, trouble }) => ({
      ...plain(removal),
      outcome,
      ...(trouble && { error: errorOf(trouble) }),
    }));
    say.object({ action: 'unregistered', changed, file: path, runners });
  } else for (const result of results) tellOne(say, path, result);
  if (left && !say.mode.json) throw stopped();
  return left ? exitCode.cancelled : failed ? exitCode.failed : exitCode.done;
}

function tellOne(
  say: ConfigInvocation['say'],
  path: string,
  { removal, outcome, trouble }: RemovalResult,
): void {
  const name = nameWithUrl(removal.first);
  if (outcome === 'failed')
    say.trouble(
      new Trouble(wordsOnTrouble(removal.first, trouble!.message, `${name}${fate(trouble!)}`), trouble!),
    );
  else if (outcome === 'skipped') say.talk(`${name} was not processed and is unchanged.`);
  else if (outcome === 'removed') say.done(`Removed ${name} from ${path}. ${there[removal.way]}.`);
  else {
    const what = removal.way === 'manager' ? 'this machine as part of the runner' : 'the runner';
    say.warn(`GitLab no longer knows ${what}.`);
    say.done(`Removed ${name} from ${path}.`);
  }
}

// What was cut off may have been done all the same.
const fate = (trouble: Trouble): string => (wasCutOff(trouble) ? ':' : ' was not removed.');

const wasCutOff = (trouble: Trouble | undefined): boolean => trouble?.code === exitCode.cancelled;

const there: Readonly<Record<Removal['way'], string>> = {
  local: 'GitLab was not contacted',
  manager: 'The runner stays in GitLab, without this machine',
  token: 'The runner was deleted in GitLab',
  id: 'The runner was deleted in GitLab',
};
