import { diffArrays } from 'diff';

/** One line of two texts that are compared: in both, only in the first (`-`), or only in the second (`+`). */
export interface ComparedLine {
  readonly sign: ' ' | '+' | '-';
  readonly line: string;
}

/**
 * Compares two lists of lines. Where they are long and many lines differ, they are first cut at the lines that each of
 * them holds once, so that the time grows as the lists do.
 */
export function compareLines(before: readonly string[], after: readonly string[]): ComparedLine[] {
  if (before.length + after.length <= short) return differing(before, after, Number.POSITIVE_INFINITY);
  const found: ComparedLine[] = [];
  let from: Pair = { before: 0, after: 0 };
  for (const pair of [...pairsIn(before, after), { before: before.length, after: after.length }]) {
    const [left, right] = [before.slice(from.before, pair.before), after.slice(from.after, pair.after)];
    for (const one of differing(left, right, mostDifferences)) found.push(one);
    if (pair.before < before.length) found.push({ sign: ' ', line: before[pair.before]! });
    from = { before: pair.before + 1, after: pair.after + 1 };
  }
  return found;
}

/** So few lines need no cutting. */
const short = 4000;

/** Between two cuts the time grows with the square of the differences; beyond these all lines count as changed. */
const mostDifferences = 2000;

function differing(before: readonly string[], after: readonly string[], most: number): ComparedLine[] {
  const maxEditLength = Math.min(most, before.length + after.length);
  const parts = diffArrays([...before], [...after], { maxEditLength });
  if (parts === undefined) return [...signed('-', before), ...signed('+', after)];
  return parts.flatMap(({ value, added, removed }) => signed(removed ? '-' : added ? '+' : ' ', value));
}

const signed = (sign: ComparedLine['sign'], lines: readonly string[]): ComparedLine[] =>
  lines.map((line) => ({ sign, line }));

/** Where one line is in both lists. */
interface Pair {
  readonly before: number;
  readonly after: number;
}

function pairsIn(before: readonly string[], after: readonly string[]): Pair[] {
  const [left, right] = [singles(before), singles(after)];
  const pairs = [...left].flatMap(([line, at]) => {
    const other = right.get(line);
    return at === undefined || other === undefined ? [] : [{ before: at, after: other }];
  });
  return rising(pairs);
}

/** The lines of a list with their positions; none for a line that is there twice. */
function singles(lines: readonly string[]): Map<string, number | undefined> {
  const found = new Map<string, number | undefined>();
  for (const [at, line] of lines.entries()) found.set(line, found.has(line) ? undefined : at);
  return found;
}

/** The most pairs that keep their order in both lists: the longest rising sequence, by patience sorting. */
function rising(pairs: readonly Pair[]): Pair[] {
  const ends: number[] = [];
  const previous: (number | undefined)[] = [];
  for (const [at, { after }] of pairs.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]!]!.after < after) low = middle + 1;
      else high = middle;
    }
    previous.push(ends[low - 1]);
    ends[low] = at;
  }
  const chain: Pair[] = [];
  for (let at = ends.at(-1); at !== undefined; at = previous[at]) chain.push(pairs[at]!);
  return chain.reverse();
}
