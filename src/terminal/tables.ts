import { harmless } from '../text/sanitize.ts';
import type { Say } from './say.ts';

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** It may be cut to this many columns where the terminal is narrow; never cut when absent. */
  readonly least?: number;
  /** When even that is too wide, columns go in this order, the lowest first; never when absent. */
  readonly dropped?: number;
}

// More than any terminal shows.
const longest = 2000;

/**
 * Makes cells of what may hold anything, for a table in this width: without control characters, and without the secrets
 * that are hidden wherever a cell may be cut, as nobody would see the beginning of one for a secret.
 */
export const cellFor =
  ({ masked }: Pick<Say, 'masked'>, width: number) =>
  (text: string): string =>
    harmless(width === Number.POSITIVE_INFINITY && text.length <= longest ? text : masked(text), longest);

/**
 * Lays out rows under their titles, two blanks between columns. `width` is that of the terminal: cells are cut and
 * columns left out, the empty ones first, until a line fits; without one everything stands whole.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string[] {
  const { title, line } = tableLayout(columns, rows, width);
  return [title, ...rows.map(line)];
}

/**
 * The layout of a table by its first rows, for rows that come later: its line of titles, and what makes a line of the
 * cells of a row. Where there is a width, a later cell is cut to its column, unless the column is never cut.
 */
export function tableLayout(
  columns: readonly Column[],
  sample: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): { readonly title: string; line(cells: readonly string[]): string } {
  const natural = naturalWidths(columns, sample);
  const kept = keepColumns(columns, natural, width, (at) => isEmpty(sample, at));
  const widths = shrink(columns, natural, kept, width);
  const fit = (text: string, at: number) =>
    width === Number.POSITIVE_INFINITY || columns[at]!.least === undefined ? text : cut(text, widths[at]!);
  const line = (cells: readonly string[]) =>
    kept
      .map((at) => pad(fit(cells[at]!, at), widths[at]!))
      .join('  ')
      .trimEnd();
  return { title: line(columns.map(({ title }) => title)), line };
}

/**
 * The titles of the columns that `tableLines` leaves out, those that have nothing to show marked as empty; none where all
 * of them are empty.
 */
export function columnsLeftOut(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  if (width === Number.POSITIVE_INFINITY) return [];
  const kept = keepColumns(columns, naturalWidths(columns, rows), width, (at) => isEmpty(rows, at));
  const left = [...columns.keys()].filter((at) => !kept.includes(at));
  if (left.every((at) => isEmpty(rows, at))) return [];
  return left.map((at) => (isEmpty(rows, at) ? `${columns[at]!.title} (empty)` : columns[at]!.title));
}

const naturalWidths = (columns: readonly Column[], rows: readonly (readonly string[])[]): number[] =>
  columns.map(({ title }, at) =>
    rows.reduce((most, row) => Math.max(most, widthOf(row[at]!)), widthOf(title)),
  );

const isEmpty = (rows: readonly (readonly string[])[], at: number): boolean =>
  rows.every((row) => row[at] === '');

function keepColumns(
  columns: readonly Column[],
  natural: readonly number[],
  width: number,
  isEmpty: (at: number) => boolean,
): number[] {
  let kept = [...columns.keys()];
  if (total(natural) > width) {
    kept = kept.filter((at) => columns[at]!.dropped === undefined || !isEmpty(at));
  }
  const least = (at: number) => Math.min(columns[at]!.least ?? natural[at]!, natural[at]!);
  const order = kept
    .filter((at) => columns[at]!.dropped !== undefined)
    .sort((a, b) => columns[a]!.dropped! - columns[b]!.dropped!);
  for (const at of order) {
    if (total(kept.map(least)) <= width) break;
    kept = kept.filter((one) => one !== at);
  }
  return kept;
}

// The widest of the columns that may be cut gives way first.
function shrink(
  columns: readonly Column[],
  natural: readonly number[],
  kept: readonly number[],
  width: number,
): number[] {
  const widths = [...natural];
  for (;;) {
    if (total(kept.map((at) => widths[at]!)) <= width) return widths;
    const soft = kept.filter((at) => widths[at]! > (columns[at]!.least ?? Number.POSITIVE_INFINITY));
    const widest = soft.sort((a, b) => widths[b]! - widths[a]!)[0];
    if (widest === undefined) return widths;
    widths[widest]! -= 1;
  }
}

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, each) => sum + each, 0) + 2 * Math.max(widths.length - 1, 0);

function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let short = '';
  for (const letter of text) {
    if (widthOf(short + letter) > width - 1) break;
    short += letter;
  }
  return `${short}…`;
}

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(width - widthOf(text), 0));

/** How many columns of a terminal a text takes: letters of East Asia and emoji take two, marks none. */
function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const letter of text) width += /[\p{M}\p{Cf}]/u.test(letter) ? 0 : wide.test(letter) ? 2 : 1;
  return width;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
