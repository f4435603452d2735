import type { Answer } from './answers.ts';
import type { Params } from './params.ts';
import type { Method } from './setup.ts';
import type { State } from './state.ts';

/** One request as a handler sees it. */
export interface Call {
  state: State;
  method: string;
  /** Below /api/v4, as sent, without the query. */
  path: string;
  /** Headers by their small names. */
  headers: Record<string, string | undefined>;
  /** Parameters of the query and the body; the body wins. */
  params: Params;
  /** Parameters in the path, decoded. */
  at: Record<string, string>;
  raw: Buffer;
}

/** An endpoint: method and path below /api/v4, with `:name` for a changing part. */
export interface Route {
  on: `${Method} /${string}`;
  answer(call: Call): Answer;
}

/** The changing parts of a path (not decoded), or undefined when it is not of this pattern. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const here = given[index]!;
    if (part.startsWith(':') && here !== '') found[part.slice(1)] = here;
    else if (part !== here) return undefined;
  }
  return found;
}
