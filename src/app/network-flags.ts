import { writeValue } from '../config/write.ts';
import type { Edit } from '../runner/edit-request.ts';
import type { Value } from '../settings/kinds.ts';
import { table } from '../settings/table.ts';
import { settingAt } from '../settings/toml-keys.ts';
import { quote } from '../text/shell-quote.ts';

/** The flags of `edit` by which wishes are made. */
export const editFlags = (wishes: readonly Edit[]): string => wishes.flatMap(editFlag).join(' ');

function editFlag(wish: Edit): string[] {
  const path = wish.path.join('.');
  if (wish.do === 'unset') return [`--unset ${path}`];
  if (wish.do !== 'set') return wish.values.map((value) => `--${wish.do} ${path}=${quote(textOf(value))}`);
  const name = settingAt('runner', wish.path);
  if (name === undefined) return [`--set ${path}=${quote(textOf(wish.value))}`];
  const { flag, kind } = table[name];
  return kind.write(wish.value as Value).map((word) => `${flag} ${quote(word)}`);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : writeValue(value as never));

/** The flags of `register` by which wishes are made; nothing when one of them has none. */
export function registerFlags(wishes: readonly Edit[]): string[] | undefined {
  const flags = wishes.map((wish) => {
    const name = settingAt('runner', wish.path);
    if (name === undefined || wish.do === 'unset' || wish.do === 'remove') return undefined;
    const { flag, kind } = table[name];
    const value = (wish.do === 'set' ? wish.value : wish.values) as Value;
    return kind.write(value).map((word) => `${flag} ${quote(word)}`);
  });
  return flags.some((words) => words === undefined) ? undefined : flags.flatMap((words) => words!);
}
