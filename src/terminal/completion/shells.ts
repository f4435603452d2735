import { quoteForBash, readShellLine } from '../../text/shell-line.ts';
import { quotePowerShell } from '../../text/shell-quote.ts';
import type { Candidate } from './wanted.ts';

/** What a shell's script has sent: the words before the cursor and the one at it. */
interface Typed {
  readonly before: readonly string[];
  readonly current: string;
  /** Writes the answer as the script of this shell reads it; a first line says what follows. */
  answer(found: 'files' | readonly Candidate[]): string;
}

/** How each shell sends what was typed (`more` are the script's arguments) and wants its answer. */
export const shells: Readonly<Record<string, (sent: string, more: readonly string[]) => Typed>> = {
  bash: readFromBash,
  zsh: (sent) => ({ ...readWords(sent), answer: answerZsh }),
  fish: (sent) => {
    const { before, current } = readWords(sent);
    return { before, current: readShellLine(current).current, answer: answerFish };
  },
  // What goes through a pipe ends with a line end there.
  powershell: (sent) => ({ ...readWords(sent.replace(/\r?\n$/, '')), answer: answerPowerShell }),
};

function readWords(sent: string): Pick<Typed, 'before' | 'current'> {
  const words = sent.replace(/\0$/, '').split('\0');
  return { before: words.slice(0, -1), current: words.at(-1)! };
}

// bash sends the line itself: what readline replaces is not the word but what follows its last break.
function readFromBash(sent: string, [breaks, type, columns]: readonly string[]): Typed {
  const line = readShellLine(sent, breaks);
  const { current, quote } = line;
  const command = line.words.findIndex((word) => !/^\w+=/.test(word));
  const kept = readShellLine(sent.slice(line.start, line.from)).current;
  const answer = (found: 'files' | readonly Candidate[]): string => {
    if (found === 'files') return 'files\n';
    const fitting = found.filter(({ value }) => value.startsWith(current));
    const words = fitting.map(({ value }) => quoteForBash(value.slice(kept.length), quote));
    const [first] = fitting;
    const isOpen = fitting.length === 1 && first!.isOpen === true;
    // 63 is `?`: the second TAB, which only lists.
    const isListed = type === '63' && fitting.length > 1;
    return lines(isOpen ? 'open' : 'words', isListed ? withLines(words, fitting, Number(columns)) : words);
  };
  return { before: line.words.slice(command + 1), current, answer };
}

function withLines(words: readonly string[], found: readonly Candidate[], columns: number): string[] {
  const width = Math.max(...words.map((word) => word.length));
  const room = (columns || 80) - width - 4;
  return words.map((word, at) => {
    const { line = '' } = found[at]!;
    if (line === '' || room < 20) return word;
    return `${word.padEnd(width)}  ${line.length > room ? `${line.slice(0, room - 1)}…` : line}`;
  });
}

function answerZsh(found: 'files' | readonly Candidate[]): string {
  if (found === 'files') return 'files\n';
  const words = found.map(({ value, line, isOpen }) => {
    const word = value.replace(/[\\:]/g, '\\$&');
    return `${isOpen ? '+' : '.'}${line ? `${word}:${line}` : word}`;
  });
  return lines('words', words);
}

function answerFish(found: 'files' | readonly Candidate[]): string {
  if (found === 'files') return 'files\n';
  return lines(
    'words',
    found.map(({ value, line }) => (line ? `${value}\t${line}` : value)),
  );
}

function answerPowerShell(found: 'files' | readonly Candidate[]): string {
  if (found === 'files') return 'files\n';
  const words = found.map(({ value, line }) => [quotePowerShell(value), value, line || value].join('\t'));
  return lines('words', words);
}

const lines = (first: string, rest: readonly string[]): string =>
  [first, ...rest].map((line) => `${line}\n`).join('');
