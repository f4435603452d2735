import { showDiff } from '../../app/diff.ts';
import { tellSnippets } from '../../app/proxy.ts';
import { maskValue } from '../../config/mask.ts';
import { textIn } from '../../config/model.ts';
import { plainOf } from '../../config/plain.ts';
import { writeValue } from '../../config/write.ts';
import type { Snippet } from '../../runner/proxy.ts';
import { typedKept } from '../../runner/request.ts';
import { nameOf } from '../../runner/select.ts';
import { table } from '../../settings/table.ts';
import { settingAt } from '../../settings/toml-keys.ts';
import type { Output } from '../../terminal/output-schema.ts';
import type { Channel, Say } from '../../terminal/say.ts';
import { grouped } from '../../text/grouped.ts';
import { isReference } from '../../text/secrets.ts';
import type { AtGitlab } from './gitlab.ts';
import { literalOf } from './parse-value.ts';
import type { Changed, EditPlan } from './plan.ts';
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
    const line = `At GitLab (runner id ${before.runners[at]!.id ?? '?'}): ${JSON.stringify(body)}`;
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
}

/** Says how it ended: a sentence for each thing, or the object of `--json` with each change, secrets hidden. */
export function tellEdit(say: Say, edited: Edited): void {
  const { action, plan, gitlab, planned, snippets = [] } = edited;
  const file = plan.before.file;
  if (say.mode.json) {
    const { environment = false } = say.mode;
    const changes = plan.changes.map((one) => asObject(one, plan, environment));
    const told = plainKept(gitlab, planned);
    const changed =
      action === 'edited' || (action === 'planned' && (changes.length > 0 || planned !== undefined));
    const copies = snippets.length > 0 ? { snippets } : {};
    const notes = plan.nothing;
    say.object({ action, changed, file, changes, notes, ...told, ...copies });
    return;
  }
  if (action === 'unchanged') say.done(`Nothing to change: ${file} is unchanged.`);
  else if (action === 'planned') say.done('Nothing was changed. This is what would change.');
  else if (plan.changes.length > 0) say.done(`Changed ${namesOf(plan)} in ${file}.`);
  tellSnippets(say, snippets);
}

/** Says when the changes take effect. */
export function tellEffect(say: Say, { changes }: EditPlan): void {
  const isLate = ({ at, path }: Changed) => at === 'global' && path.join('.') === 'listen_address';
  if (changes.some(isLate))
    say.note('listen_address is only read when gitlab-runner starts. Restart gitlab-runner.');
  if (changes.some((one) => !isLate(one)))
    say.talk('A running gitlab-runner loads the change within seconds.');
}

/** A value as it may be shown, on one line of TOML; nothing for a key that is not there. */
export function shownValue(
  level: 'global' | 'runner',
  path: readonly string[],
  value: unknown,
  showEnvironment = false,
): string | undefined {
  if (value === undefined) return undefined;
  const name = settingAt(level, path);
  if (name !== undefined && table[name].kind.name === 'secret' && value !== '' && !isReference(String(value)))
    return '[hidden]';
  return maskValue(path, writeValue(value as never), { showEnvironment });
}

function namesOf({ changes, after }: EditPlan): string {
  return [...grouped(changes, ({ at }) => at)]
    .map(([at, some]) => {
      const keys = some.map(({ path }) => path.join('.'));
      return at === 'global'
        ? keys.join(', ')
        : `${keys.join(', ')} of ${nameOf({ at, runner: after.runners[at]! })}`;
    })
    .join('; ');
}

function asObject({ at, path, old, new: now }: Changed, plan: EditPlan, showEnvironment: boolean) {
  const level = at === 'global' ? 'global' : 'runner';
  const place =
    at === 'global' ? { runner: null } : { runner: at + 1, name: textIn(plan.after.runners[at]!, 'name') };
  const [before, after] = [old, now].map((value) => plain(level, path, value, showEnvironment));
  return { ...place, key: path.join('.'), before, after };
}

// Of the same type with and without something hidden, so that scripts can rely on it.
function plain(
  level: 'global' | 'runner',
  path: readonly string[],
  value: unknown,
  showEnvironment: boolean,
): unknown {
  if (value === undefined) return null;
  const shown = shownValue(level, path, value, showEnvironment);
  return shown === writeValue(value as never) ? plainOf(value) : plainOf(literalOf(shown!) ?? shown);
}

function plainKept(gitlab: readonly AtGitlab[], planned: Edited['planned'] = []): Pick<Output, 'gitlab'> {
  const done = gitlab.map(({ runner, id, now }) => ({ runner, id, settings: now }));
  const told = done.length > 0 ? done : planned.map((one) => ({ ...one, settings: typedKept(one.settings) }));
  return told.length === 0 ? {} : { gitlab: told };
}
