import { writeValue } from '../config/write.ts';
import type { Edit } from '../runner/edit-request.ts';
import type { Value } from '../settings/kinds.ts';
import { table } from '../settings/table.ts';
import { settingAt } from '../settings/toml-keys.ts';
import { quote } from '../text/shell-quote.ts';

/** The flags of the command `edit` that make these edits. */
export const editFlags = (edits: readonly Edit[]): string => edits.flatMap(editFlag).join(' ');

function editFlag(edit: Edit): string[] {
  const path = edit.path.join('.');
  if (edit.do === 'unset') return [`--unset ${path}`];
  if (edit.do !== 'set') return edit.values.map((value) => `--${edit.do} ${path}=${quote(textOf(value))}`);
  const name = settingAt('runner', edit.path);
  if (name === undefined) return [`--set ${path}=${quote(textOf(edit.value))}`];
  const { flag, kind } = table[name];
  return kind.write(edit.value as Value).map((word) => `${flag} ${quote(word)}`);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : writeValue(value as never));

/** The flags of `register` that make these edits; nothing when one of them has none. */
export function registerFlags(edits: readonly Edit[]): string[] | undefined {
  const flags = edits.map((edit) => {
    const name = settingAt('runner', edit.path);
    if (name === undefined || edit.do === 'unset' || edit.do === 'remove') return undefined;
    const { flag, kind } = table[name];
    const value = (edit.do === 'set' ? edit.value : edit.values) as Value;
    return kind.write(value).map((word) => `${flag} ${quote(word)}`);
  });
  return flags.some((words) => words === undefined) ? undefined : flags.flatMap((words) => words!);
}
