import { spelled } from './keys.ts';
import { isTable, type PathChange, valueAt } from './model.ts';
import type { Config } from './read.ts';
import { isBare } from './remove.ts';
import { runnerPieces } from './runners.ts';
import { find, type Node, type Outline, outline, type TableNode } from './tree.ts';

/**
 * The change that takes away what is left without content when a key at a path is gone, together with it where it still
 * is there: the tables above that hold nothing else; nothing where there are none. An empty list at the path goes, too.
 * What holds a comment stays, and so do tables of `kept` keys at most.
 */
export function pruning(
  config: Config,
  at: 'global' | number,
  path: readonly string[],
  kept: number,
): Extract<PathChange, { do: 'unset' }> | undefined {
  const top = at === 'global' ? [] : [config.runnersKey, String(at)];
  const full = spelled(config.root, [...top, ...path]);
  if (!isAlone(config, full)) return undefined;
  const { whole, start } = outlineAround(config, at);
  const nodeAt = (length: number) => find(whole.root, [...start, ...full.slice(top.length, length)]).node;
  const isThere = valueAt(config.root, full) !== undefined;
  let gone = isThere && mayGo(whole, nodeAt(full.length)) ? full.length : undefined;
  if (isThere && gone === undefined) return undefined;
  for (let length = full.length - 1; length > top.length + kept; length--) {
    const table = valueAt(config.root, full.slice(0, length));
    const inside = gone === undefined ? 0 : 1;
    if (table === undefined) continue;
    if (!isTable(table) || Object.keys(table).length !== inside || !mayGo(whole, nodeAt(length))) break;
    gone = length;
  }
  return gone === undefined ? undefined : { do: 'unset', at, path: full.slice(top.length, gone) };
}

// Most keys have others beside them, which is seen without a look at the text.
function isAlone({ root }: Config, full: readonly string[]): boolean {
  const [value, table] = [valueAt(root, full), valueAt(root, full.slice(0, -1))];
  if (Array.isArray(value) && value.length === 0) return true;
  return isTable(table) && Object.keys(table).length === (value === undefined ? 0 : 1);
}

function outlineAround(config: Config, at: 'global' | number): { whole: Outline; start: string[] } {
  const { text, runnersKey } = config;
  const body = text.replace(/^\ufeff/, '');
  if (at === 'global') return { whole: outline(body, runnersKey), start: [] };
  const pieces = piecesOf(config, body);
  if (pieces.length !== config.runners.length + 1) {
    latest!.whole ??= outline(body);
    return { whole: latest!.whole, start: [runnersKey, String(at)] };
  }
  // What follows decides which comments are whose.
  const [next = ''] = pieces[at + 2]?.split(/(?<=\n)/, 1) ?? [];
  return { whole: outline(pieces[at + 1]! + next), start: [runnersKey, '0'] };
}

// Of thousands of runners each may lose something.
function piecesOf(config: Config, text: string): readonly string[] {
  if (config !== latest?.config) latest = { config, pieces: runnerPieces(text, config.runnersKey) };
  return latest.pieces;
}

let latest: { readonly config: Config; readonly pieces: readonly string[]; whole?: Outline } | undefined;

function mayGo(whole: Outline, node: Node): boolean {
  if (!isBare(whole, node)) return false;
  if (node.kind === 'list') return true;
  if (node.kind === 'table') return node.section !== undefined && !isItem(node) && !mayBeNative(node);
  return true;
}

const isItem = ({ path, headerKeys }: TableNode): boolean => path.at(-1) !== headerKeys.at(-1);

// Older versions of gitlab-runner write the headers of these tables though they are empty.
function mayBeNative({ parent, headerKeys }: TableNode): boolean {
  const [, table, service] = headerKeys;
  if (table === 'custom_build_dir') return true;
  const neighbors = [...(parent?.children ?? [])].filter(([key]) => key !== service).map(([, node]) => node);
  return (
    table === 'cache' &&
    service !== undefined &&
    neighbors.some((node) => node.kind === 'table' && node.section !== undefined && node.children.size === 0)
  );
}
