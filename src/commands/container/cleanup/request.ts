import { isSwitchedOn, misuse } from '../../../app/invocation.ts';
import { hasLimit, type Limit, type Limits } from '../../../engine/disk-usage.ts';
import { completePath } from '../../../host/places.ts';
import type { Reading } from '../../../terminal/options.ts';
import { millisecondsIn } from '../../../text/duration.ts';
import { readSize } from '../../../text/size.ts';
import type { World } from '../../../world.ts';
import { cleanupGrammar, cleanupVariables } from './flags.ts';

/** What is wanted of a cleanup. */
export interface CleanupRequest {
  readonly limits: Limits;
  /** In milliseconds. */
  readonly ttl: number;
  readonly keep: readonly string[];
  readonly checkPath: string | undefined;
  readonly useDf: boolean;
  /** What was asked for, as words of a command line, wherever it came from. */
  readonly words: readonly string[];
}

/**
 * Takes flags, and variables where there is no flag; throws for what is no size, number or time, and for limits that
 * contradict each other.
 */
export function takeCleanup({ verbFlags, positionals }: Reading, world: World): CleanupRequest {
  if (positionals.length > 0)
    throw misuse(
      `Unexpected arguments: ${positionals.map((word) => `"${word}"`).join(' ')}.`,
      'To keep images: --keep PATTERN',
    );
  const given = gatherWords(verbFlags, world.env);
  const limits = limitsOf(given);
  const path = given.get('checkPath')?.word;
  return {
    limits,
    ttl: given.has('ttl') ? readTime(given.get('ttl')!) : hasLimit(limits) ? tenMinutes : day,
    keep: verbFlags.keep ?? [],
    checkPath: path === undefined ? undefined : completePath(path, world),
    useDf: given.has('useDf'),
    words: [
      ...[...given].flatMap(([name, { word }]) => {
        const { flag, isSwitch } = cleanupGrammar.verbFlags[name];
        return isSwitch ? [flag] : [flag, name === 'checkPath' ? completePath(word, world) : word];
      }),
      ...(verbFlags.keep ?? []).flatMap((pattern) => ['--keep', pattern]),
    ],
  };
}

const tenMinutes = 600_000;
const day = 86_400_000;

type Name = keyof typeof cleanupVariables;

/** A value with what it is called where it was given. */
interface Word {
  readonly name: string;
  readonly word: string;
}

function gatherWords(verbFlags: Reading['verbFlags'], env: World['env']): Map<Name, Word> {
  const given = new Map<Name, Word>();
  for (const [name, variable] of Object.entries(cleanupVariables) as [Name, string][]) {
    const { flag, isSwitch } = cleanupGrammar.verbFlags[name];
    const [word, answer] = [verbFlags[name]?.at(-1), env[variable]];
    if (isSwitch) {
      const isOn =
        word === undefined ? /^(1|t|true|yes)$/i.test(answer ?? '') : isSwitchedOn(verbFlags, name);
      if (isOn) given.set(name, { name: flag, word: '' });
    } else if (word !== undefined) given.set(name, { name: flag, word });
    else if (answer) given.set(name, { name: variable, word: answer });
  }
  return given;
}

function limitsOf(given: ReadonlyMap<Name, Word>): Limits {
  const size = ({ name, word }: Word) => readSize(name, word);
  const bytes = limitOf(given.get('lowFreeSpace'), given.get('expectedFreeSpace'), size);
  const files = limitOf(given.get('lowFreeFilesCount'), given.get('expectedFreeFilesCount'), readCount);
  return { ...(bytes && { bytes }), ...(files && { files }) };
}

function limitOf(
  low: Word | undefined,
  expected: Word | undefined,
  read: (word: Word) => number,
): Limit | undefined {
  if (low === undefined && expected === undefined) return undefined;
  // The old container's own defaults were twice the low ones, too.
  const limit = {
    low: read(low ?? expected!),
    expected: expected === undefined ? 2 * read(low!) : read(expected),
  };
  if (limit.low <= limit.expected) return limit;
  throw misuse(
    `${low!.name} ${low!.word} is higher than ${expected!.name} ${expected!.word}.`,
    'Cleanup starts below the first value and ends at the second. Use a larger second value.',
  );
}

function readCount({ name, word }: Word): number {
  if (/^\d+$/.test(word)) return Number(word);
  throw misuse(`${name}: "${word}" is not a number of files.`, 'Use a number, such as 131072.');
}

function readTime({ name, word }: Word): number {
  const milliseconds = millisecondsIn(word);
  if (milliseconds !== undefined) return milliseconds;
  throw misuse(
    `${name}: "${word}" is not a duration.`,
    'Use a number and a unit, such as 10m, 24h, 7d, or 2w.',
  );
}
