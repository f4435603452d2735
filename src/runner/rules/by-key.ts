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
 * Makes something of the things about the keys of a table, once for all tables that have the same keys in the same order,
 * as thousands of runners have.
 */
export function onceForKeys<T, Made>(
  tree: KeyTree<T>,
  make: (things: ReadonlySet<T>) => Made,
): (table: Table) => Made {
  interface Way {
    readonly things: ReadonlySet<T>;
    readonly more: Map<readonly T[], Way>;
    made?: { readonly it: Made };
  }
  const begin: Way = { things: new Set(), more: new Map() };
  return (table) => {
    let way = begin;
    eachAbout(table, tree, (found) => {
      const next: Way = way.more.get(found) ?? {
        things: new Set([...way.things, ...found]),
        more: new Map(),
      };
      way.more.set(found, next);
      way = next;
    });
    way.made ??= { it: make(way.things) };
    return way.made.it;
  };
}

/**
 * Hands over what is about a key that a table has, whatever its case, and about the keys of the tables in it. A runner has
 * a dozen of hundreds of keys, so it is gone through instead of them.
 */
function eachAbout<T>(table: Table, tree: KeyTree<T>, take: (things: readonly T[]) => void): void {
  for (const key in table) {
    const found = tree.below.get(key) ?? tree.below.get(key.toLowerCase());
    if (found === undefined) continue;
    if (found.things.length > 0) take(found.things);
    const value = table[key];
    if (found.below.size > 0 && isTable(value)) eachAbout(value, found, take);
  }
}
