import { isTable, type Table, type Value } from './model.ts';
import { SyntaxFault } from './parse.ts';

/** So deep nobody nests; what goes through values calls itself for each level. */
const deepest = 100;

/** Whether tables or lists are nested more than 100 deep in a value. */
export const isTooDeep = (value: Value): boolean => isDeeper(value, deepest);

function isDeeper(value: Value, most: number): boolean {
  if (typeof value !== 'object' || !(Array.isArray(value) || isTable(value))) return false;
  const inner = value as Table;
  for (const key in inner) if (most === 0 || isDeeper(inner[key]!, most - 1)) return true;
  return false;
}

/**
 * Finds where the brackets or the dotted keys of a text, be it TOML or not, go more than 100 deep, without calling itself
 * for each level as parsers do.
 */
export function tooDeepIn(text: string): SyntaxFault | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth = Math.max(depth - 1, 0);
    if (depth > deepest || isLongPath(token)) return faultAt(text, index);
  }
  return undefined;
}

/** The fault of a text that is nested too deep, at a place that is known. */
export function faultAt(text: string, at: number): SyntaxFault {
  const above = text.slice(0, at).split('\n');
  return new SyntaxFault(
    `tables or lists are nested more than ${deepest} deep`,
    above.length,
    above.at(-1)!.length + 1,
  );
}

// Strings and comments hold anything; a word by itself is passed over whole.
const tokens =
  /"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:[^"\\\n]+|\\.)*"?|'[^'\n]*'?|#[^\n]*|[[\]{}]|(?:[\w-]+[ \t]*\.[ \t]*){100,1000}|[\w-]+/g;

const isLongPath = (token: string): boolean => /^[\w-]+[ \t]*\./.test(token);
