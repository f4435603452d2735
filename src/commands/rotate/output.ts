import { type ConfigInvocation, channelOf, dryRunCode, misuse } from '../../app/invocation.ts';
import { plain } from '../../app/renewal.ts';
import { type ExitCode, errorOf, exitCode, Trouble } from '../../errors.ts';
import { wordsOnTrouble } from '../../runner/select.ts';
import type { OutputRunner } from '../../terminal/output-schema.ts';
import { harmless } from '../../text/sanitize.ts';
import { type DueToken, sentenceOf } from './due.ts';
import type { RotateRequest } from './request.ts';

/** Says in one line that no token is to be rotated. */
export function tellNothing(
  { say, path }: ConfigInvocation,
  { period, isForced }: RotateRequest,
  count: number,
): ExitCode {
  if (say.mode.json) say.object({ action: 'unchanged', changed: false, file: path, runners: [] });
  else if (count === 0 || isForced) say.done(`${path} has no runners.`);
  else say.done(`Nothing to rotate: no token expires within ${period}.`);
  return exitCode.done;
}

/** Says which tokens would be rotated, and does nothing. */
export function tellPlan(invocation: ConfigInvocation, due: readonly DueToken[]): ExitCode {
  const { say, path } = invocation;
  const possible = due.filter(({ trouble }) => trouble === undefined);
  if (say.mode.json)
    say.object({ action: 'planned', changed: possible.length > 0, file: path, runners: due.map(planned) });
  else {
    showDue(invocation, due);
    say.done('Nothing was changed. This is what would happen.');
  }
  return possible.length < due.length ? exitCode.failed : dryRunCode(invocation, true);
}

/** Shows what is going to happen, and asks a person whether it should; throws when not, and where nobody can be asked. */
export async function agreeTo(invocation: ConfigInvocation, due: readonly DueToken[]): Promise<void> {
  const { world, say, mayAsk, yes } = invocation;
  const count = due.filter(({ trouble }) => trouble === undefined).length;
  if (count === 0) return;
  if (!mayAsk && !yes)
    throw misuse(
      `This rotates ${count === 1 ? '1 token' : `${count} tokens`}. In a script, this requires --yes.`,
      'Add --yes, or use --dry-run to see the changes.',
    );
  showDue(invocation, due);
  if (yes) return;
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree(count === 1 ? 'Rotate this token?' : `Rotate these ${count} tokens?`, false)))
    throw cancelled();
}

function showDue(invocation: ConfigInvocation, due: readonly DueToken[]): void {
  const { say, world } = invocation;
  const channel = channelOf(invocation);
  const tell = channel === 'result' ? (text: string) => say.result(text, 3) : say[channel];
  for (const each of due) {
    if (each.trouble === undefined) tell(harmless(sentenceOf(each, world.now()), 600));
    // In a real run it is said at the end, with what became of the others.
    else if (channel === 'result') say.trouble(named(each.entries, each.trouble));
  }
  if (due.some((each) => stillWorks(each, world.now())))
    tell('Old tokens stop working immediately on every machine that uses them.');
}

const stillWorks = ({ trouble, isRefused, expiresAt }: DueToken, now: Date): boolean =>
  trouble === undefined && !isRefused && (expiresAt === undefined || expiresAt > now);

const named = (entries: DueToken['entries'], trouble: Trouble): Trouble =>
  new Trouble(wordsOnTrouble(entries.first, trouble.message), trouble);

const planned = ({ entries, place, expiresAt, trouble }: DueToken): OutputRunner => ({
  ...plain(entries),
  ...(place && { savedIn: place.file }),
  ...(expiresAt && { tokenExpiresAt: expiresAt.toISOString() }),
  ...(trouble && { error: errorOf(trouble) }),
});
