import { describe, expect, test } from 'vitest';
import { explainAll, explainKey } from '../../../src/app/explain-key.ts';
import { readConfig } from '../../../src/config/read.ts';
import { typeFaults } from '../../../src/config/types.ts';

const all = [...explainAll('global'), ...explainAll('runner')];

describe('each key and table of config.toml', () => {
  test('has words', () => {
    expect(all.filter(({ description = '' }) => description === '').map(({ key }) => key)).toEqual([]);
    expect(all).toHaveLength(743);
  });

  test.each(all.filter(({ example }) => example !== undefined).map((one) => [one.key, one] as const))(
    '%s has an example that gitlab-runner would load',
    async (_, { level, path, example }) => {
      const above = path.slice(0, -1).map((_, at) => explainKey(level, path.slice(0, at + 1))!.header);
      const headers = level === 'runner' ? ['[[runners]]', ...above] : above;
      const text = [...headers, example, ''].join('\n');
      const config = await readConfig(text, 'config.toml');
      expect(
        typeFaults(config).map(({ wrong }) => wrong),
        text,
      ).toEqual([]);
      expect(example).not.toMatch(/NaN|undefined/);
    },
  );

  test('is found by its path, with and without positions, and in capital letters', () => {
    for (const { level, path, key } of all) expect(explainKey(level, path)?.key).toBe(key);
    expect(explainKey('runner', ['docker', 'services', '0', 'name'])?.header).toBe(
      '[[runners.docker.services]]',
    );
    expect(explainKey('runner', ['DOCKER', 'Image'])?.key).toBe('runners.docker.image');
    expect(explainKey('runner', ['feature_flags', 'FF_ANY'])?.key).toBe('runners.feature_flags');
    expect(explainKey('runner', ['docker', 'imgae'])).toBeUndefined();
    expect(explainKey('runner', ['docker', 'image', 'x'])).toBeUndefined();
  });

  test('has a default of its own type', () => {
    const wrong = all.filter(({ type, default: value }) => value !== undefined && !fits(type, value));
    expect(wrong.map(({ key }) => key)).toEqual([]);
  });
});

function fits(type: string, value: unknown): boolean {
  if (type === 'bool') return typeof value === 'boolean';
  if (type === 'int') return typeof value === 'number';
  if (type === 'float') return typeof value === 'object';
  if (type === 'policies' || type.endsWith('[]')) return Array.isArray(value);
  return typeof value === 'string';
}
