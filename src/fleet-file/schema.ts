import {
  globalKeys,
  type Keys,
  keyOf,
  runnerKeys as runnerConfigKeys,
  type ValueType,
} from '../config/keys.ts';
import { keyWords } from '../settings/key-words.ts';
import { kindOfKey, type Level, wordsOnKey } from '../settings/toml-keys.ts';
import { defaultsKeys, type FleetKey, gitlabKeys, identityKeys, runnerKeys } from './keys.ts';

/** A JSON schema, or a part of one. */
type Schema = Readonly<Record<string, unknown>>;

/** The JSON schema of a fleet file, made from the keys of config.toml and what is known of each. */
export function fleetSchema(): Schema {
  const config = tableSchema(runnerConfigKeys, 'runner', [], identityKeys);
  const gitlab = objectOf('GitLab, by the names of its API', ownSchemas(gitlabKeys));
  const common = { gitlab: { $ref: '#/$defs/gitlab' }, config: { $ref: '#/$defs/config' } };
  const runner = { ...ownSchemas(runnerKeys), ...common };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Fleet file of runner-setup apply',
    ...objectOf('Global settings and runners of a fleet', {
      $schema: { type: 'string', description: 'For editors' },
      version: { const: 1, description: 'Version of the format' },
      global: tableSchema(globalKeys, 'global', []),
      defaults: objectOf('Defaults for every runner in the file', {
        ...ownSchemas(defaultsKeys),
        ...common,
      }),
      runners: {
        type: 'array',
        description: 'Runners',
        items: { ...objectOf('A runner', runner), required: ['key'] },
      },
    }),
    required: ['version'],
    $defs: {
      gitlab,
      config: { ...config, description: 'Keys of `[[runners]]` in config.toml' },
    },
  };
}

const objectOf = (description: string, properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  description,
  properties,
  additionalProperties: false,
});

const ownSchemas = (keys: Readonly<Record<string, FleetKey>>): Record<string, Schema> =>
  Object.fromEntries(
    Object.entries(keys).map(([name, { type, doc }]) => [name, { ...ownType(type), description: doc }]),
  );

function ownType(type: FleetKey['type']): Schema {
  if (typeof type !== 'string') return { enum: type };
  return ownTypes[type as keyof typeof ownTypes];
}

const texts = { type: 'array', items: { type: 'string' } };

const ownTypes = {
  text: { type: 'string' },
  texts,
  whole: { type: 'integer', minimum: 0 },
  yes: { type: 'boolean' },
  id: { type: ['integer', 'string'] },
} as const;

function tableSchema(
  keys: Keys,
  level: Level,
  path: readonly string[],
  without: Readonly<Record<string, unknown>> = {},
): Schema {
  const names = Object.keys(keys).filter((name) => !Object.hasOwn(without, name) && name !== 'runners');
  const properties = Object.fromEntries(
    names.map((name) => [name, keySchema(keys, name, level, [...path, name])]),
  );
  return objectOf(keyWords(level, path) ?? 'Global keys of config.toml', properties);
}

function keySchema(keys: Keys, name: string, level: Level, path: readonly string[]): Schema {
  const key = keyOf(keys, name)!;
  if (key.kind === 'table') return tableSchema(key.keys, level, path);
  const words = wordsOnKey(level, path) ?? keyWords(level, path);
  const description = words === undefined ? {} : { description: words };
  if (key.kind !== 'value')
    return { ...description, type: 'array', items: tableSchema(key.keys, level, path) };
  const { choices } = kindOfKey(level, path, key.type);
  return { ...schemaOf(key.type, choices), ...description };
}

function schemaOf(type: ValueType, choices: readonly string[] | undefined): Schema {
  const item = choices === undefined ? { type: 'string' } : { enum: choices };
  if (type === 'string') return item;
  if (type === 'string[]') return { type: 'array', items: item };
  if (type === 'policies') return { anyOf: [item, { type: 'array', items: item }] };
  const inner = /^map<string,(.+)>$/.exec(type)?.[1];
  if (inner === 'any') return { type: 'object' };
  if (inner !== undefined)
    return { type: 'object', additionalProperties: schemaOf(inner as ValueType, undefined) };
  return plainTypes[type] ?? {};
}

const plainTypes: Partial<Record<ValueType, Schema>> = {
  int: { type: 'integer' },
  float: { type: 'number' },
  bool: { type: 'boolean' },
  datetime: { type: 'string' },
  duration: { type: ['string', 'integer'] },
  'int[]': { type: 'array', items: { type: 'integer' } },
  'float[]': { type: 'array', items: { type: 'number' } },
};
