import { type ConfigInvocation, dryRunCode } from '../../app/invocation.ts';
import { textIn } from '../../config/model.ts';
import type { ExitCode } from '../../errors.ts';
import { type Removal, sentenceOf } from '../../runner/removal.ts';
import type { OutputRunner } from '../../terminal/output-schema.ts';
import { harmless } from '../../text/sanitize.ts';

/** Says what is going to happen to each runner, and does nothing. */
export function tellPlan(invocation: ConfigInvocation, removals: readonly Removal[]): ExitCode {
  const { say, path, dryRun } = invocation;
  const runners = removals.map(plain);
  const action = dryRun ? 'planned' : 'unchanged';
  if (say.mode.json) say.object({ action, changed: runners.length > 0, file: path, runners });
  else if (removals.length === 0) say.done(`${path} has no runners.`);
  else {
    for (const removal of removals) say.result(harmless(sentenceOf(removal), 600), 3);
    say.done('Nothing was changed. This is what would happen.');
  }
  return dryRunCode(invocation, removals.length > 0);
}

/** Shows what is going to happen, and asks a person whether it should. Throws when not. */
export async function agreeTo(invocation: ConfigInvocation, removals: readonly Removal[]): Promise<void> {
  const { world, say } = invocation;
  const isAsked = invocation.mayAsk && !invocation.yes;
  const tell = isAsked ? say.propose : say.talk;
  for (const removal of removals) tell(harmless(sentenceOf(removal), 600));
  if (!isAsked) return;
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (
    !(await person.agree(
      removals.length === 1 ? 'Unregister this runner?' : 'Unregister these runners?',
      false,
    ))
  )
    throw cancelled();
}

/** A removal for `--json`. */
export const plain = ({ first, all, way }: Removal): OutputRunner => ({
  position: first.at + 1,
  name: textIn(first.runner, 'name'),
  url: textIn(first.runner, 'url'),
  removes: ({ local: 'entry', manager: 'machine', token: 'runner', id: 'runner' } as const)[way],
  entries: all.map(({ at }) => at + 1),
});
