import { nativeStyle, writeTable } from '../../../config/canonical.ts';
import { globalKeys, type Keys, keyOf, knownName, runnerKeys } from '../../../config/keys.ts';
import { Float, isTable, makeTable, type Table, textIn, type Value } from '../../../config/model.ts';
import { plainOf } from '../../../config/plain.ts';
import { writeValue } from '../../../config/write.ts';
import { executors } from '../../../settings/executors.ts';
import { isSecretName } from '../../../text/secret-words.ts';
import { writeYaml, type Yaml } from '../../../text/yaml.ts';
import {
  type AtGitlab,
  type Format,
  identityKeys,
  type Omitted,
  type Source,
  type SourceRunner,
  secretsBelow,
} from './format.ts';

type Form = 'toml' | 'yaml' | 'json';

/** A fleet file, which `apply` reads: applied where it was exported, it changes nothing. */
export const fleetFile =
  (form: Form): Format =>
  (source) => {
    const parts = source.runners.map((runner) => runnerPart(source, runner, form));
    const global = tablePart(source, source.globals, globalKeys, {
      at: undefined,
      last: source.last ?? [],
      form,
    });
    const fleet = makeTable({
      version: 1,
      ...(Object.keys(global.kept).length > 0 && { global: global.kept }),
      runners: parts.flatMap(({ table }) => table ?? []),
    });
    const head = headOf([{ ...global, name: 'global' }, ...parts]);
    return {
      files: [{ name: `runners.${form}`, about: 'runner-setup apply', text: textOf(fleet, head, form) }],
      omitted: [...global.omitted, ...parts.flatMap(({ omitted }) => omitted)],
    };
  };

function headOf(
  parts: readonly (Pick<Part, 'secrets' | 'variables'> & { readonly name: string })[],
): string[] {
  const secrets = parts.flatMap(({ name, secrets }) => secrets.map((key) => `  ${name}: ${key}`));
  const variables = parts.flatMap((part) => part.variables);
  return [
    'Fleet file: runner-setup apply -f FILE',
    ...(secrets.length === 0
      ? []
      : ['These secrets are not in it; apply leaves them as they are:', ...secrets]),
    ...(variables.length === 0 ? [] : [`Set these variables before you apply it: ${variables.join(', ')}`]),
  ];
}

function textOf(fleet: Table, head: readonly string[], form: Form): string {
  const comments = head.map((line) => `# ${line}\n`).join('');
  if (form === 'json') return `${JSON.stringify(plainOf(fleet), null, 2)}\n`;
  if (form === 'yaml') return comments + writeYaml(plainOf(fleet) as { [key: string]: Yaml });
  const { version, global, runners } = fleet;
  const section = (key: string, table: Value, brackets: 'one' | 'two') =>
    ['', ...writeTable([key], table as Table, { style: nativeStyle, pad: '', brackets })].join('\n');
  const lines = [
    `version = ${writeValue(version!)}`,
    ...(global === undefined ? [] : [section('global', global, 'one')]),
    ...(runners as Table[]).map((one) => section('runners', one, 'two')),
  ];
  return `${comments}${lines.join('\n')}\n`;
}

/** What a fleet file has of one table of config.toml. */
interface Part {
  readonly kept: Table;
  readonly omitted: readonly Omitted[];
  /** The keys that are left to apply, because they hold secrets. */
  readonly secrets: readonly string[];
  /** The variables that apply takes secrets from. */
  readonly variables: readonly string[];
}

interface How {
  readonly at: number | undefined;
  /** The keys that apply set last; it removes those of them that the file does not have. */
  readonly last: readonly (readonly string[])[];
  readonly form: Form;
}

function runnerPart(source: Source, runner: SourceRunner, form: Form) {
  const { at, name, block, fleet, gitlab } = runner;
  if (fleet === undefined) {
    const why = 'It has no ID, and another runner has its name and GitLab, so apply cannot find it.';
    return { name, table: undefined, secrets: [], variables: [], omitted: [{ at, key: 'runner', why }] };
  }
  const executor = textIn(block, 'executor');
  const isStrange = !(executors as readonly string[]).includes(executor);
  const skipped = [...identityKeys, ...(isStrange ? ['executor'] : [])];
  const entries = Object.entries(block).filter(([key]) => !skipped.includes(key.toLowerCase()));
  const own = makeTable([['name', textIn(block, 'name')], ...entries]);
  const part = tablePart(source, own, runnerKeys, { at, last: fleet.last, form });
  const noUrl = fleet.url === undefined && textIn(block, 'url') !== '';
  const omitted = [
    ...(noUrl ? [{ at, key: 'url', why: 'It is not a plain GitLab URL.' }] : []),
    ...(isStrange && executor !== ''
      ? [{ at, key: 'executor', why: `apply does not know ${executor}.` }]
      : []),
  ];
  const kept = {
    ...(fleet.url !== undefined && { url: fleet.url }),
    ...(fleet.id !== undefined && { id: fleet.id }),
  };
  const table = makeTable({
    key: fleet.key,
    gitlab: makeTable({ ...kept, ...keptIn(gitlab) }),
    config: part.kept,
  });
  const token = textIn(block, 'token') === '' ? [] : ['token'];
  return {
    ...part,
    name: fleet.key,
    table,
    secrets: [...token, ...part.secrets],
    omitted: [...omitted, ...part.omitted],
  };
}

const keptIn = (gitlab: AtGitlab | undefined): Record<string, Value> => {
  if (gitlab === undefined) return {};
  const { runner_type: type, tag_list: tags, group_id, project_id, description, ...rest } = gitlab;
  const all = {
    type: type?.replace(/_type$/, ''),
    group_id,
    project_id,
    description,
    tag_list: tags === undefined ? undefined : [...tags],
    ...rest,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])),
  );
};

/** The keys of a table that apply can set; a list is one value. */
function tablePart(source: Source, table: Table, keys: Keys, how: How, above: readonly string[] = []): Part {
  const parts = Object.entries(table).map(([key, value]): readonly [string, Value | undefined, Part] => {
    const path = [...above, key];
    const name = knownName(keys, key);
    const what = name === undefined ? undefined : keyOf(keys, name)!;
    const none = (part: Partial<Part>) => [key, undefined, { ...empty, ...part }] as const;
    const why =
      what === undefined ? strange : lackOf(value, what.kind === 'value' ? undefined : what.keys, how.form);
    if (why !== undefined) return none({ omitted: [{ at: how.at, key: path.join('.'), why }] });
    if (isTable(value)) {
      const inner = tablePart(source, value, what!.kind === 'value' ? anyKeys(value) : what!.keys, how, path);
      return [key, Object.keys(inner.kept).length > 0 ? inner.kept : undefined, inner];
    }
    const secrets = secretsBelow(source, value);
    if (secrets.length === 0 && !isFilledIn(key, value)) return [key, value, empty];
    const isLast = how.last.some((one) => one.join('\n').toLowerCase() === path.join('\n').toLowerCase());
    if (!isLast) return none({ secrets: [path.join('.')] });
    // Without it, apply would remove the key.
    const reference = referenceFor(source, key, value);
    if (reference === undefined)
      return none({ omitted: [{ at: how.at, key: path.join('.'), why: removed }] });
    return [key, reference, { ...empty, variables: secrets.map(({ name }) => name) }];
  });
  return {
    kept: makeTable(parts.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))),
    omitted: parts.flatMap(([, , { omitted }]) => omitted),
    secrets: parts.flatMap(([, , { secrets }]) => secrets),
    variables: parts.flatMap(([, , { variables }]) => variables),
  };
}

const empty: Part = { kept: makeTable(), omitted: [], secrets: [], variables: [] };

const removed = 'It has a secret that apply set. Add it to the file, or apply removes it.';

/** What stands for the secrets of a value in a fleet file; nothing where it has no form for them. */
function referenceFor(source: Source, key: string, value: Value): Value | undefined {
  if (typeof value === 'string') {
    const [only, ...more] = source.pieces(value);
    if (!isSecretName(key) || only === undefined || more.length > 0) return undefined;
    return typeof only === 'string' ? only : `\${${only.name}}`;
  }
  if (!Array.isArray(value) || !/^environment$/i.test(key)) return undefined;
  const items = value.map((item) => variableFor(source, String(item)));
  return items.every((item) => item !== undefined) ? items : undefined;
}

function variableFor(source: Source, item: string): string | undefined {
  const [first = '', secret, ...more] = source.pieces(item);
  if (secret === undefined) return typeof first === 'string' ? first : undefined;
  if (more.length > 0 || typeof secret === 'string' || typeof first !== 'string') return undefined;
  return /^\w+=$/.test(first) ? `${first}env:${secret.name}` : undefined;
}

const strange = 'gitlab-runner does not know this key.';

// In a map, every key is known.
const anyKeys = (map: Table): Keys =>
  Object.fromEntries(Object.keys(map).map((key) => [key, 'map<string,any> set'] as const));

/** Why a fleet file cannot have a value; a list of tables is one value, so each of its keys has to be known. */
function lackOf(value: Value, keys: Keys | undefined, form: Form): string | undefined {
  if (form !== 'toml' && !isExact(value)) return `${form.toUpperCase()} cannot express the number.`;
  if (!Array.isArray(value) || keys === undefined) return undefined;
  return value.some((item) => isTable(item) && !isKnown(item, keys))
    ? 'It has a key that gitlab-runner does not know.'
    : undefined;
}

const isKnown = (table: Table, keys: Keys): boolean =>
  Object.entries(table).every(([key, value]) => {
    const name = knownName(keys, key);
    const what = name === undefined ? undefined : keyOf(keys, name)!;
    if (what === undefined || what.kind === 'value') return what !== undefined;
    const items = Array.isArray(value) ? value : [value];
    return items.every((item) => !isTable(item) || isKnown(item, what.keys));
  });

function isExact(value: Value): boolean {
  if (typeof value === 'bigint') return false;
  if (value instanceof Float) return Number.isFinite(value.value);
  if (Array.isArray(value)) return value.every(isExact);
  return !isTable(value) || Object.values(value).every(isExact);
}

// What apply fills in: references in secret keys, and in variables.
const isFilledIn = (key: string, value: Value): boolean =>
  typeof value === 'string'
    ? isSecretName(key) && value !== ''
    : /^environment$/i.test(key) &&
      Array.isArray(value) &&
      value.some((item) => /^\w+=(?:env|file):/.test(String(item)));
