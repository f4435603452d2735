import type { Config, Place } from './read.ts';
import { type Section, type Statement, scanSections, scanStatements } from './scan.ts';

/**
 * Finds the place of the key at a path such as `['runners', '0', 'docker', 'image']`, or of the nearest thing above it
 * that the file has.
 */
export function locate(config: Config, path: readonly string[]): Place {
  const index = indexes.get(config) ?? indexOf(config);
  return placeAt(index, offsetOf(index, path) ?? 0);
}

// A file with thousands of faults is asked for thousands of places.
interface Index {
  readonly text: string;
  readonly lineStarts: readonly number[];
  readonly sections: ReadonlyMap<string, Indexed>;
}

interface Indexed {
  readonly section: Section;
  statements?: readonly Statement[];
}

const indexes = new WeakMap<Config, Index>();

function indexOf(config: Config): Index {
  const text = config.text.replace(/^\ufeff/, '');
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  const index = { text, lineStarts, sections: sectionsByPath(text) };
  indexes.set(config, index);
  return index;
}

function sectionsByPath(text: string): Map<string, Indexed> {
  const count = new Map<string, number>();
  const found = new Map<string, Indexed>();
  for (const section of scanSections(text)) {
    const { header } = section;
    const path = header ? countedPath(header.keys, header.kind === 'array', count) : [];
    found.set(nameOf(path), { section });
  }
  return found;
}

const nameOf = (path: readonly string[]): string => JSON.stringify(path);

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

function offsetOf({ text, sections }: Index, path: readonly string[]): number | undefined {
  let best: { at: number; depth: number } | undefined;
  const offer = (at: number, depth: number) => {
    if (depth > (best?.depth ?? 0)) best = { at, depth };
  };
  for (let depth = 0; depth <= path.length; depth++) {
    const indexed = sections.get(nameOf(path.slice(0, depth)));
    if (indexed === undefined) continue;
    const { section } = indexed;
    if (section.header) offer(section.header.start, depth);
    indexed.statements ??= scanStatements(text, section);
    for (const { keys, start } of indexed.statements)
      if (keys.every((key, at) => path[depth + at] === key)) offer(start, depth + keys.length);
  }
  return best?.at;
}

function placeAt({ text, lineStarts }: Index, at: number): Place {
  let [line, last] = [0, lineStarts.length - 1];
  while (line < last) {
    const middle = Math.ceil((line + last) / 2);
    if (lineStarts[middle]! <= at) line = middle;
    else last = middle - 1;
  }
  const start = lineStarts[line]!;
  const words = text.slice(start, lineStarts[line + 1] ?? text.length).replace(/\r?\n$/, '');
  return { line: line + 1, column: at - start + 1, words };
}
