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
