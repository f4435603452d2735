/** A line of a shell up to its cursor. */
interface ShellLine {
  /** The whole words before the cursor, without their quotes. */
  readonly words: readonly string[];
  /** The word at the cursor, without its quotes. */
  readonly current: string;
  /** Where the word at the cursor begins in the line. */
  readonly start: number;
  /** The quote that is open at the cursor, or the empty text. */
  readonly quote: string;
  /** Where readline goes on from: behind the open quote, else behind the last break that is not quoted (complete.c). */
  readonly from: number;
}

/** Reads a line as bash does, without expanding anything; `breaks` are the signs at which readline breaks words. */
export function readShellLine(line: string, breaks = ''): ShellLine {
  const words: string[] = [];
  let [word, isWord, quote, start, from, opened] = ['', false, '', 0, 0, 0];
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    if (sign === '\\' && quote !== "'") {
      const next = line[++at] ?? '';
      word += quote === '"' && !/["\\$`]/.test(next) ? `\\${next}` : next;
      isWord = true;
    } else if (quote !== '') {
      if (sign === quote) quote = '';
      else word += sign;
    } else if (sign === '"' || sign === "'") {
      [quote, isWord, opened] = [sign, true, at + 1];
    } else if (/\s/.test(sign)) {
      if (isWord) words.push(word);
      [word, isWord, start, from] = ['', false, at + 1, at + 1];
    } else {
      [word, isWord] = [word + sign, true];
      if (breaks.includes(sign)) from = at + 1;
    }
  }
  return { words, current: word, start, quote, from: quote === '' ? from : opened };
}

/** Writes a text so that bash reads it as it is, where `quote` is open already. */
export function quoteForBash(text: string, quote: string): string {
  if (quote === "'") return text.replaceAll("'", "'\\''");
  if (quote === '"') return text.replace(/["\\$`]/g, '\\$&');
  return text.replace(/[\s"'`$\\|&;<>(){}[\]*?!#~]/g, '\\$&');
}
