/** Where the line around an offset begins. */
export function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

/** Where the line around an offset ends, its line break included. */
export function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found < 0 ? text.length : found + 1;
}

/** The blank space a line begins with. */
export function indentAt(text: string, at: number): string {
  return /^([ \t]*)/.exec(text.slice(lineStart(text, at), at + 200))![1]!;
}

/** The line break in use around an offset, else the first of the text, else LF. */
export function newlineAt(text: string, at: number): string {
  const near = lineEnd(text, lineStart(text, Math.max(at - 1, 0)));
  const end = text[near - 1] === '\n' ? near : text.indexOf('\n') + 1;
  return end > 1 && text[end - 2] === '\r' ? '\r\n' : '\n';
}

/** Puts whole lines at the beginning of a line or at the end; a missing last line break stays missing. */
export function insertLines(text: string, at: number, lines: string[]): string {
  const newline = newlineAt(text, at);
  const block = lines.join(newline);
  const before = text.slice(0, at);
  if (at < text.length || before === '') return `${before}${block}${newline}${text.slice(at)}`;
  return before.endsWith('\n') ? `${before}${block}${newline}` : `${before}${newline}${block}`;
}

/** Takes whole lines out; where the last line has no line break, the new last line has none either. */
export function removeLines(text: string, from: number, to: number): string {
  const before = text.slice(0, from);
  if (to < text.length || text.endsWith('\n')) return before + text.slice(to);
  return before.replace(/(?:\r?\n[ \t]*)+$/, '');
}

/** Replaces a piece of a text. */
export function splice(text: string, from: number, to: number, piece: string): string {
  return text.slice(0, from) + piece + text.slice(to);
}

/** Says whether the line that begins at an offset is blank. */
export function isBlankLine(text: string, start: number): boolean {
  return start < text.length && /^\s*$/.test(text.slice(start, lineEnd(text, start)));
}
