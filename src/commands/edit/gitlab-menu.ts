import { valueAt } from '../../config/model.ts';
import type { Value } from '../../settings/kinds.ts';
import { livesAtGitlab } from '../../settings/rules.ts';
import { type SettingName, settingNames, table } from '../../settings/table.ts';
import type { Person } from '../../terminal/ask.ts';
import type { EditContext } from './context.ts';
import type { Draft } from './draft.ts';
import { readAtGitlab } from './gitlab.ts';

/** Lets a person change what GitLab keeps about a runner; it is asked once how things are there. */
export async function editAtGitlab(
  context: EditContext,
  person: Person,
  draft: Draft,
  at: number,
): Promise<void> {
  const accessToken = context.settings.accessToken ?? '';
  const present = await readAtGitlab(context, context.config, at, accessToken);
  let usual: string | undefined;
  for (;;) {
    const kept = { ...present, ...draft.keptAt(at) };
    const entries = names.map((name) => ({
      value: name,
      name: `${table[name].flag.slice(2).padEnd(18)} ${wordsOf(valueAt(kept, [table[name].api!])) || '-'}`,
      line: table[name].doc,
    }));
    const back = { value: 'back', name: 'Back', apart: true };
    const choice = await person.pick(`#${at + 1} at GitLab`, [...entries, back], usual);
    if (choice === 'back') return;
    usual = choice;
    const name = choice as SettingName;
    const value = await ask(person, name, valueAt(kept, [table[name].api!]));
    if (value !== undefined)
      draft.keep(at, table[name].api!, value, wordsOf(valueAt(present, [table[name].api!])));
  }
}

const names = settingNames.filter((name) => livesAtGitlab(name) && table[name].api !== undefined);

async function ask(person: Person, name: SettingName, present: unknown): Promise<Value | undefined> {
  const { kind, ask: words, flag } = table[name];
  if (kind.name === 'yes-no') return present !== true;
  const choices = kind.choices?.map((value) => ({ value, name: value, line: '' }));
  const usual =
    present === null || present === undefined
      ? undefined
      : kind.name === 'number'
        ? (present as Value)
        : wordsOf(present);
  const question = { ask: words ?? flag, kind, required: false, ...(choices && { choices }) };
  const answer = await person.answer(question, usual === '' ? undefined : usual);
  return answer ?? (kind.name === 'number' ? 0 : '');
}

/** A value as the flag takes it. */
const wordsOf = (value: unknown): string =>
  value === null || value === undefined ? '' : Array.isArray(value) ? value.join(',') : String(value);
