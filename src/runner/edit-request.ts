import type { KeyChange } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import type { Level } from '../settings/toml-keys.ts';

/** What is to become of one key of config.toml, before it is known which runner it is about. */
export type Edit = KeyChange & {
  readonly level: Level;
  /** What the person wrote, to be named when it does not fit. */
  readonly from: string;
};

/** Cuts `docker.volumes=/cache` into the path and the words behind it; throws when there is no `=`. */
export function cutAssignment(flag: string, words: string): { path: string[]; value: string } {
  const at = endOfPath(words);
  if (at < 0) {
    throw new Trouble(`${flag} ${words} has no "=".`, {
      hint: `Use ${flag} path=value, such as ${examples[flag] ?? examples['--set']}`,
      code: exitCode.usage,
    });
  }
  return { path: cutPath(flag, words.slice(0, at)), value: words.slice(at + 1) };
}

const examples: Readonly<Record<string, string>> = {
  '--set': '--set docker.privileged=true',
  '--add': '--add docker.volumes=/cache2',
  '--remove': '--remove docker.volumes=/cache2',
};

/** Cuts a path at its dots; a part in quotes may hold dots itself. `runners.` in front is understood. */
export function cutPath(flag: string, words: string): string[] {
  const part = /^(?:"([^"]+)"|'([^']+)'|([^."'\s]+))(?:\.(?=.)|$)/s;
  const path: string[] = [];
  let rest = words.trim();
  for (let found = part.exec(rest); found !== null; found = part.exec(rest)) {
    path.push(found[1] ?? found[2] ?? found[3]!);
    rest = rest.slice(found[0].length);
  }
  if (path.length === 0 || rest !== '') {
    throw new Trouble(`${flag}: "${words}" is not a key path.`, {
      hint: 'Separate the keys with dots, such as docker.privileged.',
      code: exitCode.usage,
    });
  }
  return path[0] === 'runners' && path.length > 1 ? path.slice(1) : path;
}

function endOfPath(words: string): number {
  let quote = '';
  for (let at = 0; at < words.length; at++) {
    const sign = words[at]!;
    if (quote !== '') quote = sign === quote ? '' : quote;
    else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === '=') return at;
  }
  return -1;
}

/**
 * Refuses edits that say two things about one key: two values, or a value and its removal. Giving the same twice is
 * no contradiction; adding to a list and removing from it are no contradiction either.
 */
export function refuseContradictions(
  edits: readonly Edit[],
  same: (a: unknown, b: unknown) => boolean,
): void {
  for (const [at, edit] of edits.entries()) {
    const other = edits.slice(0, at).find((before) => contradicts(before, edit, same));
    if (other === undefined) continue;
    throw new Trouble(`${other.from} and ${edit.from} cannot be combined.`, {
      hint: 'Use one of them.',
      code: exitCode.usage,
    });
  }
}

function contradicts(a: Edit, b: Edit, same: (a: unknown, b: unknown) => boolean): boolean {
  if (a.level !== b.level || !isWithin(a.path, b.path)) return false;
  const whole = (edit: Edit) => edit.do === 'set' || edit.do === 'unset';
  if (a.path.length !== b.path.length) return whole(a.path.length < b.path.length ? a : b);
  if (a.do === 'set' && b.do === 'set') return !same(a.value, b.value);
  if (a.do === 'unset' || b.do === 'unset') return a.do !== b.do;
  const pair = [a, b].map((edit) => ('values' in edit ? edit.values : []));
  return (
    a.do !== b.do && whole(a) === whole(b) && pair[0]!.some((one) => pair[1]!.some((two) => same(one, two)))
  );
}

const isWithin = (a: readonly string[], b: readonly string[]): boolean =>
  [...Array(Math.min(a.length, b.length)).keys()].every((at) => a[at] === b[at]);
