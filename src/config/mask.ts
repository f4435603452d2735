import { type Cover, coverSpans, hidden, type Span } from '../text/secrets.ts';
import { lineEnd } from './lines.ts';
import { secretPlaces } from './secret-places.ts';
import { writeKey } from './write.ts';

/** What is hidden of a config.toml, and how. */
interface Masking {
  /** What stands in the place of a secret; `[hidden]` unless told. */
  readonly cover?: Cover;
  /** Whether the values of `environment` may be seen. */
  readonly showEnvironment?: boolean;
  /** Hides in one line of a value, or of a comment, the secrets that are known from elsewhere. */
  readonly hideKnown?: (line: string) => string;
}

/** Lines of a text, counted from 1; the last one belongs to them. */
interface Lines {
  readonly first: number;
  readonly last: number;
}

/**
 * Hides the secrets of a config.toml, which need not be valid: the values of keys that hold one, the values of
 * `environment`, what follows an argument such as `--password`, and the secrets in scripts, other texts, and comments.
 * Keys, headers, and line breaks stay. Takes one pass over the text.
 */
export const maskToml = (text: string, masking: Masking = {}): string =>
  maskPart(text, { from: 0, to: text.length }, masking);

/** The named lines of a config.toml, each with its line break, their secrets hidden as in the whole text. */
export const maskLines = (text: string, lines: Lines, masking: Masking = {}): string[] =>
  maskPart(text, rangeOf(text, lines), masking).split(/(?<=\n)/);

/** The value of one key, written as TOML, its secrets hidden; `path` leads from `[[runners]]`, or from the top, to the key. */
export function maskValue(path: readonly string[], value: string, masking: Masking = {}): string {
  const head = `[${writeKey(path.at(-2) ?? 'runners')}]\n${writeKey(path.at(-1) ?? '')} = `;
  return maskToml(head + value, masking).slice(head.length);
}

/** One line of a config.toml, its secrets as stars of the same width, so that what stands behind them keeps its column. */
export function starredLine(text: string, line: number): string {
  // Many lines of one text may be shown, one after the other.
  if (text !== latest.text) latest = { text, lines: maskToml(text, { cover: stars }).split('\n') };
  return latest.lines[line - 1] ?? '';
}

let latest: { text: string; lines: string[] } = { text: '', lines: [''] };

const stars: Cover = (secret) => secret.replace(/[^\s"']/g, '*');

function maskPart(
  text: string,
  wanted: Span,
  { cover = hidden, hideKnown, showEnvironment }: Masking,
): string {
  let [done, shown] = [wanted.from, ''];
  for (const { from, to, secrets } of secretPlaces(text, wanted, showEnvironment)) {
    if (secrets.length === 0 && hideKnown === undefined) continue;
    const spans = secrets.map((one) => ({ from: one.from - from, to: one.to - from }));
    const value = coverSpans(text.slice(from, to), spans, cover);
    shown += text.slice(done, from);
    shown += hideKnown === undefined ? value : value.split('\n').map(hideKnown).join('\n');
    done = to;
  }
  return shown + text.slice(done, wanted.to);
}

function rangeOf(text: string, { first, last }: Lines): Span {
  let [line, from] = [1, 0];
  for (; line < first && from < text.length; line++) from = lineEnd(text, from);
  let to = from;
  for (; line <= last && to < text.length; line++) to = lineEnd(text, to);
  return { from, to };
}
