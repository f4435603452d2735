import { exitCode, Trouble } from '../errors.ts';
import { isYesNoWord } from '../settings/kinds.ts';

/** A flag as the command line knows it: the name it is kept under and whether it is a switch. */
export interface Flag {
  readonly name: string;
  readonly isSwitch: boolean;
  /** Whether it sets a value; the other switches may have a word behind them that is something else. */
  readonly isSetting?: boolean;
  /** It may stand alone; a word that follows and is no flag is its value. */
  readonly isOptional?: boolean;
}

export type Flags = ReadonlyMap<string, Flag>;

/**
 * Rewrites the words of a command line so that each flag stands as `--flag=value` in its long form: `-url x`,
 * `--url=x`, `--switch`, `--switch false` and `--no-switch` are all understood. Words that are no flags come last,
 * as gitlab-runner moves them. Throws when a flag lacks its value.
 */
export function straighten(
  words: readonly string[],
  flags: Flags,
): { flags: string[]; positionals: string[] } {
  const straight: string[] = [];
  const positionals: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '--') {
      positionals.push(...words.slice(at + 1));
      break;
    }
    const split = /^(--?[A-Za-z][^=]*)(?:=(.*))?$/s.exec(word);
    if (split === null) {
      positionals.push(word);
      continue;
    }
    const read = readFlag(split[1]!, split[2], words[at + 1], flags);
    straight.push(read.word);
    if (read.tookNext) at++;
  }
  return { flags: straight, positionals };
}

interface ReadFlag {
  readonly word: string;
  readonly tookNext: boolean;
}

function readFlag(
  given: string,
  value: string | undefined,
  next: string | undefined,
  flags: Flags,
): ReadFlag {
  const long = given.startsWith('--') || flags.has(given) ? given : `-${given}`;
  const flag = flags.get(long);
  if (flag === undefined) return readNegated(long, given, value, flags);
  const name = flag.name;
  if (value !== undefined) return { word: `${name}=${value}`, tookNext: false };
  if (flag.isOptional && (next === undefined || next.startsWith('-')))
    return { word: `${name}=`, tookNext: false };
  if (flag.isSwitch) {
    const says = next !== undefined && isYesNoWord(next);
    if (flag.isSetting && !says && next !== undefined && !next.startsWith('-')) throw oddWord(name, next);
    return { word: `${name}=${says ? next : ''}`, tookNext: says };
  }
  if (next === undefined || flags.has(next.split('=')[0]!)) {
    throw new Trouble(
      `${given} needs a value${next === undefined ? '' : `, and ${next.split('=')[0]} is a flag`}.`,
      {
        code: exitCode.usage,
        hint: `Write ${name}=VALUE.`,
      },
    );
  }
  return { word: `${name}=${next}`, tookNext: true };
}

// gitlab-runner would take the switch as true and drop all flags behind the word, without a word.
function oddWord(name: string, next: string): Trouble {
  return new Trouble(`${name}: "${next}" is not true or false.`, {
    code: exitCode.usage,
    hint: `Write ${name}=true or ${name}=false; other words come before it.`,
  });
}

function readNegated(long: string, given: string, value: string | undefined, flags: Flags): ReadFlag {
  const flag = long.startsWith('--no-') ? flags.get(`--${long.slice('--no-'.length)}`) : undefined;
  if (flag?.isSwitch && value === undefined) return { word: `${flag.name}=false`, tookNext: false };
  return { word: value === undefined ? given : `${given}=${value}`, tookNext: false };
}
