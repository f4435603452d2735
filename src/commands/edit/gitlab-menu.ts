import { numberOf } from '../../app/select-runner.ts';
import { textIn, valueAt } from '../../config/model.ts';
import { Trouble } from '../../errors.ts';
import { kindOf } from '../../settings/credential.ts';
import { secret, Unfit, type Value } from '../../settings/kinds.ts';
import { type SettingName, table } from '../../settings/table.ts';
import type { Person } from '../../terminal/ask.ts';
import type { EditContext } from './context.ts';
import type { Draft } from './draft.ts';
import { readAtGitlab } from './gitlab.ts';
import { docOf, keptNames, keptText, keptWord } from './kept.ts';

/**
 * Lets a person change what GitLab keeps about a runner, beginning at `first`; GitLab is asked once how things are there.
 * Asks for an access token where none was given.
 */
export async function editAtGitlab(
  context: EditContext,
  person: Person,
  draft: Draft,
  at: number,
  first?: SettingName,
): Promise<void> {
  const accessToken = draft.accessToken ?? (await askAccessToken(context, person, at));
  if (accessToken === undefined) return;
  const present = await readAtGitlab(context, context.config, at, accessToken);
  // One that GitLab refuses is not kept.
  draft.accessToken = accessToken;
  let usual: string | undefined = first;
  for (;;) {
    const kept = { ...present, ...draft.keptAt(at) };
    const entries = keptNames.map((name) => ({
      value: name,
      name: `${keptWord(name).padEnd(18)} ${keptText(valueAt(kept, [table[name].api!])) || '-'}`,
      line: docOf(name),
      ...(table[name].kind.name === 'yes-no' && { toggles: true }),
    }));
    const back = { value: 'back', name: 'Back', apart: true };
    const choice = await person.pick(`#${at + 1} in GitLab`, [...entries, back], { usual, back: 'back' });
    if (choice === 'back') return;
    usual = choice;
    await change(person, draft, at, choice as SettingName, { kept, present });
  }
}

interface Kept {
  readonly kept: Readonly<Record<string, unknown>>;
  readonly present: Readonly<Record<string, unknown>>;
}

async function change(
  person: Person,
  draft: Draft,
  at: number,
  name: SettingName,
  { kept, present }: Kept,
): Promise<void> {
  const path = [table[name].api!];
  const value = await person.orBack((asked) => ask(asked, name, valueAt(kept, path)), undefined);
  if (value !== undefined) draft.keep(at, path[0]!, value, keptText(valueAt(present, path)));
}

async function askAccessToken(
  { say, config }: EditContext,
  person: Person,
  at: number,
): Promise<string | undefined> {
  numberOf(config, at);
  const url = textIn(config.runners[at]!, 'url').replace(/\/+$/, '');
  say.note(
    `GitLab keeps the tags, the timeout, and whether a runner is protected or paused. Changing them requires an access token with the scope manage_runner or api. Create one at ${url}/-/user_settings/personal_access_tokens. Scripts pass it with --access-token-file FILE.`,
  );
  const kind = { ...secret(), read: readAccessToken };
  const question = { ask: 'Access token (leave empty to go back)', kind, required: false };
  const token = await person.orBack((asked) => asked.answer(question, undefined), undefined);
  if (token === undefined) return undefined;
  say.hide([String(token)]);
  return String(token);
}

function readAccessToken(words: readonly string[]): string {
  const token = words.at(-1) ?? '';
  if (isAccessToken(token)) return token;
  throw new Unfit('an access token, such as glpat-…');
}

function isAccessToken(token: string): boolean {
  try {
    return kindOf(token, 'access') === 'access';
  } catch (error) {
    if (error instanceof Trouble) return false;
    throw error;
  }
}

async function ask(person: Person, name: SettingName, present: unknown): Promise<Value | undefined> {
  const { kind, ask: words, flag } = table[name];
  if (kind.name === 'yes-no') return present !== true;
  const choices = kind.choices?.map((value) => ({ value, name: value, line: kind.lines?.[value] ?? '' }));
  const usual =
    present === null || present === undefined
      ? undefined
      : kind.name === 'number'
        ? (present as Value)
        : keptText(present);
  const question = { ask: words ?? flag, kind, required: false, ...(choices && { choices }) };
  const answer = await person.answer(question, usual === '' ? undefined : usual);
  return answer ?? (kind.name === 'number' ? 0 : '');
}
