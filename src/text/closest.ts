/**
 * The entry of `words` that is nearest to `word`, or nothing when none is near: one mistake in up to four letters, two in
 * up to seven, and so on. A mistake is a letter that is missing, too many, another one, or swapped with its neighbor.
 */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor((word.length + 1) / 3));
  const ranked = words
    .map((one) => ({ one, far: distance(word.toLowerCase(), one.toLowerCase()) }))
    .filter(({ far, one }) => far <= limit && far < one.length)
    .sort((a, b) => a.far - b.far);
  return ranked[0]?.one;
}

function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const [above, before] = [rows[i - 1]!, rows[i - 2]];
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = before !== undefined && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(change, above[j]! + 1, row[j - 1]! + 1, isSwapped ? before[j - 2]! + 1 : Infinity));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
