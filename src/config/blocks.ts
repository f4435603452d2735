import { makeTable, type Table, type Value } from './model.ts';

/**
 * Reads a text one `[[runners]]` block after the other; a block that stood, letter for letter, in the text read before
 * is not read again. Undefined where blocks do not mean the same by themselves; throws what `parse` throws.
 */
export function parseBlocks(text: string, parse: (text: string) => Table): Table | undefined {
  const [head, ...blocks] = cut(text);
  const root = head === undefined ? {} : parse(head);
  if (blocks.length === 0 || 'runners' in root) return undefined;
  const known = new Map<string, Value[]>();
  const runners: Value[] = [];
  for (const block of blocks) {
    const items = latest.get(block) ?? runnersOf(parse(block));
    if (items === undefined) return undefined;
    known.set(block, items);
    runners.push(...items);
  }
  latest = known;
  return makeTable([...Object.entries(root), ['runners', runners]]);
}

/** The last block of the text that was read last, when that is how this text ends; it stands by itself. */
export function lastBlock(text: string): string | undefined {
  const block = text.slice(text.lastIndexOf(mark) + 1);
  return latest.has(block) ? block : undefined;
}

let latest: ReadonlyMap<string, Value[]> = new Map();

// A line like this inside a string or a list is no header; but then the piece before it ends too early to be TOML.
function cut(text: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    pieces.push(text.slice(from, at + 1));
    from = at + 1;
  }
  return from === 0 ? [] : [...pieces, text.slice(from)];
}

const mark = '\n[[runners]]';

// Anything else at the top belongs together with what stands elsewhere in the file.
function runnersOf({ runners, ...others }: Table): Value[] | undefined {
  return Array.isArray(runners) && Object.keys(others).length === 0 ? runners : undefined;
}
