import type { Config } from './read.ts';
import { scanSections, scanStatements } from './scan.ts';

/** Finds line and column (from 1) of the key at a path such as `['runners', '0', 'docker', 'image']`. */
export function locate(config: Config, path: string[]): { line: number; column: number } {
  const text = config.text.replace(/^\ufeff/, '');
  const at = offsetOf(text, path) ?? 0;
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** Goes through the headers as they are counted, and takes the last place that comes nearest to the path. */
function offsetOf(text: string, path: string[]): number | undefined {
  const count = new Map<string, number>();
  let best: { at: number; depth: number } | undefined;
  const offer = (at: number, reached: string[]) => {
    const depth = sharedDepth(reached, path);
    if (depth > 0 && depth > (best?.depth ?? 0)) best = { at, depth };
  };
  for (const section of scanSections(text)) {
    const here = section.header
      ? countedPath(section.header.keys, section.header.kind === 'array', count)
      : [];
    if (section.header) offer(section.header.start, here);
    if (!startsAlike(here, path)) continue;
    for (const statement of scanStatements(text, section))
      offer(statement.start, [...here, ...statement.keys]);
  }
  return best?.at;
}

function countedPath(keys: string[], isList: boolean, count: Map<string, number>): string[] {
  const path: string[] = [];
  for (const [at, key] of keys.entries()) {
    path.push(key);
    const name = JSON.stringify(path);
    const isNew = isList && at === keys.length - 1;
    if (isNew) count.set(name, (count.get(name) ?? -1) + 1);
    const index = count.get(name);
    if (index !== undefined) path.push(String(index));
  }
  return path;
}

function startsAlike(here: string[], path: string[]): boolean {
  return here.every((key, at) => path[at] === key);
}

function sharedDepth(reached: string[], path: string[]): number {
  const other = reached.findIndex((key, at) => path[at] !== key);
  if (other < 0) return reached.length;
  return other === reached.length ? other : 0;
}
