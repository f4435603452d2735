import { isTable, type Table } from '../../config/model.ts';

/** Things by the keys that they are about. */
interface KeyTree<T> {
  readonly things: T[];
  readonly below: Map<string, KeyTree<T>>;
}

/** Puts things in order by dotted keys, to be found by the keys that a table has. */
export function keyTree<T>(pairs: Iterable<readonly [key: string, thing: T]>): KeyTree<T> {
  const root: KeyTree<T> = { things: [], below: new Map() };
  for (const [key, thing] of pairs) key.split('.').reduce(branch, root).things.push(thing);
  return root;
}

function branch<T>({ below }: KeyTree<T>, name: string): KeyTree<T> {
  const folded = name.toLowerCase();
  const known: KeyTree<T> = below.get(folded) ?? { things: [], below: new Map() };
  // Nearly all files spell it like this.
  below.set(folded, known).set(name, known);
  return known;
}

/**
 * Hands over what is about a key that a table has, whatever its case, and about the keys of the tables in it. A runner has
 * a dozen of hundreds of keys, so it is gone through instead of them.
 */
export function eachAbout<T>(table: Table, tree: KeyTree<T>, take: (things: readonly T[]) => void): void {
  for (const key in table) {
    const found = tree.below.get(key) ?? tree.below.get(key.toLowerCase());
    if (found === undefined) continue;
    if (found.things.length > 0) take(found.things);
    const value = table[key];
    if (found.below.size > 0 && isTable(value)) eachAbout(value, found, take);
  }
}
