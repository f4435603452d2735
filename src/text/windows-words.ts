/** The words of a command line of Windows, as programs take it apart there: by blanks, with double quotes, and backslashes before them. */
export function windowsWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (const [piece, slashes = '', quote] of line.matchAll(/(\\*)(")|\\+|[\s\S]/g)) {
    if (quote !== undefined) {
      word = (word ?? '') + slashes.slice(0, slashes.length / 2);
      if (slashes.length % 2 === 1) word += '"';
      else isQuoted = !isQuoted;
    } else if (!isQuoted && /\s/.test(piece)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + piece;
  }
  return word === undefined ? words : [...words, word];
}
