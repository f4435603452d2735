/** Does some work for each item, at most `width` at once; `turn` counts the items from 0. Throws what the work throws first. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, turn: number) => Promise<void>,
): Promise<void> {
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
