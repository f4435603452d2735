import { allKeys, type FoundKey, findKey } from '../../app/config-keys.ts';
import { isSwitchedOn } from '../../app/invocation.ts';
import { kindOfKey, type Level, wordsOnKey } from '../../settings/toml-keys.ts';
import type { Candidate, Completion } from '../../terminal/completion/wanted.ts';

/**
 * Gives the source of the keys of config.toml, a table at a time: with a value behind them (`any`), those alone that
 * hold several values (`lists`), or bare (`paths`).
 */
export function keysAt(what: 'any' | 'lists' | 'paths'): (wanted: Completion) => Candidate[] {
  return ({ typed, given }) => {
    const level: Level = isSwitchedOn(given, 'global') ? 'global' : 'runner';
    const [, path, value] = /^([^=]*)(=)/.exec(typed) ?? [];
    if (value !== undefined) return valuesOf(level, path!);
    const above = typed.slice(0, typed.lastIndexOf('.') + 1);
    const keys = [...allKeys(level)].filter((key) => what !== 'lists' || holdsSeveral(key));
    const below = keys.filter(({ path }) => path.join('.').startsWith(above));
    const found = below.map((key) => candidateOf(key, above, what === 'paths' ? '' : '='));
    return [...new Map(found.map((one) => [one.value, one])).values()];
  };
}

const holdsSeveral = ({ type }: FoundKey): boolean => /^(map<.*>|policies|tables|.*\[\])$/.test(type);

// Of a deeper key only its table is offered, as shells do with folders.
function candidateOf({ level, path }: FoundKey, above: string, end: string): Candidate {
  const [name = '', ...deeper] = path.join('.').slice(above.length).split('.');
  if (deeper.length > 0) return { value: `${above}${name}.`, isOpen: true };
  const line = wordsOnKey(level, path);
  return { value: `${above}${name}${end}`, isOpen: end !== '', ...(line !== undefined && { line }) };
}

function valuesOf(level: Level, path: string): Candidate[] {
  const { path: parts, type } = findKey(level, path.split('.'), path);
  const { name, choices = [] } = kindOfKey(level, parts, type);
  const words = name === 'yes-no' ? ['true', 'false'] : choices;
  return words.map((word) => ({ value: `${path}=${word}` }));
}
