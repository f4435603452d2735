/**
 * Breaks text between its words so that no line is longer than `width` columns, lines after the first begin with
 * `indent` blanks; line breaks of the text stay, and words longer than a line stay whole so that they can be copied.
 */
export function fold(text: string, width: number, indent: number): string {
  const margin = ' '.repeat(indent);
  const room = Math.max(width - indent, 20);
  return text
    .split('\n')
    .flatMap((line) => (line.length <= room || line.startsWith(' ') ? [line] : foldLine(line, room)))
    .join(`\n${margin}`);
}

function foldLine(line: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of line.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/**
 * Breaks a command line so that no line is longer than `width` columns and a shell still reads it as one: before a flag,
 * a word, a pipe, or a redirection, with `\\` at the end of the line. Lines after the first begin with `indent` blanks.
 */
export function foldCommand(command: string, width: number, indent: number): string {
  const room = Math.max(width - indent, 20);
  if (command.length <= room) return command;
  const lines: string[] = [];
  // The backslash needs its place at the end of a line.
  for (const piece of piecesOf(command, room - 2)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + piece.length > room - 2) lines.push(piece);
    else lines[lines.length - 1] = `${last} ${piece}`;
  }
  return lines.join(` \\\n${' '.repeat(indent)}`);
}

// What belongs together on one line, where it fits: a flag with its value, a pipe with the program behind it.
function piecesOf(command: string, room: number): string[] {
  const pieces: string[] = [];
  let isOpen = false;
  for (const word of command.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []) {
    const begins = /^(-|[|<>&]+$)/.test(word);
    const joined = `${pieces.at(-1)} ${word}`;
    if (isOpen && !begins && joined.length <= room) pieces.splice(-1, 1, joined);
    else pieces.push(word);
    isOpen = begins && !word.includes('=');
  }
  return pieces;
}
