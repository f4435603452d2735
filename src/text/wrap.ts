import { brokenLine } from './shell-quote.ts';

/**
 * Breaks text between its words so that no line is longer than `width` columns, lines after the first begin with
 * `indent` blanks; line breaks of the text stay, and words longer than a line stay whole so that they can be copied. So do
 * commands in the text: one that does not fit on the line begins the next, one that is longer than a line goes on with
 * `\\` at its end, or what the shell of the person has for it.
 */
export function fold(text: string, width: number, indent: number): string {
  const room = Math.max(width - indent, 20);
  if (text.length <= room && !text.includes('\n')) return text;
  const margin = ' '.repeat(indent);
  return text
    .split('\n')
    .flatMap((line) => (line.length <= room || line.startsWith(' ') ? [line] : foldLine(line, room)))
    .join(`\n${margin}`);
}

function foldLine(line: string, room: number): string[] {
  const lines: string[] = [];
  for (const piece of commandsWhole(line.split(' '))) {
    const last = lines.at(-1);
    const isTogether = last !== undefined && last.length + 1 + piece.length <= room;
    if (isTogether) lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(...(piece.includes(' ') ? foldCommand(piece, room, 2).split('\n') : [piece]));
  }
  return lines;
}

const programs =
  /^\(?(?:\$|sudo|runner-setup|gitlab-runner|docker|podman|curl|openssl|getent|systemctl|journalctl|chmod|chown|usermod|ls|rm|cp|less|icacls|nslookup|(?:Get|Start|Stop|Restart|Remove|Add)-\w+)$/;

// The words of a sentence, those of a command in it as one.
function commandsWhole(words: readonly string[]): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < words.length; ) {
    const length = programs.test(words[at]!) ? lengthOfCommand(words.slice(at)) : 1;
    pieces.push(words.slice(at, at + length).join(' '));
    at += length;
  }
  return pieces;
}

// Where a command ends and the sentence goes on can only be told by what its words look like.
function lengthOfCommand(words: readonly string[]): number {
  // So commands are shown before they run.
  if (words[0] === '$') return words.length;
  let quote: string | undefined;
  let length = 1;
  const first = words[0] === 'sudo' ? 2 : 1;
  for (const [at, word] of words.entries()) {
    const before = words[at - 1] ?? '';
    const isOfCommand =
      at <= first ||
      quote !== undefined ||
      looksLikeArgument(word) ||
      leading.test(before) ||
      isValue(word, before);
    if (at > 0 && quote === undefined && (!isOfCommand || /[,;.:)]$/.test(before))) break;
    quote = quoteAfter(word, quote);
    length = at + 1;
  }
  return length;
}

const looksLikeArgument = (word: string): boolean => /^(?:[-"'#$<>|&]|[A-Z]{2})|[/=@…\d]|\w[.-]\w/.test(word);

// A word of letters behind a flag is its value, behind these it is the sentence again.
const switches =
  /^(?:-n|-y|--(?:help|help-all|yes|dry-run|json|fix|all|delete|local|force|debug|quiet|read-store))$/;
const isValue = (word: string, before: string): boolean =>
  before.startsWith('-') && !before.includes('=') && !switches.test(before) && /^[\w.]+[,;.)]?$/.test(word);

// Commands that have commands.
const leading = /^(?:container|registry-auth|preset|completion)$/;

function quoteAfter(word: string, quote: string | undefined): string | undefined {
  // Not the apostrophe of a word.
  for (const mark of word.match(/(?<!\w)["']|["'](?!\w)/g) ?? []) {
    if (quote === undefined) quote = mark;
    else if (quote === mark) quote = undefined;
  }
  return quote;
}

/**
 * Breaks a command line so that no line is longer than `width` columns and a shell still reads it as one: before a flag,
 * a word, a pipe, or a redirection, with `\\` at the end of the line, or what the shell of the person has for it. Lines after
 * the first begin with `indent` blanks.
 */
export function foldCommand(command: string, width: number, indent: number): string {
  const room = Math.max(width - indent, 20);
  if (command.length <= room) return command;
  const lines: string[] = [];
  // What says that it goes on needs its place at the end of a line.
  for (const piece of piecesOf(command, room - 2)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + piece.length > room - 2) lines.push(piece);
    else lines[lines.length - 1] = `${last} ${piece}`;
  }
  return brokenLine(lines, ' '.repeat(indent));
}

// What belongs together on one line, where it fits: a flag with its value, a pipe with the program behind it.
function piecesOf(command: string, room: number): string[] {
  const pieces: string[] = [];
  let isOpen = false;
  for (const word of command.match(/(?:[^\s"'\\]|\\'?|"[^"]*"|'[^']*')+/g) ?? []) {
    const begins = /^(-|[|<>&]+$)/.test(word);
    const joined = `${pieces.at(-1)} ${word}`;
    if (isOpen && !begins && joined.length <= room) pieces.splice(-1, 1, joined);
    else pieces.push(word);
    isOpen = begins && !word.includes('=');
  }
  return pieces;
}
