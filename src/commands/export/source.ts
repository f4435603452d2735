import { globalKeys, type Keys, keyOf, knownName, runnerKeys } from '../../config/keys.ts';
import { isTable, isTables, makeTable, type Table, textIn, type Value } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { type Withheld, withholdSecrets } from '../../config/withhold.ts';
import type { RunnerEntry } from '../../runner/select.ts';
import type { AtGitlab, Secret, Source, SourceRunner } from './formats/format.ts';
import { Names } from './names.ts';

/**
 * What an export of these runners is made from; `atGitlab` has what GitLab said of them, by their numbers. With
 * `asSpelled`, keys are spelled as in the file, else as gitlab-runner writes them.
 */
export function sourceOf(
  config: Config | undefined,
  entries: readonly RunnerEntry[],
  atGitlab: ReadonlyMap<number, AtGitlab>,
  { showEnvironment, asSpelled }: { readonly showEnvironment: boolean; readonly asSpelled: boolean },
): Source {
  const withheld = withholdSecrets(config?.root ?? makeTable(), showEnvironment);
  const key = config?.runnersKey ?? 'runners';
  const { [key]: runners, ...globals } = withheld.root;
  const spelled = (table: Table, keys: Keys) => (asSpelled ? table : withKnownNames(table, keys));
  const blocks = (isTables(runners) ? runners : []).map((block) => spelled(block, runnerKeys));
  const labels = labelsOf(entries);
  const secrets = namedSecrets(withheld, key, blocks, new Map(entries.map(({ at }, i) => [at, labels[i]!])));
  const pieces = (text: string) =>
    withheld
      .pieces(text)
      .flatMap((piece) => (piece === '' ? [] : [typeof piece === 'number' ? secrets[piece]! : piece]));
  const source = { globals: spelled(makeTable(globals), globalKeys), pieces };
  return {
    ...source,
    runners: entries.map(({ at }, index): SourceRunner => {
      const block = blocks[at]!;
      const label = labels[index]!;
      const isSecret = pieces(textIn(block, 'name')).some((piece) => typeof piece !== 'string');
      const name = isSecret ? '' : textIn(block, 'name');
      return { at, name: name || label, label, block, gitlab: atGitlab.get(at) };
    }),
  };
}

/** Names for runners, of what their own names have of small letters, digits, and dashes; no two are the same. */
function labelsOf(entries: readonly RunnerEntry[]): string[] {
  const names = new Names('-');
  return entries.map(({ at, runner }) => {
    const words = textIn(runner, 'name')
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? ['runner', String(at + 1)];
    const label = words.join('-').slice(0, 40).replace(/-$/, '');
    return names.next(label);
  });
}

/** The secrets with a name for each, such as `BUILD_1_CACHE_S3_SECRETKEY`. */
function namedSecrets(
  { secrets, pieces }: Withheld,
  runnersKey: string,
  blocks: readonly Table[],
  labels: ReadonlyMap<number, string>,
): Secret[] {
  const variables = new Map(blocks.flatMap((block) => variablesIn(block, pieces)));
  const words = (part: string) => part.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_');
  const names = new Names('_');
  return secrets.map((path, index): Secret => {
    const at = path[0] === runnersKey ? Number(path[1]) : undefined;
    const variable = variables.get(index);
    const own = [...(at === undefined ? path : path.slice(2)), ...(variable === undefined ? [] : [variable])];
    const label = at === undefined ? [] : [labels.get(at) ?? `runner-${at + 1}`];
    const name = names.next(
      [...label, ...own.filter((part) => !/^\d+$/.test(part))]
        .map(words)
        .join('_')
        .replace(/\W+/g, '_')
        .toUpperCase(),
    );
    return { name: /^[A-Z_]/.test(name) ? name : `RUNNER_${name}`, path: own, at };
  });
}

// In a list of variables, each secret is called like its variable.
function variablesIn(value: Value, pieces: Withheld['pieces']): (readonly [number, string])[] {
  if (isTable(value)) return Object.values(value).flatMap((inner) => variablesIn(inner, pieces));
  if (Array.isArray(value)) return value.flatMap((inner) => variablesIn(inner, pieces));
  const [first, secret] = typeof value === 'string' ? pieces(value) : [];
  const name = typeof first === 'string' ? /^(\w+)=$/.exec(first)?.[1] : undefined;
  return name === undefined || typeof secret !== 'number' ? [] : [[secret, name] as const];
}

/** A table whose keys are spelled as gitlab-runner spells them: it takes them whatever their case. */
function withKnownNames(table: Table, keys: Keys): Table {
  return makeTable(
    Object.entries(table).map(([key, value]) => {
      const name = knownName(keys, key);
      const what = name === undefined ? undefined : keyOf(keys, name);
      return [name ?? key, what === undefined || what.kind === 'value' ? value : below(value, what.keys)];
    }),
  );
}

function below(value: Value, keys: Keys): Value {
  if (isTables(value)) return value.map((item) => withKnownNames(item, keys));
  return isTable(value) ? withKnownNames(value, keys) : value;
}
