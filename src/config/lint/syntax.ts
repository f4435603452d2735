import { parseTOML } from 'toml-eslint-parser';
import { followedVersion } from '../../text/gitlab-runner.ts';
import { isTable, makeTable, type Table, type Value } from '../model.ts';
import { SyntaxFault } from '../parse.ts';
import { keysOf, placesValues, placeValue } from '../places.ts';
import { type Config, excerptAt, placeOf, readConfig, readConfigWith, strayReturn } from '../read.ts';
import type { LintFinding } from './finding.ts';

interface Readable {
  readonly config?: Config;
  /** Why the text is no TOML at all. */
  readonly fault?: LintFinding;
  /** What only the newer TOML allows. */
  readonly note?: LintFinding;
}

/**
 * Reads a config.toml as gitlab-runner does, which takes TOML 1.1 as well (BurntSushi/toml 1.6.0); gives the
 * fault with its place when the text is neither.
 */
export async function readLeniently(text: string, file: string): Promise<Readable> {
  try {
    return { config: await readConfig(text, file) };
  } catch (error) {
    const plain = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
    const fault = faultIn(plain);
    if (fault === undefined) throw error;
    const newer = newerValues(plain);
    if (newer === undefined) return { fault: finding('error', 'syntax', fault, plain) };
    const config = readConfigWith(() => newer, text, file);
    return { config, note: finding('warning', 'toml-1.1', fault, plain) };
  }
}

function faultIn(plain: string): SyntaxFault | undefined {
  const stray = strayReturn(plain);
  if (stray !== undefined) return stray;
  try {
    placesValues(plain);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxFault) return error;
    throw error;
  }
}

function newerValues(plain: string): Table | undefined {
  if (strayReturn(plain) !== undefined) return undefined;
  try {
    const root = makeTable();
    for (const node of parseTOML(plain, { tomlVersion: '1.1' }).body[0].body) {
      const isTableNode = node.type === 'TOMLTable';
      const target = isTableNode ? descend(root, node.resolvedKey, node.kind === 'array') : root;
      for (const pair of isTableNode ? node.body : [node]) {
        const keys = keysOf(pair.key);
        descend(target, keys.slice(0, -1), false)[keys.at(-1)!] = placeValue(pair.value);
      }
    }
    return root;
  } catch {
    return undefined;
  }
}

function descend(root: Table, path: readonly (string | number)[], isList: boolean): Table {
  let here: Table | Value[] = root;
  for (const [at, key] of path.entries()) {
    const holds = here as Record<string | number, Value>;
    const inList =
      typeof path[at + 1] === 'number' || (isList && at === path.length - 1 && typeof key === 'string');
    holds[key] ??= inList ? [] : makeTable();
    here = holds[key] as Table | Value[];
  }
  return isTable(here as Value) ? (here as Table) : makeTable();
}

function finding(severity: 'error' | 'warning', rule: string, fault: SyntaxFault, text: string): LintFinding {
  const { message, line, column } = fault;
  const words = `${message.charAt(0).toLowerCase()}${message.slice(1)}`.replace(/\.$/, '');
  const at = { line, column };
  const excerpt = excerptAt(placeOf(text, fault));
  if (rule === 'toml-1.1') {
    return {
      severity,
      rule,
      path: [],
      ...at,
      message: `only TOML 1.1 allows this: ${words}`,
      excerpt,
      next: `gitlab-runner ${followedVersion} reads it; older ones do not, and runner-setup changes no such file.`,
    };
  }
  return {
    severity,
    rule,
    path: [],
    ...at,
    message: `not valid TOML: ${words}`,
    excerpt,
    next: wayOut(text, line),
  };
}

function wayOut(text: string, line: number): string {
  const words = text.split('\n')[line - 1] ?? '';
  if (/\{\{|\{%|<%|%\{|^\s*\$\{/.test(words))
    return 'This looks like a template: fill it in first, then lint what comes out.';
  return 'Correct this line; gitlab-runner would not load the file.';
}
