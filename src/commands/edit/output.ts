import { showDiff } from '../../app/diff.ts';
import { namesAfter, namesOfChanges, plainChanges, shownValue } from '../../app/edit-output.ts';
import type { EditPlan } from '../../app/edit-plan.ts';
import { tellSnippets } from '../../app/proxy.ts';
import { writeValue } from '../../config/write.ts';
import type { Snippet } from '../../runner/proxy.ts';
import { typedKept } from '../../runner/request.ts';
import { nameOf } from '../../runner/select.ts';
import type { Output } from '../../terminal/output-schema.ts';
import type { Channel, Say } from '../../terminal/say.ts';
import type { AtGitlab } from './gitlab.ts';
import type { EditRequest } from './request.ts';

/** Shows the lines that would change, and what would change at GitLab. */
export async function showPlan(
  say: Say,
  { plan, atGitlab }: Pick<EditRequest, 'plan' | 'atGitlab'>,
  to: Channel,
): Promise<void> {
  const { before, after } = plan;
  const versions = { file: before.file, before: before.text, after: after.text, isPlanned: false };
  if (before.text !== after.text) await showDiff(say, versions, to);
  for (const { at, body } of atGitlab) {
    const line = `In GitLab (runner ID ${before.runners[at]!.id ?? '?'}): ${JSON.stringify(body)}`;
    say[to](line);
  }
}

/** How an edit ended. */
export interface Edited {
  readonly action: 'edited' | 'unchanged' | 'planned';
  readonly plan: EditPlan;
  readonly gitlab: readonly AtGitlab[];
  /** What is going to be changed at GitLab, in a dry run. */
  readonly planned?: readonly { readonly runner: number; readonly settings: object }[];
  /** Pieces of files of other programs that belong to the change. */
  readonly snippets?: readonly Snippet[];
  /** Those that were asked for, whatever changes. */
  readonly asked?: readonly Snippet[];
}

/** Says how it ended: a sentence for each thing, or the object of `--json` with each change, secrets hidden. */
export function tellEdit(say: Say, edited: Edited): void {
  const { action, plan, gitlab, planned, snippets = [], asked = [] } = edited;
  const file = plan.before.file;
  if (say.mode.json) {
    const changes = plainChanges(plan.changes, namesAfter(plan), say.mode.environment);
    const told = plainKept(gitlab, planned);
    const changed =
      action === 'edited' || (action === 'planned' && (changes.length > 0 || planned !== undefined));
    const all = [...snippets, ...asked];
    const copies = all.length > 0 ? { snippets: all } : {};
    const notes = plan.nothing;
    say.object({ action, changed, file, changes, notes, ...told, ...copies });
    return;
  }
  if (action === 'unchanged') say.done(`Nothing to change: ${file} is unchanged.`);
  else if (action === 'planned') say.done('Nothing was changed. This is what would change.');
  else if (plan.changes.length > 0) say.done(`Changed ${namesOfChanges(plan)} in ${file}.`);
  tellSnippets(say, snippets);
  for (const { file, about, text } of asked) say.result(`\n# ${file}\n# ${about}\n${text.trimEnd()}`);
}

/** Notes which entries the lists at these paths have lost, secrets hidden: a list that is set is replaced as a whole. */
export function tellLost(
  say: Say,
  { changes, after }: EditPlan,
  replaced: readonly (readonly string[])[] = [],
): void {
  const keys = replaced.map((path) => path.join('\n'));
  for (const { at, path, old, new: now } of changes) {
    if (!Array.isArray(old) || !Array.isArray(now) || !keys.includes(path.join('\n'))) continue;
    const kept = new Set(now.map((entry) => writeValue(entry)));
    const lost = old.filter((entry) => !kept.has(writeValue(entry)));
    if (lost.length === 0) continue;
    const level = at === 'global' ? 'global' : 'runner';
    const owner = at === 'global' ? '' : ` of ${nameOf({ at, runner: after.runners[at]! })}`;
    say.note(`No longer in ${path.join('.')}${owner}: ${shownValue(level, path, lost)}`);
  }
}

function plainKept(gitlab: readonly AtGitlab[], planned: Edited['planned'] = []): Pick<Output, 'gitlab'> {
  const done = gitlab.map(({ runner, id, now }) => ({ runner, id, settings: now }));
  const told = done.length > 0 ? done : planned.map((one) => ({ ...one, settings: typedKept(one.settings) }));
  return told.length === 0 ? {} : { gitlab: told };
}
