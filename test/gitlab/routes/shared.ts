import { type Answer, empty, message, notFound } from '../answers.ts';
import type { Call, Route } from '../call.ts';
import { checkParams } from '../params.ts';
import type { Runner, State } from '../state.ts';

/** A route as one value. */
export const shareRoute = (on: Route['on'], answer: (call: Call) => Answer): Route => ({ on, answer });

/** The token of a runner and its end, as every answer shows them that may. */
export function showToken(state: State, runner: Runner): Record<string, unknown> {
  if (!state.profile.tellsExpiry) return { token: runner.token };
  return { token: runner.token, token_expires_at: runner.expiresAt };
}

/** Deletes unless the record is newer than If-Unmodified-Since: 204, else 412. */
export function destroyConditionally(call: Call, record: { updatedAt: string }, destroy: () => void): Answer {
  const since = Date.parse(call.headers['if-unmodified-since'] ?? '');
  // HTTP dates have whole seconds.
  if (Math.floor(Date.parse(record.updatedAt) / 1000) * 1000 > since)
    throw message(412, '412 Precondition Failed');
  destroy();
  return empty(204);
}

/** Forgets a runner with all its managers. */
export function removeRunner(state: State, runner: Runner): void {
  state.runners = state.runners.filter((each) => each !== runner);
}

/** The runner of the `:id` in the path: 400 when that is no number, 404 when there is none. */
export function runnerById(call: Call): Runner {
  const { id } = checkParams(call.at, { fields: [{ name: 'id', kind: 'integer', required: true }] });
  const runner = call.state.runners.find((each) => each.id === id);
  if (runner !== undefined) return runner;
  throw call.state.profile.namesMissingRunner ? notFound('Runner') : message(404, '404 Not found');
}

/** The part of a list that page and per_page ask for, with the headers that count; of more than 10,000 GitLab counts none. */
export function paginate<Item>(call: Call, all: Item[]): { items: Item[]; headers: Record<string, string> } {
  const given = checkParams(call.params, {
    fields: [
      { name: 'page', kind: 'integer' },
      { name: 'per_page', kind: 'integer' },
    ],
  });
  const size = Math.min(100, Math.max(1, Number(given.per_page ?? 20)));
  const page = Math.max(1, Number(given.page ?? 1));
  const pages = Math.max(1, Math.ceil(all.length / size));
  const counts: Record<string, string> =
    all.length > 10_000 ? {} : { 'X-Total': String(all.length), 'X-Total-Pages': String(pages) };
  const next = page < pages ? page + 1 : undefined;
  const previous = page > 1 ? page - 1 : undefined;
  return {
    items: all.slice((page - 1) * size, page * size),
    headers: {
      ...counts,
      'X-Page': String(page),
      'X-Per-Page': String(size),
      'X-Next-Page': String(next ?? ''),
      'X-Prev-Page': String(previous ?? ''),
      Link: linksOf(call, size, {
        prev: previous,
        next,
        first: 1,
        last: 'X-Total' in counts ? pages : undefined,
      }),
    },
  };
}

function linksOf(call: Call, size: number, pages: Record<string, number | undefined>): string {
  const address = (page: number) => {
    const flat = Object.entries(call.params).filter(([, value]) => typeof value !== 'object');
    const query = new URLSearchParams(flat.map(([name, value]): [string, string] => [name, String(value)]));
    query.set('page', String(page));
    query.set('per_page', String(size));
    return `${call.state.url}/api/v4${call.path}?${query}`;
  };
  return Object.entries(pages)
    .flatMap(([rel, page]) => (page === undefined ? [] : [`<${address(page)}>; rel="${rel}"`]))
    .join(', ');
}
