import { describe, expect, test } from 'vitest';
import { keyOf, keysAt } from '../../../src/config/keys.ts';
import type { Kind, Value } from '../../../src/settings/kinds.ts';
import { type SettingName, settingNames, table } from '../../../src/settings/table.ts';

// The two tables know of each other by nothing but these paths and types.
const places = settingNames.flatMap((name): [SettingName, string[]][] => {
  const { toml, global } = table[name];
  if (toml !== undefined) return [[name, ['runners', '0', ...toml.split('.')]]];
  return global === undefined ? [] : [[name, global.split('.')]];
});

/** The type of the key at a path as config.toml has it; nothing for a path that gitlab-runner does not know. */
function typeAt(path: readonly string[]): string | undefined {
  const keys = keysAt(path.slice(0, -1));
  const key = typeof keys === 'object' ? keyOf(keys, path.at(-1)!) : undefined;
  return key?.kind === 'value' ? key.type : key?.kind;
}

const read = (kind: Kind, word: string): Value | undefined => {
  try {
    return kind.read([word]);
  } catch {
    return undefined;
  }
};

/** The types of keys that the values of a kind fit. */
function typesOf(kind: Kind): readonly string[] {
  switch (kind.name) {
    case 'yes-no':
      return ['bool'];
    case 'number':
      return read(kind, '1.5') === undefined ? ['int'] : ['float'];
    case 'list':
      return [read(kind, '1')].flat(2)[0] === 1 ? ['int[]'] : ['string[]', 'policies'];
    case 'map':
      return mapTypes(Object.values(read(kind, 'key:1') ?? {})[0]);
    case 'json':
      return ['tables'];
    default:
      return read(kind, '90s') === '90s' && read(kind, 'soon') === undefined ? ['duration'] : ['string'];
  }
}

function mapTypes(value: unknown): readonly string[] {
  if (value === true) return ['map<string,bool>'];
  if (value === 1) return ['map<string,int>'];
  return Array.isArray(value) ? ['map<string,string[]>'] : ['map<string,string>', 'map<string,any>'];
}

describe('each setting of config.toml', () => {
  test.each(places)('%s stands at a key that gitlab-runner knows, and has its type', (name, path) => {
    expect(typesOf(table[name].kind)).toContain(typeAt(path));
  });

  test('stands at a key of its own', () => {
    const paths = places.map(([, path]) => path.join('.'));
    expect(paths.filter((path, at) => paths.indexOf(path) !== at)).toEqual([]);
  });
});
