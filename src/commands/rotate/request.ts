import { type Invocation, isSwitchedOn, misuse, wordOf } from '../../app/invocation.ts';
import { completePath } from '../../host/places.ts';
import { millisecondsIn, timeWords } from '../../text/duration.ts';

/** What is wanted of a rotation. */
export interface RotateRequest {
  /** Milliseconds until the end of a token from which on it is rotated. */
  readonly within: number;
  /** The same in words. */
  readonly period: string;
  readonly isForced: boolean;
  /** The environment files, by their whole paths. */
  readonly envFiles: readonly string[];
  readonly tokenOutput: string | undefined;
}

const day = 86_400_000;

/** Reads the flags of `rotate`; throws for what is no time or number, and for flags that contradict each other. */
export function takeRotation({ verbFlags, world }: Pick<Invocation, 'verbFlags' | 'world'>): RotateRequest {
  const [within, days] = [wordOf(verbFlags, 'within'), wordOf(verbFlags, 'days')];
  if (within !== undefined && days !== undefined)
    throw misuse('--within and --days cannot be combined.', 'Use one of them.');
  const milliseconds = days === undefined ? timeIn(within ?? '7d') : daysIn(days);
  const output = wordOf(verbFlags, 'tokenOutput');
  return {
    within: milliseconds,
    period: periodWords(milliseconds),
    isForced: isSwitchedOn(verbFlags, 'force'),
    envFiles: (verbFlags.environmentFile ?? []).map((path) => completePath(path, world)),
    tokenOutput: output === undefined ? undefined : completePath(output, world),
  };
}

function timeIn(word: string): number {
  const milliseconds = millisecondsIn(word);
  if (milliseconds !== undefined) return milliseconds;
  throw misuse(`--within: "${word}" is not a duration.`, 'Use a number and a unit, such as 12h, 7d, or 2w.');
}

function daysIn(word: string): number {
  if (/^\d{1,5}$/.test(word)) return Number(word) * day;
  throw misuse(`--days: "${word}" is not a number of days.`, 'Use a number, such as --days 7.');
}

function periodWords(milliseconds: number): string {
  const days = milliseconds / day;
  if (!Number.isInteger(days) || days === 0) return timeWords(milliseconds);
  return days === 1 ? '1 day' : `${days} days`;
}
