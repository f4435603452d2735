import { DateTime, type Table } from '../config/model.ts';

/** When the token of a runner ends, by the file; nothing when it has no end or none is written. */
export const expiryOf = (runner: Table): Date | undefined => dateIn(runner, 'token_expires_at');

/** When the token of a runner was given out, by the file. */
export const obtainedOf = (runner: Table): Date | undefined => dateIn(runner, 'token_obtained_at');

// A date of the file keeps its text; Go writes the year 1 where there is none.
function dateIn(runner: Table, key: string): Date | undefined {
  const value = runner[key];
  const text = value instanceof DateTime ? value.text : value;
  const date = typeof text === 'string' ? new Date(text) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) || date.getUTCFullYear() < 2 ? undefined : date;
}

/** A moment as its day, in UTC. */
export const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
