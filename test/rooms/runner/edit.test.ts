import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { findKey } from '../../../src/app/config-keys.ts';
import { literalOf, readWords } from '../../../src/app/parse-value.ts';
import { Trouble } from '../../../src/errors.ts';
import { commonGlobals, commonPaths } from '../../../src/runner/common-keys.ts';
import { decide, stepsOf } from '../../../src/runner/edit.ts';
import { cutAssignment, cutPath, type Edit } from '../../../src/runner/edit-request.ts';
import { executors } from '../../../src/settings/executors.ts';

const messageOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Trouble) return error.message;
    throw error;
  }
  return 'nothing was thrown';
};

describe('the words of --set and its kin', () => {
  test.each([
    ['docker.privileged=true', ['docker', 'privileged'], 'true'],
    ['runners.docker.image=a:b=c', ['docker', 'image'], 'a:b=c'],
    ['docker.memory=', ['docker', 'memory'], ''],
    [
      `kubernetes.pod_labels."app.example.com/x=y"=z`,
      ['kubernetes', 'pod_labels', 'app.example.com/x=y'],
      'z',
    ],
  ])('%s', (words, path, value) => {
    expect(cutAssignment('--set', words)).toEqual({ path, value });
  });

  test.each(['', '.', 'docker.', '.docker', 'docker..image', 'a b'])('"%s" is no path', (words) => {
    expect(messageOf(() => cutPath('--unset', words))).toBe(`--unset: "${words}" is not a key path.`);
  });
});

describe('a value is read by the type of its key', () => {
  test.each<[string, string, unknown]>([
    ['limit', '3', 3],
    ['docker.privileged', 'f', false],
    ['docker.image', 'alpine:3', 'alpine:3'],
    ['docker.image', '"alpine:3"', 'alpine:3'],
    ['pre_build_script', `"a\\nb"`, 'a\nb'],
    ['pre_build_script', `"a" "b"`, `"a" "b"`],
    ['name', '42', '42'],
    ['name', '', ''],
    ['prepare_timeout', '90s', '1m30s'],
    ['docker.volumes', '/cache', ['/cache']],
    ['docker.volumes', "['/a', '/b:/c']", ['/a', '/b:/c']],
    ['docker.volumes', '[]', []],
    ['docker.pull_policy', 'always', ['always']],
    ['feature_flags', '{"FF_A": true}', { FF_A: true }],
    ['feature_flags', 'FF_A:false', { FF_A: false }],
    ['feature_flags.FF_A', 'true', true],
    ['docker.sysctls.net.core.x', '1', '1'],
    ['docker.services', '[{"name": "redis:7"}]', [{ name: 'redis:7' }]],
    ['docker.services.0.alias', 'db', 'db'],
    ['autoscaler.plugin_config.name', '"x"', 'x'],
  ])('%s = %s', (path, words, value) => {
    const key = findKey('runner', path.split('.'), path);
    expect(JSON.parse(JSON.stringify(readWords(key, words, path)))).toEqual(value);
  });

  test.each([
    ['{', undefined],
    ['[1, 2', undefined],
    ['plain', undefined],
    ['true', true],
  ])('%s in TOML or JSON', (words, value) => {
    expect(literalOf(words)).toEqual(value);
  });
});

describe('what a edit changes', () => {
  const runner = { docker: { volumes: ['/cache', '/srv/data:/data:ro'], pull_policy: 'always' } };
  const edit = (what: 'add' | 'remove', ...values: string[]): Edit => ({
    level: 'runner',
    path: ['docker', 'volumes'],
    from: `--${what} docker.volumes`,
    do: what,
    values,
  });

  test.each<[string, Edit, unknown]>([
    ['a new volume', edit('add', '/new', '/cache'), { change: edit('add', '/new') }],
    ['one that is there', edit('add', '/cache'), { nothing: 'docker.volumes already has "/cache".' }],
    [
      'away with a mount by its path',
      edit('remove', '/data'),
      { change: edit('remove', '/srv/data:/data:ro') },
    ],
    [
      'away with another mount at that path',
      edit('remove', '/other:/data'),
      { nothing: 'docker.volumes does not have "/other:/data". It has "/srv/data:/data:ro".' },
    ],
  ])('%s', (_, asked, decision) => {
    expect(decide(runner, asked, isDeepStrictEqual)).toEqual(decision);
  });

  test.each(['/x:/data', '/data/', '/data:rw', 'named:/data'])(
    '%s is refused beside what is there',
    (volume) => {
      expect(messageOf(() => decide(runner, edit('add', volume), isDeepStrictEqual))).toMatch(
        /^--add docker\.volumes: \/data\/? is already mounted by "\/srv\/data:\/data:ro"\.$/,
      );
    },
  );

  test('a list that becomes another one loses and gains elements, where that comes to the same', () => {
    const set = (...value: string[]): Edit => ({
      level: 'runner',
      path: ['docker', 'volumes'],
      from: '',
      do: 'set',
      value,
    });
    const steps = (...value: string[]) =>
      stepsOf(runner, set(...value), isDeepStrictEqual).map((one) => [
        one.do,
        'values' in one ? one.values : '',
      ]);
    expect(steps('/srv/data:/data:ro', '/new')).toEqual([
      ['remove', ['/cache']],
      ['add', ['/new']],
    ]);
    expect(steps('/new', '/cache', '/srv/data:/data:ro')).toEqual([['set', '']]);
    expect(steps('/srv/data:/data:ro', '/cache')).toEqual([['set', '']]);
  });
});

test('gitlab-runner knows every setting that the menu offers', () => {
  for (const executor of executors)
    for (const path of commonPaths(executor))
      expect(findKey('runner', path.split('.'), path).path.join('.')).toBe(path);
  for (const path of commonGlobals)
    expect(findKey('global', path.split('.'), path).path.join('.')).toBe(path);
});
