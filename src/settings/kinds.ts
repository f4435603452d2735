import { Trouble } from '../errors.ts';
import { nearest } from '../text/closest.ts';
import { parseDuration } from '../text/duration.ts';
import { checkSyntax, type Syntax } from './syntax.ts';

/** What a setting can hold; a map of lists and host aliases are the two nested forms that gitlab-runner has. */
type Plain = string | number | boolean;
export type Value = Plain | readonly Value[] | { readonly [key: string]: Value };

/** Thrown by `read`: the words do not fit, and `message` says what would be right. */
export class Unfit extends Error {}

/** How the words of a flag, a variable or an answer become a value, and how a value becomes words again. */
export interface Kind<T extends Value = Value> {
  readonly name: KindName;
  /** What help shows behind the flag. */
  readonly hint: string;
  readonly choices?: readonly string[];
  /** What each choice means, in one line. */
  readonly lines?: Readonly<Record<string, string>>;
  /** The words of each occurrence of the flag, in order; throws `Unfit`. */
  read(words: readonly string[]): T;
  /** The words that would give the value back, one entry for each occurrence of the flag. */
  write(value: T): string[];
  /** What each word is checked by, and with that what it is. */
  readonly syntax?: Syntax;
  /** How gitlab-runner takes a number below 0, where it takes one at all. */
  readonly belowZero?: 'as 0';
  /** A path on the machine of gitlab-runner; the bare name of a program is looked up by it instead. */
  readonly path?: 'file' | 'program';
  /** A word as it may be shown, where it may hold a secret that nobody else would see in it. */
  cover?(word: string): string;
}

type KindName = 'text' | 'secret' | 'yes-no' | 'number' | 'choice' | 'list' | 'map' | 'json';

const last = (words: readonly string[]): string => words[words.length - 1] ?? '';

/** A kind for one line of text, checked by a syntax when one is named. */
export function text(hint = 'TEXT', syntax?: Syntax): Kind<string> {
  return {
    name: 'text',
    hint,
    ...(syntax && { syntax }),
    read: (words) => fit(last(words), syntax),
    write: (value) => [value],
  };
}

/** A kind for one line of text around which blanks mean nothing, as gitlab-runner cuts them off. */
export const line = (hint = 'TEXT', syntax?: Syntax): Kind<string> => ({
  ...text(hint, syntax),
  read: (words) => fit(last(words).trim(), syntax),
});

/** A kind for a path of a file or folder on the machine of gitlab-runner. */
export const filePath = (hint = 'PATH'): Kind<string> => ({ ...text(hint), path: 'file' });

/** A kind for a program on the machine of gitlab-runner: its path, or a name to be found in `PATH`. */
export const programPath = (): Kind<string> => ({ ...text('PATH'), path: 'program' });

/** A kind for text that must never be shown. */
export function secret(hint = 'SECRET'): Kind<string> {
  return { name: 'secret', hint, read: last, write: () => ['[hidden]'] };
}

/** A kind for whole numbers: decimal digits with an optional sign, not below `least` when it is given. */
export function whole(hint = 'N', least?: number): Kind<number> {
  const right = least === undefined ? 'a whole number' : `a whole number of ${least} or more`;
  return {
    name: 'number',
    hint,
    read(words) {
      const value = Number(last(words));
      if (/^[+-]?\d+$/.test(last(words)) && !Number.isSafeInteger(value))
        throw new Unfit(`a whole number up to ${Number.MAX_SAFE_INTEGER}`);
      const fits = Number.isSafeInteger(value) && /^[+-]?\d+$/.test(last(words));
      if (!fits || (least !== undefined && value < least)) throw new Unfit(right);
      return value === 0 ? 0 : value;
    },
    write: (value) => [String(value)],
  };
}

/** A kind for seconds: a whole number, or a time in Go's notation such as `10s` or `1h30m`; not below `least` when it is given. */
export const seconds = (hint = 'N', least?: number): Kind<number> =>
  timeIn(1_000_000_000n, ['seconds', '90s or 1h30m'], whole(hint, least), least);

/** A kind for milliseconds: a whole number, or a time in Go's notation such as `500ms` or `2s`. */
export const milliseconds = (): Kind<number> => timeIn(1_000_000n, ['milliseconds', '500ms or 2s'], whole());

function timeIn(
  unit: bigint,
  [name, examples]: readonly [name: string, examples: string],
  kind: Kind<number>,
  least?: number,
): Kind<number> {
  const limit = least === undefined ? '' : `, ${least} or more`;
  return {
    ...kind,
    read(words) {
      if (!/[a-zµμ.]/i.test(last(words))) return kind.read(words);
      const time = countIn(unit, last(words));
      if (time === undefined)
        throw new Unfit(`a whole number of ${name}${limit}, or a time such as ${examples}`);
      return kind.read([String(time)]);
    },
  };
}

function countIn(unit: bigint, words: string): number | undefined {
  try {
    const time = parseDuration(words);
    return time % unit === 0n ? Number(time / unit) : undefined;
  } catch (error) {
    if (error instanceof Trouble) return undefined;
    throw error;
  }
}

/**
 * A kind for whole numbers of which gitlab-runner takes all below 0 as 0. One that is larger than numbers are exact here,
 * up to gitlab-runner's own largest (int64), becomes the largest exact one: as a limit it means the same.
 */
export function cap(hint = 'N'): Kind<number> {
  const kind = whole(hint);
  const isHuge = (word: string) =>
    /^\+?\d{16,19}$/.test(word) && BigInt(word) > Number.MAX_SAFE_INTEGER && BigInt(word) < 2n ** 63n;
  const read = (words: readonly string[]) =>
    isHuge(last(words)) ? Number.MAX_SAFE_INTEGER : kind.read(words);
  return { ...kind, belowZero: 'as 0', read };
}

/** A kind for numbers with a fraction. */
export function fraction(): Kind<number> {
  return {
    name: 'number',
    hint: 'N.N',
    read(words) {
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(last(words))) throw new Unfit('a number such as 1.5');
      return Number(last(words));
    },
    write: (value) => [String(value)],
  };
}

const yesWords = ['1', 't', 'T', 'true', 'TRUE', 'True', ''];
const noWords = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/** Whether the word of a switch means yes; none does. */
export const isYes = (word: string | undefined): boolean => !/^(0|f|false)$/i.test(word ?? '');

/** Whether a word stands for yes or no by gitlab-runner's rules (`1 t T TRUE true True 0 f F FALSE false False`). */
export const isYesNoWord = (word: string): boolean =>
  word !== '' && (yesWords.includes(word) || noWords.includes(word));

/** A kind for switches; a bare flag has the empty word, which means true as in gitlab-runner. */
export function yesNo(): Kind<boolean> {
  return {
    name: 'yes-no',
    hint: '',
    read(words) {
      if (yesWords.includes(last(words))) return true;
      if (noWords.includes(last(words))) return false;
      throw new Unfit('true or false');
    },
    write: (value) => [String(value)],
  };
}

/**
 * A kind for one of a few words; `also` maps older names to today's. With `anyCase` a word fits however it is
 * capitalised, and stays as it is, where gitlab-runner reads it so.
 */
export function choice(
  choices: readonly string[],
  also: Readonly<Record<string, string>> = {},
  anyCase = false,
): Kind<string> {
  const isOne = (word: string) =>
    choices.some((one) => one === word || (anyCase && one.toLowerCase() === word.toLowerCase()));
  return {
    name: 'choice',
    hint: choices.length > 4 ? 'NAME' : choices.join('|'),
    choices,
    read(words) {
      const typed = last(words).trim();
      const word = Object.hasOwn(also, typed) ? also[typed]! : typed;
      if (!isOne(word)) throw new Unfit(oneOf(choices, word));
      return word;
    },
    write: (value) => [value],
  };
}

/**
 * A kind for lists: each occurrence of the flag is one element and never split; one occurrence may be a JSON array,
 * and the words of a variable come one item a line. `tidy` gives the form that is written of an item that fits.
 */
export function list(
  hint: string,
  syntax?: Syntax,
  tidy: (item: string) => string = (item) => item,
): Kind<readonly string[]> {
  return {
    name: 'list',
    hint,
    ...(syntax && { syntax }),
    read(words) {
      const items = words.length === 1 ? (jsonList(words[0]!) ?? words) : words;
      const fitting = items.map((item) => tidy(fit(item, syntax)));
      // The same volume twice would fail each job, and can only mean one.
      return syntax === 'volume' ? [...new Set(fitting)] : fitting;
    },
    write: writeList,
  };
}

/**
 * A kind for a list of fixed words; gitlab-runner splits pull policies at commas, so this does too. With `lastWins`, one
 * more occurrence of the flag replaces the one before (`pull_policy`: StringOrArray in its config.go).
 */
export function choices(allowed: readonly string[], lastWins = false): Kind<readonly string[]> {
  const one = choice(allowed);
  return {
    name: 'list',
    hint: allowed.join('|'),
    choices: allowed,
    read(given) {
      const words = lastWins ? given.slice(-1) : given;
      const items = words.length === 1 ? (jsonList(words[0]!) ?? words) : words;
      const parts = items.flatMap((item) => item.split(',')).map((item) => item.trim());
      return parts.filter((item) => item !== '').map((item) => one.read([item]));
    },
    write: writeList,
  };
}

/** A kind for lists of whole numbers. */
export function wholes(): Kind<readonly number[]> {
  const one = whole();
  return {
    name: 'list',
    hint: 'N',
    read: (words) =>
      (words.length === 1 ? (jsonList(words[0]!) ?? words) : words).map((word) => one.read([word])),
    write: (value) => value.map(String),
  };
}

/** The words nearest to `word` first, as a sentence: `one of a, b, c (did you mean b?)`. */
function oneOf(choices: readonly string[], word: string): string {
  const guess = nearest(word, choices);
  return `one of ${choices.join(', ')}${guess ? ` (did you mean ${guess}?)` : ''}`;
}

function fit(word: string, syntax: Syntax | undefined): string {
  const right = syntax === undefined ? undefined : checkSyntax(syntax, word);
  if (right !== undefined) throw new Unfit(right);
  return word;
}

// A list that is empty or whose first element could be taken for JSON can only be said as JSON.
function writeList(value: readonly string[]): string[] {
  return value.length === 0 || (value.length === 1 && jsonList(value[0]!))
    ? [JSON.stringify(value)]
    : [...value];
}

/** The texts of a word that is a JSON array of texts or numbers; nothing for any other word. */
function jsonList(word: string): string[] | undefined {
  const parsed = word.startsWith('[') ? parseJson(word) : undefined;
  return Array.isArray(parsed) && parsed.every((one) => typeof one === 'string' || typeof one === 'number')
    ? parsed.map(String)
    : undefined;
}

/** Whether a value is a list of texts. */
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** What a word means as JSON; nothing when it is none. */
export function parseJson(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return undefined;
  }
}

interface MapForm<T extends Value> {
  readonly hint: string;
  /** Where a pair is cut; tolerations hold `=` in their keys, so they are cut at the colon only. */
  readonly cut?: RegExp;
  /** One more word for a key that may have a value already. */
  value(word: string | undefined, before: T | undefined): T;
  word(value: T): string[];
}

function mapOf<T extends Value>(form: MapForm<T>): Kind<Readonly<Record<string, T>>> {
  return {
    name: 'map',
    hint: form.hint,
    read(words) {
      const found = new Map<string, T>();
      for (const [key, word] of words.flatMap((one) => pairsOf(one, form.cut ?? /[:=]/))) {
        if (key === '') throw new Unfit(form.hint);
        found.set(key, form.value(word, found.get(key)));
      }
      return Object.fromEntries(found);
    },
    write: (value) =>
      Object.entries(value).flatMap(([key, one]) => form.word(one).map((word) => `${key}:${word}`)),
  };
}

/** A kind for maps of text: `key=value`, `key:value` or a JSON object. */
export const textMap = (hint = 'KEY=VALUE', cut?: RegExp): Kind<Readonly<Record<string, string>>> =>
  mapOf<string>({ hint, ...(cut && { cut }), value: (word) => word ?? '', word: (value) => [value] });

/** A kind for maps of switches; a key alone means true. */
export const yesNoMap = (hint: string): Kind<Readonly<Record<string, boolean>>> =>
  mapOf<boolean>({ hint, value: (word) => yesNo().read([word ?? '']), word: (value) => [String(value)] });

/** A kind for maps of whole numbers. */
export const wholeMap = (hint: string): Kind<Readonly<Record<string, number>>> =>
  mapOf<number>({ hint, value: (word) => whole().read([word ?? '']), word: (value) => [String(value)] });

/** A kind for maps of lists: a key given again gains one more element. */
export const listMap = (hint: string): Kind<Readonly<Record<string, readonly string[]>>> =>
  mapOf<readonly string[]>({
    hint,
    value: (word, before = []) => [...before, ...(jsonList(word ?? '') ?? [word ?? ''])],
    word: (value) => [...value],
  });

/** A kind for the host aliases of Kubernetes pods: the JSON array that gitlab-runner takes. */
export function hostAliases(): Kind<
  readonly { readonly ip: string; readonly hostnames: readonly string[] }[]
> {
  const right = `JSON such as [{"ip":"10.0.0.1","hostnames":["gitlab.local"]}]`;
  return {
    name: 'json',
    hint: 'JSON',
    read(words) {
      const parsed = parseJson(words.at(-1) ?? '');
      if (!Array.isArray(parsed)) throw new Unfit(right);
      return parsed.map((one: unknown) => {
        const { ip, hostnames = [] } = (one ?? {}) as { ip?: unknown; hostnames?: unknown };
        if (typeof ip !== 'string' || !isTexts(hostnames)) throw new Unfit(right);
        return { ip, hostnames };
      });
    },
    write: (value) => [JSON.stringify(value)],
  };
}

function pairsOf(word: string, cut: RegExp): [string, string | undefined][] {
  const object = word.startsWith('{') ? parseJson(word) : undefined;
  if (object !== null && typeof object === 'object' && !Array.isArray(object)) {
    return Object.entries(object).flatMap(([key, value]) =>
      isTexts(value)
        ? value.map((one): [string, string] => [key, one])
        : [[key, String(value)] as [string, string]],
    );
  }
  const at = word.search(cut);
  return [at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]];
}
