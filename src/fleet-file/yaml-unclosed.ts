/** What begins something in YAML that is not closed: its character, and where it is in the text. */
interface Opener {
  readonly character: string;
  readonly offset: number;
}

const closers: Readonly<Record<string, string>> = { ']': '[', '}': '{' };

/**
 * Finds the bracket, brace, or quote that is open at a place of a YAML text, the innermost one; nothing where none is. Words
 * may contain all of them: only what begins a value counts.
 */
export function openerBefore(text: string, end: number): Opener | undefined {
  const open: Opener[] = [];
  // What is before a character, blanks left out: nothing at the beginning of a line.
  let before = '';
  for (let at = 0; at < end; at += 1) {
    const character = text[at]!;
    const top = open.at(-1)?.character;
    if (top === '"' || top === "'") {
      const isEscape = top === '"' ? character === '\\' : character === "'" && text[at + 1] === "'";
      if (isEscape) at += 1;
      else if (character === top) open.pop();
    } else if (character === '#' && /^$|\s/.test(text[at - 1] ?? '')) at = endOfLine(text, at) - 1;
    else if (/[[{"']/.test(character) && (/^[[{,:?-]?$/.test(before) || isFlow(character, top)))
      open.push({ character, offset: at });
    else if (top !== undefined && closers[character] === top) open.pop();
    before = character === '\n' ? '' : /\s/.test(character) ? before : character;
  }
  return open.at(-1);
}

const isFlow = (character: string, top: string | undefined): boolean =>
  top !== undefined && /[[{]/.test(character);

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at;
}
