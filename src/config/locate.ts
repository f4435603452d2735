import { grouped } from '../text/grouped.ts';
import type { Config, Place } from './read.ts';
import { type Section, type Statement, scanSections, scanStatements } from './scan.ts';

/**
 * Finds the place of the key at a path such as `['runners', '0', 'docker', 'image']`, or of the nearest thing above it
 * that the file has.
 */
export function locate(config: Config, path: readonly string[]): Place {
  const index = indexes.get(config) ?? indexOf(config);
  return placeAt(index, offsetOf(index, path));
}

// A file with thousands of faults is asked for thousands of places, one with few is not gone through to its end.
interface Index {
  readonly text: string;
  /** The sections that are not in `sections` yet. */
  readonly rest: Iterator<Section>;
  /** How many items each list of tables has so far, less one. */
  readonly count: Map<string, number>;
  readonly sections: Map<string, Indexed>;
  /** Where the first header stands that goes on from a path, as `[a.b]` does from `a`. */
  readonly headersBelow: Map<string, number>;
  readonly lineStarts: number[];
}

interface Indexed {
  readonly section: Section;
  /** The statements by the first name of their keys. */
  statements?: ReadonlyMap<string, readonly Statement[]>;
}

const indexes = new WeakMap<Config, Index>();

function indexOf(config: Config): Index {
  const text = config.text.replace(/^\ufeff/, '');
  const index: Index = {
    text,
    rest: scanSections(text),
    count: new Map(),
    sections: new Map(),
    headersBelow: new Map(),
    lineStarts: [0],
  };
  readSection(index);
  indexes.set(config, index);
  return index;
}

/** Takes one more section into the index; false when there is none. */
function readSection({ rest, count, sections, headersBelow }: Index): boolean {
  const { done, value: section } = rest.next();
  if (done) return false;
  const { header } = section;
  const path = header ? countedPath(header.keys, header.kind === 'array', count) : [];
  sections.set(nameOf(path), { section });
  for (let above = path.slice(0, -1); above.length > 0; above = above.slice(0, -1)) {
    const name = nameOf(above);
    if (headersBelow.has(name)) break;
    headersBelow.set(name, section.start);
  }
  return true;
}

const nameOf = (path: readonly string[]): string => path.join('\0');

function countedPath(keys: string[], isList: boolean, count: Map<string, number>): string[] {
  const path: string[] = [];
  for (const [at, key] of keys.entries()) {
    path.push(key);
    const name = nameOf(path);
    const isNew = isList && at === keys.length - 1;
    if (isNew) count.set(name, (count.get(name) ?? -1) + 1);
    const index = count.get(name);
    if (index !== undefined) path.push(String(index));
  }
  return path;
}

function offsetOf(index: Index, path: readonly string[]): number {
  const [list = '', item] = path;
  // Nothing of an item of a list stands behind the header of the next one.
  const isPast = () => (index.count.get(list) ?? -1) > Number(item);
  if (!isPast()) {
    const near = nearestIn(index, path);
    const isAtTop = near.at < index.sections.get('')!.section.end;
    if (isAtTop && near.depth === path.length) return near.at;
    while (!isPast() && readSection(index));
  }
  return nearestIn(index, path).at;
}

function nearestIn({ text, sections, headersBelow }: Index, path: readonly string[]): Near {
  let best: Near = { at: 0, depth: 0 };
  const offer = (at: number, depth: number) => {
    if (depth > best.depth) best = { at, depth };
  };
  for (let depth = 0; depth <= path.length; depth++) {
    const indexed = sections.get(nameOf(path.slice(0, depth)));
    if (indexed === undefined) continue;
    const { section } = indexed;
    if (section.header) offer(section.header.start, depth);
    indexed.statements ??= grouped(scanStatements(text, section), ({ keys }) => keys[0]!);
    for (const { keys, start } of statementsFor(indexed.statements, path[depth]))
      if (keys.every((key, at) => depth + at >= path.length || path[depth + at] === key))
        offer(start, nearness(depth + keys.length, path.length));
  }
  const below = headersBelow.get(nameOf(path));
  if (below !== undefined) offer(text.indexOf('[', below), nearness(path.length + 1, path.length));
  return best;
}

/** Where something stands, and how many keys of a path lead there. */
interface Near {
  readonly at: number;
  readonly depth: number;
}

// Where the path ends at a table, the first statement in it stands for all.
function* statementsFor(
  all: ReadonlyMap<string, readonly Statement[]>,
  key: string | undefined,
): Generator<Statement> {
  if (key !== undefined) yield* all.get(key) ?? [];
  else for (const [first] of all.values()) return yield first!;
}

// What is further down than the path says stands for it where nothing else does.
const nearness = (depth: number, wanted: number): number => (depth > wanted ? wanted - 0.5 : depth);

function placeAt({ text, lineStarts }: Index, at: number): Place {
  for (let last = lineStarts.at(-1)!; last <= at; lineStarts.push(last))
    last = text.indexOf('\n', last) + 1 || Number.POSITIVE_INFINITY;
  let [line, last] = [0, lineStarts.length - 1];
  while (line < last) {
    const middle = Math.ceil((line + last) / 2);
    if (lineStarts[middle]! <= at) line = middle;
    else last = middle - 1;
  }
  const start = lineStarts[line]!;
  const words = text.slice(start, lineStarts[line + 1] ?? text.length).replace(/\r?\n$/, '');
  return { line: line + 1, column: at - start + 1, words, text };
}
