import { describe, expect, test } from 'vitest';
import type { Table } from '../../../src/config/model.ts';
import {
  entriesIn,
  fittingRunners,
  foundAgain,
  type Selectors,
  withCopies,
} from '../../../src/runner/select.ts';

const runners: Table[] = [
  { name: 'a', url: 'https://one.example.com', id: 1, token: 'glrt-aaa' },
  { name: 'b', url: 'https://two.example.com', id: 2, token: 'glrt-bbb' },
  { name: 'a', url: '$WHERE', id: 3, token: '${MINE}' },
  { name: 'a2', url: 'https://one.example.com', token: 'glrt-aaa' },
];
const env = { WHERE: 'https://two.example.com', MINE: 'glrt-mine' };
const same = (a: string, b: string) => a === b;
const positions = (places: readonly { at: number }[]) => places.map(({ at }) => at + 1);
const fitting = (selectors: Selectors) => positions(fittingRunners(runners, selectors, env, same));

describe('the flags that name runners', () => {
  test.each<[string, Selectors, number[]]>([
    ['a name', { name: 'a' }, [1, 3]],
    ['an address', { url: 'https://two.example.com' }, [2, 3]],
    ['a name narrowed by an address', { name: 'a', url: 'https://two.example.com' }, [3]],
    ['a name narrowed by a token', { name: 'a', token: 'glrt-bbb' }, []],
    ['a token with a foreign address', { token: 'glrt-aaa', url: 'https://two.example.com' }, []],
    ['a token with any address', { token: 'glrt-aaa', url: '*' }, [1, 4]],
    ['a token with an empty address', { token: 'glrt-aaa', url: '' }, [1, 4]],
    ['the token that a variable holds', { token: 'glrt-mine' }, [3]],
    ['the variable itself', { token: '${MINE}' }, [3]],
    ['an id', { id: 2 }, [2]],
    ['an id at another GitLab', { id: 2, url: 'https://one.example.com' }, []],
    ['a piece of a name', { name: 'A' }, []],
  ])('%s', (_, selectors, expected) => {
    expect(fitting(selectors)).toEqual(expected);
  });
});

describe('entries of one runner', () => {
  const grouped = (...chosen: number[]) =>
    withCopies(
      runners,
      chosen.map((at) => ({ at: at - 1, runner: runners[at - 1]! })),
      env,
      same,
    ).map(({ first, all }) => [first.at + 1, ...positions(all)]);

  test('copies go with the entry that was chosen', () => {
    expect(grouped(4)).toEqual([[4, 1, 4]]);
  });

  test('a runner whose entries are all chosen counts once', () => {
    expect(grouped(1, 2, 4)).toEqual([
      [1, 1, 4],
      [2, 2],
    ]);
  });

  test('entries without a token are no copies of each other', () => {
    const bare = [{ url: 'https://one.example.com' }, { url: 'https://one.example.com' }];
    expect(withCopies(bare, entriesIn(bare), env, same).map(({ all }) => positions(all))).toEqual([[1], [2]]);
  });
});

describe('entries in a file that was changed meanwhile', () => {
  const [a, b, c] = runners;
  const again = (present: typeof runners, ...wanted: number[]) =>
    positions(
      foundAgain(
        present as never,
        wanted.map((at) => ({ at: at - 1, runner: runners[at - 1]! })),
      ),
    );

  test('an entry before it was added', () => {
    expect(again([b!, a!, c!], 1)).toEqual([2]);
  });

  test('it is gone', () => {
    expect(again([b!, c!], 1)).toEqual([]);
  });

  test('its token is another one by now', () => {
    expect(again([{ ...a!, token: 'glrt-new' }], 1)).toEqual([]);
  });

  test('its token was renewed, and the id is the same', () => {
    const renewed = { ...a!, id: 7, token: 'glrt-new' };
    const again = (before: object, ...present: object[]) =>
      positions(foundAgain(present as never, [{ at: 0, runner: before as never }], true));
    expect(again({ ...a!, id: 7 }, b!, renewed)).toEqual([2]);
    expect(again({ ...a!, id: 8 }, b!, renewed)).toEqual([]);
    expect(again({ ...a!, id: 0 }, b!, { ...renewed, id: 0 })).toEqual([]);
    expect(again({ ...a!, id: 7 }, renewed, { ...a!, id: 7 })).toEqual([2]);
  });

  test('of two that are alike the one at the old position is meant', () => {
    expect(again([a!, b!, a!], 1)).toEqual([1]);
  });

  test('two that are alike are found as two', () => {
    const twins = [a!, a!];
    expect(positions(foundAgain([b!, ...twins], entriesIn(twins)))).toEqual([2, 3]);
  });
});
