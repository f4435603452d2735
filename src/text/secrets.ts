/** A piece of a text, by offsets. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What stands in the place of a secret. */
export type Cover = (secret: string) => string;

/** The usual cover. */
export const hidden: Cover = () => '[hidden]';

/**
 * Whether a text is nothing but a reference to a variable, `${NAME}` or `$NAME` in capitals, and so no secret itself. A
 * password that begins with `$` is none.
 */
export const isReference = (text: string): boolean => /^\$(\{[A-Za-z_]\w*\}|[A-Z][A-Z0-9_]*)$/.test(text);

/**
 * The places of what is a secret wherever it stands: the tokens that GitLab makes, by their prefixes and at least 16
 * characters after them, and the passwords in addresses.
 */
export const plainSecrets = (text: string): Span[] => [...tokensIn(text), ...passwordsIn(text)];

/** A text without what is a secret wherever it stands: GitLab's tokens and the passwords in addresses. */
export const withoutPlainSecrets = (text: string): string => coverSpans(text, plainSecrets(text));

/** A text without the passwords in addresses, such as `https://ada:secret@host`. */
export const withoutPasswords = (text: string): string => coverSpans(text, passwordsIn(text));

/** A text with `cover` in place of its spans, which may overlap; line breaks in them stay. */
export function coverSpans(text: string, spans: readonly Span[], cover: Cover = hidden): string {
  if (spans.length === 0) return text;
  let [done, shown] = [0, ''];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (to <= done) continue;
    // What begins inside another one only makes it longer.
    const piece = text.slice(Math.max(from, done), to);
    shown += text.slice(done, Math.max(from, done)) + (from < done ? '' : coverLines(piece, cover));
    done = to;
  }
  return shown + text.slice(done);
}

const coverLines = (text: string, cover: Cover): string =>
  text.includes('\n') ? text.replace(/[^\s][^\r\n]*/g, (line) => cover(line)) : cover(text);

/**
 * Gives a function that hides the given secrets in a text of others, such as what a server or a log says, as they are or
 * encoded for addresses, and all that is a secret wherever it stands. Those of less than four characters are left.
 */
export function masker(secrets: readonly string[]): (text: string) => string {
  const replace = hiding(
    secrets.flatMap((one) => (one.length < least ? [] : [one, encodeURIComponent(one)])),
  );
  return (text) => withoutPlainSecrets(replace(text));
}

/**
 * Gives a function that hides the given secrets in a text of this program. One that could be an ordinary word, such as a token that
 * is `runners`, is hidden only as a value: in quotes, or behind `=`. Those of less than four characters are left.
 */
export function hideKnown(secrets: readonly string[]): (text: string) => string {
  const known = [...new Set(secrets)].filter((one) => one.length >= least && !isReference(one));
  const words = known.filter(isWordLike).map((one) => one.replace(/[^\w\s]/g, '\\$&'));
  const value = new RegExp(`(?<=["'=])(?:${words.join('|')})(?=["'](?!\\s*:)|\\s|$)`, 'g');
  const replace = hiding(known.filter((one) => !isWordLike(one)));
  return (text) => (words.length === 0 ? replace(text) : replace(text).replace(value, '[hidden]'));
}

// The words of this program's own frame are short, and letters only or numbers only.
const isWordLike = (secret: string): boolean =>
  secret.length < 6 || (secret.length < 20 && /^[A-Za-z_./ -]*$|^\d{1,7}$/.test(secret));

/**
 * Gives a function that hides the given secrets in any text, of secrets that begin alike the longest; those below four
 * characters stay. However many there are, a text is gone through once.
 */
export function hiding(secrets: readonly string[]): (text: string) => string {
  const known = new Set(secrets.filter((one) => one.length >= least));
  const lengths = new Map<string, number[]>();
  for (const one of [...known].sort((a, b) => b.length - a.length)) {
    const start = one.slice(0, least);
    const longer = lengths.get(start);
    if (longer === undefined) lengths.set(start, [one.length]);
    else if (longer.at(-1) !== one.length) longer.push(one.length);
  }
  const lengthAt = (text: string, at: number): number => {
    const possible = lengths.get(text.slice(at, at + least));
    return possible?.find((length) => known.has(text.slice(at, at + length))) ?? 0;
  };
  const firsts = new RegExp(`[${[...lengths.keys()].map(firstCode).join('')}]`, 'g');
  return (text) => (known.size === 0 ? text : without(text, firsts, lengthAt));
}

const firstCode = (start: string): string => `\\u${start.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** So short a secret stands in too many words. */
const least = 4;

function without(text: string, firsts: RegExp, lengthAt: (text: string, at: number) => number): string {
  let shown = '';
  let from = 0;
  firsts.lastIndex = 0;
  while (firsts.test(text)) {
    const at = firsts.lastIndex - 1;
    const length = lengthAt(text, at);
    if (length === 0) continue;
    shown += `${text.slice(from, at)}[hidden]`;
    from = at + length;
    firsts.lastIndex = from;
  }
  return shown + text.slice(from);
}

/** The spans of the last group of each match. */
function groupsOf(pattern: RegExp, text: string): Span[] {
  return [...text.matchAll(pattern)].flatMap(({ indices, length }) => {
    const [from, to] = indices![length - 1] ?? [0, 0];
    const isHere = from < to && !isReference(text.slice(from, to)) && !covered.test(text.slice(from, to));
    return isHere ? [{ from, to }] : [];
  });
}

// What stands in the place of a secret already.
const covered = /^(\*+|…|\[hidden\])$/;

const tokensIn = (text: string): Span[] =>
  /gl[a-z]{2,5}-|GR1348941/.test(text) ? groupsOf(tokenPattern, text) : [];

// The administrator of a GitLab may put a prefix of their own before them.
const tokenPattern =
  /(?<![A-Za-z0-9])((?:\w{1,40}-)?(?:glrtr?|glpat|gloas|gldt|glcbt|glptt|glft|glimt|glagent|glsoat|glffct|gltok|glwt)-(?![\w.-]{0,40}…)[\w-][\w.-]{14,}[\w-]|GR1348941[\w-]{8,})/dg;

function passwordsIn(text: string): Span[] {
  if (!text.includes('@')) return [];
  const patterns = text.includes('://') ? [password, slashedPassword, loneUser] : [];
  if (/proxy/i.test(text)) patterns.push(proxyLogin);
  return patterns.flatMap((pattern) => groupsOf(pattern, text));
}

// What is only digits before a slash is a port.
const password = /\w:\/\/[^\s"'/@:]{0,200}:(?!\/)((?:[^\s"'<>/\\]|\\\\){1,300})@/dg;
const slashedPassword = /\w:\/\/[^\s"'/@:]{1,200}:(?!\d{1,5}\/|[$%{<])([^\s"'<>@\\]{1,200})@/dg;
// A user without a password may be a token.
const loneUser = /\w:\/\/(?=[^\s"'/@:]{0,100}\d)([^\s"'/@:$[]{16,200})@/dg;
// The address of a proxy may lack its scheme; without a colon, the user may be a token.
const proxyLogin = /proxy=\\?["']?(?:\w{1,10}:\/\/)?(?:[^\s"'@:/]{0,200}:)?((?:[^\s"'\\]|\\[^n]){1,300})@/dgi;
