/** One `key = value` of a text: decoded keys and offsets. */
export interface Statement {
  readonly keys: string[];
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

interface Header {
  readonly keys: string[];
  readonly kind: 'table' | 'array';
  readonly start: number;
  readonly end: number;
}

/** A header with the lines up to the next one; the first section of a text has no header. */
export interface Section {
  readonly header: Header | undefined;
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts valid TOML into its sections, looking at nothing but what it needs to tell headers from values, and no further than
 * it is asked for.
 */
export function* scanSections(text: string): Generator<Section, undefined> {
  // One edit asks several times about the same large text.
  if (text !== latest.text) latest = { text, found: [], rest: sectionsOf(text) };
  const { found, rest } = latest;
  for (let at = 0; ; at++) {
    if (at === found.length) {
      const next = rest.next();
      if (next.done) return undefined;
      found.push(next.value);
    }
    yield found[at]!;
  }
}

let latest: { text: string; found: Section[]; rest: Iterator<Section> } = {
  text: '',
  found: [],
  rest: sectionsOf(''),
};

/** Gives the sections of a text one after the other, for those who ask for them once. */
export function* sectionsOf(text: string): Generator<Section> {
  let open: { header: Header | undefined; start: number } = { header: undefined, start: 0 };
  for (let at = skipBlank(text, 0); at < text.length; at = skipBlank(text, at)) {
    if (text[at] === '[') {
      const header = readHeader(text, at);
      const start = text.lastIndexOf('\n', at) + 1;
      yield { ...open, end: start };
      open = { header, start };
      at = header.end;
    } else {
      at = skipPlain(text, at) ?? skipValue(text, skipSpace(text, skipKey(text, at) + 1));
    }
  }
  yield { ...open, end: text.length };
}

// Most statements take one line and look alike; one look skips several.
function skipPlain(text: string, at: number): number | undefined {
  plainStatements.lastIndex = at;
  return plainStatements.test(text) ? plainStatements.lastIndex : undefined;
}

const plainStatements =
  /(?:[\w-]+[ \t]*=[ \t]*(?:"[^"\\\n]*"|[\w.:+-]+)[ \t]*(?:#[^\n]*)?\r?\n[ \t\r\n]*){1,50}/y;

/** Finds the statements of one section. */
export function scanStatements(text: string, section: Section): Statement[] {
  const statements: Statement[] = [];
  let at = skipBlank(text, section.header?.end ?? section.start);
  while (at < section.end) {
    const { keys, end: equals } = readKeys(text, at);
    const valueStart = skipSpace(text, equals + 1);
    const end = skipValue(text, valueStart);
    statements.push({ keys, start: at, valueStart, end });
    at = skipBlank(text, end);
  }
  return statements;
}

/** Finds all comments, those inside lists too. */
export function scanComments(text: string): string[] {
  const comments: string[] = [];
  const sign = /["'#]/g;
  for (let at = until(sign, text, 0); at < text.length; at = until(sign, text, at)) {
    const end = text[at] === '#' ? lineBreak(text, at) : skipString(text, at);
    if (text[at] === '#') comments.push(text.slice(at, end).trimEnd());
    at = end;
  }
  return comments;
}

function readHeader(text: string, start: number): Header {
  const kind = text[start + 1] === '[' ? 'array' : 'table';
  const { keys, end } = readKeys(text, start + (kind === 'array' ? 2 : 1));
  return { keys, kind, start, end: end + (kind === 'array' ? 2 : 1) };
}

/** Reads `a . "b" . 'c'` and stops at the character behind it. */
function readKeys(text: string, start: number): { keys: string[]; end: number } {
  const keys: string[] = [];
  for (let at = start; ; at++) {
    at = skipSpace(text, at);
    const end = skipWord(text, at);
    keys.push(decodeKey(text.slice(at, end)));
    at = skipSpace(text, end);
    if (text[at] !== '.') return { keys, end: at };
  }
}

// The equals sign is not looked for by itself: a quoted key may hold one.
function skipKey(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== '=')
    at = text[at] === '"' || text[at] === "'" ? skipString(text, at) : at + 1;
  return at;
}

function skipWord(text: string, at: number): number {
  if (text[at] === '"' || text[at] === "'") return skipString(text, at);
  return until(notBare, text, at);
}

function decodeKey(word: string): string {
  if (word[0] === "'") return word.slice(1, -1);
  if (word[0] !== '"') return word;
  const plain = word.replace(/\\(U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|.)/g, (whole, code: string) =>
    code.length > 1 ? JSON.stringify(fromHex(code.slice(1))).slice(1, -1) : whole.replace('\\e', '\\u001b'),
  );
  return JSON.parse(plain.replaceAll('\t', '\\t')) as string;
}

const fromHex = (hex: string) => String.fromCodePoint(Number.parseInt(hex, 16));

/** Skips blanks and tabs. */
export function skipSpace(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

/** Skips blank space, line ends and comments. */
function skipBlank(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 0x23) at = lineBreak(text, at);
    else if (code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d) at++;
    else break;
  }
  return at;
}

/** Skips a value, whatever it is, and stops right behind it. */
export function skipValue(text: string, at: number): number {
  const first = text[at];
  if (first === '"' || first === "'") return skipString(text, at);
  if (first === '[' || first === '{') return skipBrackets(text, at);
  const end = until(lineStop, text, at);
  return at + text.slice(at, end).trimEnd().length;
}

function skipBrackets(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
    else if (character === '"' || character === "'") at = skipString(text, at) - 1;
    else if (character === '#') at = lineBreak(text, at);
    if (depth === 0) return at + 1;
  }
  return text.length;
}

function skipString(text: string, at: number): number {
  const quote = text[at]!;
  const triple = quote.repeat(3);
  if (text.startsWith(triple, at)) return skipLongString(text, at + 3, triple);
  return endOfString(text, at + 1, quote) + 1;
}

// Up to two quotes may stand right before the three that close a multi-line string.
function skipLongString(text: string, start: number, triple: string): number {
  let end = endOfString(text, start, triple) + 3;
  while (text[end] === triple[0]) end++;
  return end;
}

function endOfString(text: string, start: number, quote: string): number {
  if (quote[0] === "'") return found(text.indexOf(quote, start), text);
  for (let at = start; ; at++) {
    at = until(quoteOrEscape, text, at);
    if (text[at] === '\\') at++;
    else if (at >= text.length || text.startsWith(quote, at)) return at;
  }
}

function lineBreak(text: string, at: number): number {
  return found(text.indexOf('\n', at), text);
}

function found(at: number, text: string): number {
  return at < 0 ? text.length : at;
}

/** Where the next character stands that `stop`, a global expression, looks for. */
function until(stop: RegExp, text: string, at: number): number {
  stop.lastIndex = at;
  const found = stop.exec(text);
  return found ? found.index : text.length;
}

const notBare = /[^A-Za-z0-9_-]/g;
const lineStop = /[#\r\n]/g;
const quoteOrEscape = /["\\]/g;
