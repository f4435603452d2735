import { Trouble } from '../errors.ts';
import { spelled } from './keys.ts';
import { locate } from './locate.ts';
import { maskValue } from './mask.ts';
import { type Change, dottedPath, isTable, sameValue, type Table, type Value } from './model.ts';
import { type Config, readConfigWith } from './read.ts';
import { readAgain } from './redefined.ts';
import { scanComments } from './scan.ts';
import { writeValue } from './write.ts';

/** Reads the edited text again and refuses it unless it holds exactly the intended values. */
export function judge(config: Config, text: string, intended: Table, changes: Change[]): void {
  let found: Table;
  try {
    found = readConfigWith(readAgain, text, config.file).root;
  } catch (cause) {
    throw refusal(config, changes, 'The result would not be valid TOML.', cause);
  }
  if (!sameValue(found, intended))
    throw refusal(config, changes, 'The result would not match the requested change.');
}

/** Refuses an edit that lost a comment although it took nothing away; lists and tables may lose their own. */
export function keepsComments(
  config: Config,
  change: Change,
  value: Value | undefined,
  before: string,
  after: string,
) {
  if (value === undefined || isTable(value) || Array.isArray(value)) return;
  const left = new Map<string, number>();
  for (const comment of scanComments(after)) left.set(comment, (left.get(comment) ?? 0) + 1);
  for (const comment of scanComments(before)) {
    const count = left.get(comment) ?? 0;
    if (count === 0) throw refusal(config, [change], 'A comment would be lost.');
    left.set(comment, count - 1);
  }
}

/** Says that nothing was done, and how to do it by hand. */
function refusal(config: Config, changes: Change[], why: string, cause?: unknown): Trouble {
  const hint = `Make the change in a text editor:\n${changes.map((change) => `  ${byHand(config, change)}`).join('\n')}`;
  return new Trouble(`${config.file} was not changed, because the change could damage it`, {
    why,
    hint,
    cause,
  });
}

function byHand(config: Config, change: Change): string {
  if (change.do === 'append') return 'at the end: add the new [[runners]] block';
  const top = change.at === 'global' ? [] : [config.runnersKey, String(change.at)];
  if (change.do === 'remove-runner') return `from line ${locate(config, top).line}: remove the runner`;
  const path = spelled(config.root, [...top, ...change.path]);
  return `line ${locate(config, path).line}: ${inWords(change, path)}`;
}

function inWords(change: Exclude<Change, { do: 'append' | 'remove-runner' }>, path: string[]): string {
  if (change.do === 'unset') return `remove ${dottedPath(path)}`;
  const words = maskValue(path, writeValue(change.do === 'set' ? change.value : [...change.values]));
  if (change.do === 'set') return `set ${dottedPath(path)} to ${words}`;
  return change.do === 'add'
    ? `add ${words} to ${dottedPath(path)}`
    : `remove ${words} from ${dottedPath(path)}`;
}
