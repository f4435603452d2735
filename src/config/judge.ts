import { Trouble } from '../errors.ts';
import { type Change, nameOf } from './change.ts';
import { placesValues } from './places.ts';
import { type Config, readConfigWith } from './read.ts';
import { scanComments } from './scan.ts';
import { isTable, sameValue, type Table, type Value } from './values.ts';

/** Reads the edited text again and refuses it unless it holds exactly the intended values. */
export function judge(config: Config, text: string, intended: Table, changes: Change[]): void {
  let found: Table;
  try {
    found = readConfigWith(placesValues, text, config.file).root;
  } catch (cause) {
    throw refusal(config, changes, 'The result would not be valid TOML.', cause);
  }
  if (!sameValue(found, intended))
    throw refusal(config, changes, 'The result would not be what was asked for.');
}

/** Refuses an edit that lost a comment although it only set or added something. */
export function keepsComments(
  config: Config,
  before: string,
  after: string,
  path: string[],
  value: Value | undefined,
) {
  if (value === undefined || isTable(value) || Array.isArray(value)) return;
  const left = scanComments(after);
  for (const comment of scanComments(before)) {
    const at = left.indexOf(comment);
    if (at < 0) throw unchanged(config, nameOf(path), 'A comment would be lost.');
    left.splice(at, 1);
  }
}

function refusal(config: Config, changes: Change[], why: string, cause?: unknown): Trouble {
  const names = changes.map((change) => {
    if (change.do === 'append') return 'a new [[runners]] block';
    if (change.do === 'remove-runner') return `runner number ${change.at + 1}`;
    return change.path.join('.');
  });
  return unchanged(config, [...new Set(names)].join(', '), why, cause);
}

function unchanged(config: Config, what: string, why: string, cause?: unknown): Trouble {
  return new Trouble(`${config.file} was left alone: ${what} could not be changed without harm`, {
    why,
    hint: `Change ${what} with a text editor.`,
    cause,
  });
}
