import { isSecretName } from '../text/secret-words.ts';
import { maskValue } from './mask.ts';
import { isTable, isTables, makeTable, type Table, type Value } from './model.ts';
import { parseValues } from './parse.ts';
import { writeValue } from './write.ts';

/** The values of a config.toml without its secrets. */
export interface Withheld {
  readonly root: Table;
  /** Where each secret was: the path of its key, with the numbers of runners. */
  readonly secrets: readonly (readonly string[])[];
  /** A text of `root` in pieces: what can be shown, and the numbers of the secrets between. */
  pieces(text: string): (string | number)[];
}

/**
 * Takes the secrets out of the values of a config.toml: what is hidden in other output, too. Each leaves a mark, which
 * `pieces` finds. References to variables such as `${TOKEN}` stay, and with `showEnvironment` the variables of
 * `environment` whose names do not speak of a secret.
 */
export function withholdSecrets(root: Table, showEnvironment: boolean): Withheld {
  const secrets: (readonly string[])[] = [];
  const name = unusedIn(writeValue(root));
  const clean = (value: Value, path: readonly string[]): Value => {
    if (isTables(value)) return value.map((item, at) => clean(item, [...path, String(at)]));
    if (isTable(value))
      return makeTable(Object.entries(value).map(([key, inner]) => [key, clean(inner, [...path, key])]));
    if (showEnvironment && isEnvironment(path) && Array.isArray(value))
      return value.map((item) => cleanLeaf(item, path, !isSecretName(variableOf(item))));
    return cleanLeaf(value, path, false);
  };
  const cleanLeaf = (value: Value, path: readonly string[], isOpen: boolean): Value => {
    const [text, count] = [writeValue(value), secrets.length];
    const cover = () => `${name}${secrets.push(path) - 1}_`;
    const marked = maskValue(path.filter(isKey), text, { showEnvironment: isOpen, cover });
    if (marked === text) return value;
    const shown = parsed(marked);
    if (shown !== undefined) return shown;
    // What is not in quotes, or hidden together with its quotes.
    secrets.length = count;
    return cover();
  };
  const cleaned = clean(root, []) as Table;
  const mark = new RegExp(`${name}(\\d+)_`);
  const pieces = (text: string) =>
    text.split(mark).map((piece, at) => (at % 2 === 0 ? piece : Number(piece)));
  return { root: cleaned, secrets, pieces };
}

const isEnvironment = (path: readonly string[]): boolean => /^environment$/i.test(path.at(-1) ?? '');

const variableOf = (item: Value): string => String(item).replace(/=.*/s, '');

const isKey = (part: string): boolean => !/^\d+$/.test(part);

// What a text does not hold anywhere.
function unusedIn(text: string): string {
  for (let count = 0; ; count++) {
    const name = `_SECRET${'_'.repeat(count)}`;
    if (!text.includes(name)) return name;
  }
}

function parsed(text: string): Value | undefined {
  try {
    return parseValues(`v = ${text}\n`).v;
  } catch {
    return undefined;
  }
}
