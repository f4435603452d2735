import { parseAst } from 'rolldown/parseAst';
import { flagOf, placeIn, withFlag } from '../../src/terminal/config-flag.ts';
import type { Case } from './case.ts';

/** The commands that a case prints without the flag for config.toml that its own command line had: pasted, they work on another file. */
export function unledCommands({ runs, written }: Pick<Case, 'runs' | 'written'>): string[] {
  const texts = written.sections.filter(({ name }) => name === 'stdout' || name === 'stderr');
  return texts.flatMap(({ bytes }) => {
    const parts = String(bytes).split(/^--- run \d+\n/m);
    const said = runs.length > 1 ? parts.slice(1) : parts;
    return runs.flatMap((words, at) => unledLines(said[at] ?? '', flagOf(placeIn(words))));
  });
}

const unledLines = (said: string, flag: string): string[] =>
  said
    .replace(/ \\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => withFlag(line, flag) !== line && !isOfFile.test(line));

// Lines of files that the program writes: who reads them later has another file.
const isOfFile =
  /^([+-] )?# (Created by|Fleet file): |^ +"text": "# Fleet file: |^ +"about": "runner-setup apply"/;

/** The calls that give a command of ours to a way of saying that adds no flag: `say.result` without an indent is one. */
export function rawCommands(path: string, source: string): string[] {
  const found: string[] = [];
  visit(parseAst(source, { lang: 'ts' }) as unknown as Node, (node) => {
    const { callee, arguments: given } = node as Call;
    const isRaw = /^(result|propose|detail)$/.test(callee?.property?.name ?? '');
    if (node.type !== 'CallExpression' || !isRaw || given.length !== 1) return;
    const text = source.slice(given[0]!.start, given[0]!.end);
    if (/runner-setup /.test(text)) found.push(`${path}: ${text}`);
  });
  return found;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Call extends Node {
  readonly callee?: { readonly property?: { readonly name?: string } };
  readonly arguments: readonly Node[];
}

function visit(node: Node, look: (node: Node) => void): void {
  look(node);
  for (const inner of Object.values(node).flat())
    if (typeof inner === 'object' && inner !== null && 'type' in inner) visit(inner as Node, look);
}
