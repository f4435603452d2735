import { dryRunCode } from '../../app/invocation.ts';
import { withRollback } from '../../app/rollback.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { Output } from '../../terminal/output-schema.ts';
import { harmless } from '../../text/sanitize.ts';
import type { RegistryAuthContext } from './context.ts';
import type { Change, Target } from './target.ts';

/** What is done at the targets, in the words of its sentences. */
interface TargetChange {
  readonly action: 'added' | 'removed';
  readonly question: string;
  readonly registries: readonly string[];
  readonly change: Change;
  /** What the object of `--json` says of the logins. */
  readonly logins: Output['registries'];
}

/** Shows what changes at each target, asks for the yes where somebody is there, acts, and says what became of it. */
export async function finish(
  context: RegistryAuthContext,
  targets: readonly Target[],
  targetChange: TargetChange,
): Promise<ExitCode> {
  const { say, dryRun } = context;
  const { change } = targetChange;
  const requested = targets.filter((target) => target.wouldChange(change) !== false);
  const isAsked = context.mayAsk && !context.yes;
  const to = dryRun && !say.mode.json ? 'result' : isAsked ? 'propose' : 'talk';
  for (const target of requested) {
    await target.show(change, to);
    // What is not looked at cannot show what goes.
    const isUnseen = target.wouldChange(change) === undefined && targetChange.action === 'removed';
    if (isUnseen) for (const registry of targetChange.registries) say[to](`- ${registry}`);
  }
  if (dryRun && requested.length > 0) {
    tell(context, targets, targetChange, 'planned', requested);
    return dryRunCode(context, true);
  }
  if (requested.length === 0) return tell(context, targets, targetChange, 'unchanged', []);
  if (isAsked) await agree(context, requested, targetChange);
  const changed = await withRollback(context.world, say, async (rollback) => {
    const done: Target[] = [];
    for (const target of requested) if (await target.apply(change, rollback, isAsked)) done.push(target);
    return done;
  });
  return tell(
    context,
    targets,
    targetChange,
    changed.length === 0 ? 'unchanged' : targetChange.action,
    changed,
  );
}

async function agree(
  { world, say }: RegistryAuthContext,
  targets: readonly Target[],
  { question, action }: TargetChange,
): Promise<void> {
  if (action === 'added') for (const { about } of targets) say.propose(about);
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree(question, true))) throw cancelled();
}

function tell(
  { say }: RegistryAuthContext,
  targets: readonly Target[],
  { registries, logins, action: done }: TargetChange,
  action: 'added' | 'removed' | 'unchanged' | 'planned',
  changed: readonly Target[],
): ExitCode {
  const what = registries.map((one) => harmless(one)).join(', ');
  if (say.mode.json) {
    const told = targets.map((target) => ({ ...target.json, changed: changed.includes(target) }));
    const isChanged = changed.length > 0;
    say.object({ action, changed: isChanged, registries: logins, places: told });
  } else if (action === 'planned') say.done('Nothing was changed. This is what would change.');
  else {
    for (const target of targets) {
      const isDone = changed.includes(target);
      say.done(isDone ? sentences[done](what, target.name) : `Nothing to change in ${target.name}.`);
    }
  }
  return exitCode.done;
}

const sentences = {
  added: (what: string, target: string) => `Added ${what} to ${target}.`,
  removed: (what: string, target: string) => `Removed ${what} from ${target}.`,
};
