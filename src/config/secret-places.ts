import { isSecretFlag, isSecretName, secretSpans } from '../text/secret-words.ts';
import { isReference, plainSecrets, type Span } from '../text/secrets.ts';
import { lineStart } from './lines.ts';

/** A value or a comment of a text, and the places of the secrets in it; all offsets count from the beginning of the text. */
interface Place extends Span {
  readonly secrets: readonly Span[];
}

/** How the values of a key, or the elements of a list, are looked at. */
type Rule = 'secret' | 'environment' | 'name' | 'text';

/** The section, or a list or an inline table in it that is open. */
interface Frame {
  readonly kind: 'section' | '[' | '{';
  /** That of all elements; unless told, each key has its own. */
  readonly rule: Rule | undefined;
  key: string;
  isValue: boolean;
  /** The element before, and whether one of them signs in somewhere. */
  previous: string;
  isLogin: boolean;
}

/**
 * The values and comments in the wanted part of a text that is TOML, or was meant to be, one after the other. Reads on
 * behind what is broken: what was not closed ends where a header or another key stands.
 */
export function secretPlaces(text: string, wanted: Span, showEnvironment = false): Place[] {
  return new Reader(text, wanted, showEnvironment, 0).places();
}

/** The values of the keys of a config.toml that hold a secret, those on one line: they may be named elsewhere, too. */
export const secretValues = (text: string): string[] =>
  [...text.matchAll(secretLine)].flatMap(([, key = '', basic, literal]) => {
    const value = basic ?? literal ?? '';
    return value !== '' && isSecretName(key) ? [value] : [];
  });

const secretLine =
  /^[ \t]*"?(\w*(?:token|pass|secret|key|dsn)\w*)"?[ \t]*=[ \t]*(?:"([^"\\\n]*)"|'([^'\n]*)')/gim;

class Reader {
  readonly #text: string;
  readonly #wanted: Span;
  readonly #showEnvironment: boolean;
  /** In how many comments this text is. */
  readonly #depth: number;
  readonly #places: Place[] = [];
  readonly #rules = new Map<string, Rule>();
  #at = 0;
  #table = '';
  /** Where what was skipped began; nothing where its headers are read. */
  #skipped: number | undefined;
  #frames: Frame[] = [frame('section')];

  constructor(text: string, wanted: Span, showEnvironment: boolean, depth: number) {
    this.#text = text;
    this.#wanted = wanted;
    this.#showEnvironment = showEnvironment;
    this.#depth = depth;
  }

  places(): Place[] {
    while (this.#at < this.#wanted.to) {
      const before = this.#at;
      this.#step(this.#text[before]!);
      if (this.#at === before) this.#at++;
    }
    return this.#places;
  }

  get #top(): Frame {
    return this.#frames.at(-1)!;
  }

  get #rule(): Rule {
    const { rule, key } = this.#top;
    if (rule !== undefined) return rule;
    this.#readSkipped();
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const found = ruleOf(key, this.#table);
    this.#rules.set(key, found);
    return found;
  }

  #enter(header: string): void {
    const table = lastKey(header.replace(/[\s\]]+$/, ''));
    if (table !== this.#table) this.#rules.clear();
    this.#table = table;
  }

  /** Enters the last table of what was skipped, line by line from its end. */
  #readSkipped(): void {
    if (this.#skipped === undefined) return;
    for (let end = this.#at; end > this.#skipped; ) {
      const start = lineStart(this.#text, end - 1);
      const header = matchAt(headerLine, this.#text, start + matchAt(blank, this.#text, start).length);
      if (header !== '') {
        this.#enter(header);
        break;
      }
      end = start;
    }
    this.#skipped = undefined;
  }

  #step(sign: string): void {
    if (sign === '\n') this.#endLine();
    else if (sign === '#') this.#comment();
    else if (sign === '"' || sign === "'") this.#string(sign);
    else if (sign === '[' || sign === '{') this.#open(sign);
    else if (sign === ']' || sign === '}') this.#close(sign === ']' ? '[' : '{');
    else if (sign === '=') this.#top.isValue = true;
    else if (sign === ',') this.#next();
    else if (sign === ' ' || sign === '\t' || sign === '\r')
      this.#at += matchAt(blank, this.#text, this.#at).length;
    else this.#bare();
  }

  #endLine(): void {
    this.#at++;
    if (this.#frames.length > 1) {
      const below = matchAt(statementLine, this.#text, this.#at).trim();
      const isInTable = this.#frames.some(({ kind }) => kind === '{');
      if (below === '' || (isInTable && !below.startsWith('['))) return;
    }
    this.#frames = [frame('section')];
    if (this.#at < this.#wanted.from) this.#skip();
  }

  /** Goes on behind lines that are complete and not wanted. */
  #skip(): void {
    for (let end = this.#at; end <= this.#wanted.from; ) {
      if (end > this.#at) this.#skipped ??= this.#at;
      this.#at = end;
      const lines = matchAt(plainLines, this.#text, end).length;
      if (lines === 0) return;
      end += lines;
    }
  }

  #next(): void {
    if (this.#top.kind === '{') Object.assign(this.#top, { isValue: false, key: '', previous: '' });
  }

  #open(kind: '[' | '{'): void {
    const { isValue, key } = this.#top;
    if (isValue) {
      const rule = this.#rule;
      this.#frames.push(frame(kind, kind === '[' || rule === 'environment' ? rule : undefined));
    } else if (kind === '[' && key === '' && this.#frames.length === 1) {
      const header = matchAt(headerLine, this.#text, this.#at);
      this.#skipped = undefined;
      this.#enter(header);
      this.#at += header.length;
    }
  }

  #close(kind: '[' | '{'): void {
    const at = this.#frames.findLastIndex((one) => one.kind === kind);
    if (at <= 0) return;
    this.#frames.length = at;
    // What follows is behind a value, as it is behind a string.
    this.#top.previous = kind;
  }

  #bare(): void {
    const from = this.#at;
    const isHidden = this.#top.isValue && this.#depth === 0 && /^(secret|environment)$/.test(this.#rule);
    const words = matchAt(isHidden ? bareText : bareWord, this.#text, from).trimEnd();
    this.#at += words.length;
    if (!this.#top.isValue) this.#top.key = lastKey(words);
    else this.#put(from, this.#at, () => (isHidden ? this.#secretsInBare(words, from) : plainSecrets(words)));
  }

  /** What is hidden of words that lack their quotes; behind a string, and apart from it, they are no part of a value. */
  #secretsInBare(words: string, from: number): Span[] {
    if (this.#rule === 'environment' && words.includes('='))
      return secretsOfVariable(words, this.#showEnvironment);
    const isApart = this.#top.previous !== '' && /\s/.test(this.#text[from - 1]!);
    return isApart || /^(true|false|\$)$/.test(words) ? plainSecrets(words) : whole(words);
  }

  #string(mark: string): void {
    // In prose it is an apostrophe.
    if (mark === "'" && this.#depth > 0 && /\w/.test(this.#text[this.#at - 1] ?? '')) return;
    const { from, to, end } = stringAt(this.#text, this.#at, mark);
    this.#at = end;
    const words = this.#text.slice(from, to);
    if (this.#top.isValue) this.#put(from, to, () => this.#secretsIn(words));
    else this.#top.key = words;
    if (this.#top.isValue) this.#top.previous = words;
    this.#top.isLogin ||= withPassword.test(words);
  }

  #secretsIn(text: string): Span[] {
    const { kind, previous, isLogin } = this.#top;
    if (this.#rule === 'environment') return secretsOfVariable(text, this.#showEnvironment);
    const isAnswer = kind === '[' && (isSecretFlag(previous) || (isLogin && previous === '-p'));
    if (this.#rule === 'secret' || isAnswer) return isReference(text) ? [] : whole(text);
    return this.#rule === 'name' ? plainSecrets(text) : secretSpans(text);
  }

  #comment(): void {
    const from = this.#at;
    this.#at = commentEnd(this.#text, from);
    const words = this.#text.slice(from, this.#at);
    this.#put(from, this.#at, () => [...this.#commented(words), ...secretSpans(words)]);
  }

  /** The secrets of what a comment makes ineffective. */
  #commented(comment: string): Span[] {
    if (this.#depth > 2) return [];
    const text = comment.replace(/^[ \t]*#+/gm, (signs) => ' '.repeat(signs.length));
    const inside = new Reader(text, whole(text)[0]!, this.#showEnvironment, this.#depth + 1);
    return inside.places().flatMap(({ secrets }) => secrets);
  }

  /** Notes what of a value or a comment is wanted; the secrets in it count from its beginning. */
  #put(from: number, to: number, secretsIn: () => Span[]): void {
    const wanted = within({ from, to }, this.#wanted);
    if (wanted.from >= wanted.to) return;
    const secrets = secretsIn().map((one) => within({ from: from + one.from, to: from + one.to }, wanted));
    this.#places.push({ ...wanted, secrets: secrets.filter((one) => one.from < one.to) });
  }
}

// Programs and commands to which -p is a password.
const withPassword = /^(?:login|sshpass|mongo(?:sh|dump|restore|export|import)?|cqlsh|rabbitmqadmin)$/;

const frame = (kind: Frame['kind'], rule?: Rule): Frame => ({
  kind,
  rule,
  key: '',
  isValue: kind === '[',
  previous: '',
  isLogin: false,
});

const whole = (text: string): Span[] => [{ from: 0, to: text.length }];

const within = (one: Span, limits: Span): Span => ({
  from: Math.max(one.from, limits.from),
  to: Math.min(one.to, limits.to),
});

// The items of a volume are paths, whatever they are called.
function ruleOf(key: string, table: string): Rule {
  if (/^environment$/i.test(key)) return 'environment';
  if (/^environment$/i.test(table)) return 'secret';
  if (/^name$/i.test(key) || /^items$/i.test(table)) return 'name';
  return isSecretName(key) ? 'secret' : 'text';
}

function secretsOfVariable(text: string, isShown: boolean): Span[] {
  if (isShown) return plainSecrets(text);
  const from = matchAt(variableName, text, 0).length;
  return from === text.length || isReference(text.slice(from)) ? [] : [{ from, to: text.length }];
}

const variableName = /[^=\s"'\\]{1,200}=/y;

/** A key of `a.b."c"`: the last one. */
const lastKey = (keys: string): string => /([^\s."'[]+)["']?$/.exec(keys)?.[1] ?? keys;

/** Where the words of a string begin and end, and where what is behind it begins; one that is not closed ends with its line. */
function stringAt(text: string, at: number, mark: string): Span & { end: number } {
  const triple = mark.repeat(3);
  const isLong = text.startsWith(triple, at);
  const close = isLong ? triple : mark;
  const from = at + close.length;
  const lineStop = text.indexOf('\n', from);
  const limit = isLong || lineStop < 0 ? text.length : lineStop;
  for (
    let next = text.indexOf(close, from);
    next >= 0 && next < limit;
    next = text.indexOf(close, next + 1)
  ) {
    if (mark === '"' && isEscaped(text, from, next)) continue;
    let end = next + close.length;
    // Up to two more belong to the words.
    while (isLong && text[end] === mark && end < next + 5) end++;
    return { from, to: end - close.length, end };
  }
  const end = lineStop < 0 ? text.length : lineStop;
  return { from, to: end, end };
}

function isEscaped(text: string, from: number, at: number): boolean {
  let back = at;
  while (back > from && text[back - 1] === '\\') back--;
  return (at - back) % 2 === 1;
}

/** Where a comment ends; with the comments on the lines right below it, it is one. */
function commentEnd(text: string, at: number): number {
  for (let from = at; ; ) {
    const end = text.indexOf('\n', from);
    if (end < 0) return text.length;
    const next = matchAt(commentStart, text, end + 1).length;
    if (next === 0) return end;
    from = end + 1 + next;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

const blank = /[ \t\r]*/y;
// Headers, statements with values of one line, and empty lines, some at once. What a comment says may go on below it.
const plainLines =
  /(?:[ \t]*(?:(?:\[\[?[\w. -]+\]\]?|[\w-]+[ \t]*=[ \t]*(?:"[^"\\\n]*"|[\w.:+-]+|\[(?:[^"'#[\]{}\n]|"[^"\\\n]*")*\]))[ \t]*(?:#[^\n[]*)?)?\r?\n){1,50}/y;
const commentStart = /[ \t]*#/y;
const headerLine = /\[\[?(?:[^"'#\n\]]|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')*\]{0,2}/y;
const statementLine =
  /[ \t]*(?:\[\[?[ \t]*[A-Za-z_][^\n#=,]*\][ \t\r]*(?:#|\n|$)|[\w-]+(?:\.[\w-]+)*[ \t]*=)/y;
const bareWord = /[^\s#"'[\]{},=]+/y;
const bareText = /[^#"'[\]{},\n]+/y;
