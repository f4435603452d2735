import { valueAt } from '../../config/model.ts';
import { appliesTo } from '../../settings/executors.ts';
import { type Kind, Unfit } from '../../settings/kinds.ts';
import { shownWord } from '../../settings/mask.ts';
import { settingNames, table } from '../../settings/table.ts';
import { nearest } from '../../text/closest.ts';
import { isPlaceholder } from '../../text/expand.ts';
import { keyTree, onceForKeys } from './by-key.ts';
import { editing, type Risk, type Rule, type Subject } from './rule.ts';

// Other rules look at these more closely.
const elsewhere: ReadonlySet<string> = new Set(
  'url token executor shell cache.Type name docker.dns docker.extra_hosts docker.image'.split(' '),
);

/** Values that gitlab-runner's lint lets pass and a job then stumbles over: sizes, volumes, hosts, enumerations. */
function* wrongValues(subject: Subject): Generator<Risk> {
  const { at, runner, executor } = subject;
  for (const { toml, path, kind } of rowsFor(runner)) {
    if (!appliesTo(toml, executor)) continue;
    const words = wordsOf(valueAt(runner, path));
    if (words.length === 0) continue;
    for (const word of kind.name === 'list' ? words : [words.at(-1)!]) {
      const right = wrongIn(kind, word);
      if (right === undefined) continue;
      const message = `${toml}: "${shownWord(kind, word)}" is not valid; it must be ${right}`;
      const next = wayOut(subject, toml, kind, word);
      yield { severity: 'warning', rule: 'value', at, path, message, next };
    }
  }
}

function wayOut(subject: Subject, toml: string, kind: Kind, word: string): string {
  // A command would show what is hidden.
  if (shownWord(kind, word) !== word) return `Correct it: runner-setup edit ${subject.word}`;
  if (kind.name === 'list') return editing(subject, '--remove', `${toml}=${word}`);
  const guess = nearest(word, kind.choices ?? []);
  return editing(subject, ...(guess === undefined ? ['--unset', toml] : ['--set', `${toml}=${guess}`]));
}

const checked = settingNames.flatMap((name) => {
  const { toml, kind } = table[name];
  const isChecked =
    toml !== undefined && !elsewhere.has(toml) && ['text', 'choice', 'list'].includes(kind.name);
  return isChecked ? [{ toml, path: toml.split('.'), kind }] : [];
});

type Row = (typeof checked)[number] & { readonly rank: number };

const rowsFor = onceForKeys(
  keyTree(checked.map((row, rank): [string, Row] => [row.toml, { ...row, rank }])),
  (rows): readonly Row[] => [...rows].sort((left, right) => left.rank - right.rank),
);

// What holds a variable is known only when it runs.
const wordsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter(
    (item) => typeof item === 'string' && item !== '' && !isPlaceholder(item),
  );

function wrongIn(kind: { read(words: readonly string[]): unknown }, word: string): string | undefined {
  try {
    kind.read([word]);
    return undefined;
  } catch (error) {
    if (error instanceof Unfit) return error.message;
    throw error;
  }
}

/** The rule about values that a job stumbles over, by what the row of each setting takes. */
export const valueRules: readonly Rule[] = [{ id: 'value', keys: [], find: wrongValues }];
