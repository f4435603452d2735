/**
 * Splits a command line into words as a shell does: blanks divide, '…' is literal, "…" knows \" and \\,
 * a backslash outside quotes takes the next character as it is. Nothing is expanded. Throws on an open quote.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== '') {
    const { word, length } = firstWord(rest);
    words.push(word);
    rest = rest.slice(length).trimStart();
  }
  return words;
}

function firstWord(text: string): { word: string; length: number } {
  let word = '';
  let at = 0;
  while (at < text.length && !/\s/.test(text[at]!)) {
    const piece = pieceOf(text.slice(at));
    word += piece.value;
    at += piece.length;
  }
  return { word, length: at };
}

const pieces: Array<[RegExp, (match: RegExpExecArray) => string]> = [
  [/^'([^']*)'/, (match) => match[1]!],
  [/^"((?:[^"\\]|\\[\s\S])*)"/, (match) => match[1]!.replace(/\\(["\\])/g, '$1')],
  [/^\\([\s\S])/, (match) => match[1]!],
  [/^[^\s'"\\]+/, (match) => match[0]],
];

function pieceOf(text: string): { value: string; length: number } {
  for (const [form, value] of pieces) {
    const match = form.exec(text);
    if (match) return { value: value(match), length: match[0].length };
  }
  throw new Error(`a quote is not closed: ${text}`);
}
