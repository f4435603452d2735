import type { Change } from '../config/model.ts';
import { identityOf } from './block.ts';
import type { RunnerEntry } from './select.ts';

/** The changes that put a new token with its dates in place of the old one; the id stays as it is. */
export function renewalOf(
  places: readonly RunnerEntry[],
  { token, expiresAt }: { token: string; expiresAt: string | null },
  now: Date,
): Change[] {
  const obtainedAt = `${now.toISOString().slice(0, 19)}Z`;
  const { id: _, ...fresh } = identityOf({ token, obtainedAt, expiresAt: expiresAt ?? undefined });
  return places.flatMap(({ at }) =>
    Object.entries(fresh).map(([key, value]): Change => ({ do: 'set', at, path: [key], value })),
  );
}
