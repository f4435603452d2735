import { describe, expect, test } from 'vitest';
import type { Table } from '../../../src/config/model.ts';
import { tableChanges, withDefaultsBack } from '../../../src/fleet-file/changes.ts';
import { findEntries } from '../../../src/fleet-file/find.ts';
import { markedNote, markerIn, noteWithoutMarker } from '../../../src/fleet-file/marker.ts';
import { secretOf, withSecrets } from '../../../src/fleet-file/references.ts';
import { isFor } from '../../../src/fleet-file/select.ts';
import { lastOf, noState, readState, writeState } from '../../../src/fleet-file/state.ts';
import { fromLeaves, leavesIn, type WantedRunner, wantedOf } from '../../../src/fleet-file/wanted.ts';

const none = { gitlab: {}, config: {} };
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const configOf = ({ leaves }: WantedRunner) => plain(fromLeaves(leaves));

describe('a runner over the defaults', () => {
  const defaults = {
    gitlab: { url: 'https://a', group_id: 1, tag_list: ['x'] },
    config: { executor: 'shell', limit: 2, docker: { image: 'a', volumes: ['/a'] }, cache: { Type: 's3' } },
  };

  test('has its own keys, the others of the defaults, and nothing for another executor', () => {
    const runner = { key: 'k', gitlab: { tag_list: ['y'] }, config: { limit: 3 } };
    const wanted = wantedOf(defaults, runner, undefined);
    expect(configOf(wanted)).toEqual({ executor: 'shell', limit: 3, cache: { Type: 's3' } });
    expect(wanted.gitlab).toEqual({ url: 'https://a', group_id: 1, tag_list: ['y'] });
  });

  test('keeps what is said for itself, whatever its executor', () => {
    const runner = { key: 'k', gitlab: {}, config: { docker: { image: 'b' } } };
    expect(configOf(wantedOf(defaults, runner, undefined))).toMatchObject({ docker: { image: 'b' } });
  });

  test.each([[{ project_id: 'a/b' }], [{ type: 'instance' as const }]])('has its own owner: %j', (gitlab) => {
    const wanted = wantedOf(defaults, { key: 'k', gitlab, config: {} }, undefined);
    expect(wanted.gitlab).toEqual({ url: 'https://a', tag_list: ['x'], ...gitlab });
    expect(wanted.namesOwner).toBe(true);
  });

  const template = {
    executor: 'docker',
    limit: 9,
    token: 't',
    docker: { image: 't', volumes: ['/t'], privileged: true },
  };

  test('takes its own template over the defaults', () => {
    const runner = { key: 'k', template: 'f', gitlab: {}, config: { docker: { image: 'own' } } };
    expect(configOf(wantedOf(defaults, runner, { template }))).toEqual({
      executor: 'docker',
      limit: 9,
      cache: { Type: 's3' },
      docker: { image: 'own', volumes: ['/t'], privileged: true },
    });
  });

  test('takes the template of the defaults below them', () => {
    const own = { ...defaults, template: 'f', config: { docker: { image: 'd' } } };
    const runner = { key: 'k', gitlab: {}, config: { limit: 1 } };
    expect(configOf(wantedOf(own, runner, { template }))).toEqual({
      executor: 'docker',
      limit: 1,
      docker: { image: 'd', volumes: ['/t'], privileged: true },
    });
  });
});

describe('machines', () => {
  test.each([
    [{}, 'any', [], true],
    [{ hosts: [] }, 'any', [], false],
    [{ hosts: ['build-*'] }, 'build-1', [], true],
    [{ hosts: ['build-*'] }, 'BUILD-1.example.com', [], true],
    [{ hosts: ['build-?'] }, 'build-10', [], false],
    [{ hosts: ['a.b'] }, 'axb', [], false],
    [{ hosts: ['x', 'build-1'] }, 'build-1', [], true],
    [{ labels: ['a'] }, 'any', [], false],
    [{ labels: ['a', 'b'] }, 'any', ['b', 'c', 'a'], true],
    [{ hosts: ['x'], labels: ['a'] }, 'y', ['a'], false],
  ])('%j for %s with %j: %s', (one, host, labels, expected) => {
    expect(isFor(one, host, labels)).toBe(expected);
  });
});

describe('secrets', () => {
  const sources = {
    env: { A: ' a1 ', EMPTY: '' },
    readFile: (path: string) => (path === 'f' ? 'content\n' : ''),
  };

  test.each([
    ['plain', 'plain'],
    ['${A}', 'a1'],
    ['env:A', 'a1'],
    ['file:f', 'content'],
    ['x${A}', 'x${A}'],
    ['$A', '$A'],
  ])('%s', (text, secret) => {
    expect(secretOf(text, sources, 'p')).toBe(secret);
  });

  test.each([
    ['${B}', 'p: the variable B is not set.'],
    ['env:EMPTY', 'p: the variable EMPTY is not set.'],
    ['file:g', 'p: the file g is empty.'],
  ])('%s is refused', (text, words) => {
    expect(() => secretOf(text, sources, 'p')).toThrow(words);
  });

  test('are put in where keys hold secrets, and into the environment', () => {
    const table = {
      name: '${A}',
      environment: ['X=${A}', 'Y=env:A', 'Z=file:f', 'DB=postgres://file:f'],
      cache: { s3: { SecretKey: '${A}', BucketName: 'env:A' } },
      docker: { services: [{ name: 'env:A', environment: ['P=env:A'] }] },
    };
    expect(plain(withSecrets(table, sources, 'p'))).toEqual({
      name: '${A}',
      environment: ['X=${A}', 'Y=a1', 'Z=content', 'DB=postgres://file:f'],
      cache: { s3: { SecretKey: 'a1', BucketName: 'env:A' } },
      docker: { services: [{ name: 'env:A', environment: ['P=a1'] }] },
    });
  });
});

describe('the marker', () => {
  const marker = { key: 'k', host: 'h' };

  test.each([
    ['', 'runner-setup: key=k host=h'],
    ['by hand', 'by hand\nrunner-setup: key=k host=h'],
    ['by hand\nrunner-setup: key=old host=x', 'by hand\nrunner-setup: key=k host=h'],
    ['runner-setup: key=old host=x\nbelow', 'below\nrunner-setup: key=k host=h'],
  ])('goes into the note %j', (note, marked) => {
    expect(markedNote(note, marker)).toBe(marked);
    expect(markerIn(marked)).toEqual(marker);
  });

  test.each([[null], [''], ['see runner-setup: key=k host=h'], ['runner-setup: key=k']])(
    '%j has none',
    (note) => {
      expect(markerIn(note)).toBeUndefined();
      expect(noteWithoutMarker(note ?? '')).toBe(note ?? '');
    },
  );
});

describe('changes of a table', () => {
  const equal = (_: unknown, a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const changes = (present: Table, wanted: Table, last: Table = {}) =>
    tableChanges(present, leavesIn(wanted), lastOf(leavesIn(last)), equal).map(({ path, after }) => [
      path.join('.'),
      after,
    ]);

  test.each<[string, Table, Table, Table, unknown[]]>([
    [
      'what differs',
      { a: 1 },
      { a: 2, b: 'x' },
      {},
      [
        ['a', 2],
        ['b', 'x'],
      ],
    ],
    ['what gitlab-runner leaves out', {}, { a: 0, b: false, c: '', d: [] }, {}, []],
    ['what was wanted last', { a: 1, b: 2, c: 3 }, { a: 1 }, { a: 1, b: 2 }, [['b', undefined]]],
    ['what was wanted last, by hand another', { b: 5 }, {}, { b: 2 }, [['b', undefined]]],
    ['what was wanted last and is gone', {}, {}, { b: 2 }, []],
    ['names of other case', { Limit: 3 }, { limit: 3 }, { LIMIT: 3 }, []],
    ['name and executor', { name: 'a', executor: 'shell' }, {}, { name: 'a', executor: 'shell' }, []],
    [
      'inner tables',
      { d: { x: 1, y: 2 } },
      { d: { x: 3 } },
      { d: { x: 1, y: 2 } },
      [
        ['d.x', 3],
        ['d.y', undefined],
      ],
    ],
    ['a value that becomes a table', { d: 1 }, { d: { x: 3 } }, { d: 1 }, [['d.x', 3]]],
  ])('%s', (_, present, wanted, last, expected) => {
    expect(changes(present, wanted, last)).toEqual(expected);
  });

  test('what GitLab keeps goes back to the values of a new runner, one without tags takes untagged jobs again', () => {
    const last = {
      url: '',
      name: '',
      origin: 'created',
      config: [],
      gitlab: { tag_list: ['a'], paused: true, description: 'd' },
    } as const;
    expect(withDefaultsBack({ locked: true }, last, { run_untagged: false })).toEqual({
      locked: true,
      tag_list: '',
      paused: false,
      run_untagged: true,
    });
  });
});

const noLast = { url: 'u', id: 1, name: 'n', origin: 'created', config: [], gitlab: {} };

describe('the state', () => {
  test('comes back, and anything else is none', () => {
    const last = { url: 'u', id: 1, name: 'n', origin: 'created', config: [], gitlab: {} } as const;
    const state = { version: 1, host: 'h', global: [], runners: { b: last, a: last } } as const;
    expect(readState(writeState(state))).toEqual(state);
    expect(readState(writeState(noState))).toEqual(noState);
    for (const text of ['', '{}', '{"version":2,"global":[],"runners":{}}', 'null'])
      expect(readState(text)).toBeUndefined();
  });

  test.each([
    { runners: null },
    { runners: [] },
    { global: [null] },
    { runners: { a: null } },
    { runners: { a: { ...noLast, url: 1 } } },
    { runners: { a: { ...noLast, config: undefined } } },
    { runners: { a: { ...noLast, config: [null] } } },
    { runners: { a: { ...noLast, gitlab: null } } },
  ])('is none where a part of it was damaged: %j', (damaged) => {
    expect(readState(JSON.stringify({ ...noState, ...damaged }))).toBeUndefined();
  });

  test('has no secrets', () => {
    const leaves = leavesIn({
      environment: ['A=topsecret'],
      cache: { s3: { SecretKey: 'topsecret' } },
      limit: 1,
    });
    expect(JSON.stringify(lastOf(leaves))).not.toContain('topsecret');
  });
});

describe('entries of config.toml', () => {
  const wanted = (key: string, gitlab: WantedRunner['gitlab'] = {}): WantedRunner => ({
    key,
    gitlab: { url: 'https://a', ...gitlab },
    namesOwner: false,
    leaves: [],
    executor: '',
  });
  const entry = (name: string, id: number, more: Table = {}): Table => ({
    name,
    id,
    url: 'https://a',
    token: `t${id}`,
    ...more,
  });
  const last = (id: number) =>
    ({ url: 'https://a', id, name: '', origin: 'created', config: [], gitlab: {} }) as const;

  function found(
    all: readonly WantedRunner[],
    runners: readonly Table[],
    more: { state?: Record<string, ReturnType<typeof last>>; markers?: [number, string][] } = {},
  ) {
    const { found: map, several } = findEntries(all, {
      runners,
      state: { version: 1, global: [], runners: more.state ?? {} },
      markers: new Map((more.markers ?? []).map(([at, key]) => [at, { key, host: 'h' }])),
      host: 'h',
      same: (a, b) => a === b,
      tokenOf: ({ token }) => String(token),
    });
    return {
      ...Object.fromEntries([...map].map(([key, { at, by }]) => [key, `${by} ${at}`])),
      ...(several.length > 0 && { several }),
    };
  }

  test.each([
    [
      'by what was kept, before its name',
      [wanted('a')],
      [entry('a', 1), entry('x', 2)],
      { state: { a: last(2) } },
      { a: 'state 1' },
    ],
    ['by its ID', [wanted('a', { id: 2 })], [entry('a', 1), entry('x', 2)], {}, { a: 'id 1' }],
    ['by its token', [wanted('a', { token: 't2' })], [entry('a', 1), entry('x', 2)], {}, { a: 'token 1' }],
    [
      'by its marker',
      [wanted('a')],
      [entry('a', 1), entry('x', 2)],
      { markers: [[1, 'a']] as [number, string][] },
      { a: 'marker 1' },
    ],
    ['by its name', [wanted('a')], [entry('a', 1)], {}, { a: 'name 0' }],
    ['by its description', [wanted('a', { description: 'd' })], [entry('d', 1)], {}, { a: 'name 0' }],
    [
      'not by the name of one that another key has',
      [wanted('a')],
      [entry('a', 1)],
      { state: { b: last(1) } },
      { a: 'nothing undefined' },
    ],
    [
      'not by the name of one whose marker names another',
      [wanted('a')],
      [entry('a', 1)],
      { markers: [[0, 'b']] as [number, string][] },
      { a: 'nothing undefined' },
    ],
    [
      'not by a name with another ID',
      [wanted('a', { id: 5 })],
      [entry('a', 1)],
      {},
      { a: 'nothing undefined' },
    ],
    [
      'not in another GitLab',
      [wanted('a')],
      [entry('a', 1, { url: 'https://b' })],
      {},
      { a: 'nothing undefined' },
    ],
    [
      'not one of two',
      [wanted('a')],
      [entry('a', 1), entry('a', 2)],
      {},
      { a: 'nothing undefined', several: ['a'] },
    ],
    [
      'each once',
      [wanted('a', { description: 'n' }), wanted('b', { description: 'n' })],
      [entry('n', 1)],
      {},
      { a: 'name 0', b: 'nothing undefined' },
    ],
  ])('%s', (_, all, runners, more, expected) => {
    expect(found(all, runners, more)).toEqual(expected);
  });
});

test('a fleet without anything wants nothing', () => {
  expect(wantedOf(none, { key: 'k', ...none }, undefined)).toEqual({
    key: 'k',
    gitlab: {},
    namesOwner: false,
    leaves: [],
    executor: '',
  });
});
