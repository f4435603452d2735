import { describe, expect, test } from 'vitest';
import { DateTime, Float } from '../../../src/config/model.ts';
import { readConfig } from '../../../src/config/read.ts';
import { given } from './given.ts';

const read = async (text: string) => (await readConfig(text, 'config.toml')).root;
const hint = 'Correct this line, then run the command again. Nothing was changed.';

describe('config.toml is read', () => {
  test('with runners and the rest apart', async () => {
    const config = await readConfig(
      'concurrent = 2\n[[runners]]\nname = "a"\n[[runners]]\n[session_server]\n',
      'x',
    );
    expect([config.globals, config.runners, config.runnersKey]).toEqual([
      { concurrent: 2, session_server: {} },
      [{ name: 'a' }, {}],
      'runners',
    ]);
    expect((await readConfig('[[Runners]]\n', 'x')).runnersKey).toBe('Runners');
    expect((await readConfig('', 'x')).runners).toEqual([]);
  });

  test('with integers, floats and dates kept apart', async () => {
    expect(
      await read('a = 1\nb = 1.0\nc = 1_000\nd = 0xff\ne = 9007199254740993\nf = 1e3\ng = -inf\n'),
    ).toEqual({
      a: 1,
      b: new Float(1),
      c: 1000,
      d: 255,
      e: 9007199254740993n,
      f: new Float(1000),
      g: new Float(Number.NEGATIVE_INFINITY),
    });
    expect(
      await read(
        'a = 2026-01-01 10:00:00.5+02:00\nb = 2026-01-01\nc = 10:00:00\nd = [2026-01-01, 10:00:00.25]',
      ),
    ).toEqual({
      a: new DateTime('2026-01-01 10:00:00.5+02:00'),
      b: new DateTime('2026-01-01'),
      c: new DateTime('10:00:00'),
      d: [new DateTime('2026-01-01'), new DateTime('10:00:00.25')],
    });
  });

  test('with a time before a line, a bracket, a comma, or a comment', async () => {
    const time = new DateTime('10:00:00');
    expect(await read('a = 10:00:00\nb = [10:00:00]\nc = [10:00:00, 1]\nd = {e = 10:00:00}\n')).toEqual({
      a: time,
      b: [time],
      c: [time, 1],
      d: { e: time },
    });
    expect(await read('a = 10:00:00# c d\n[b]\n')).toEqual({ a: time, b: {} });
    for (const text of ['a = 10:00:00{', 'a = 10:00:00,\n', 'a = [10:00:00}]', 'a = 10:00:00"\nb = 1'])
      await expect(read(text)).rejects.toThrow();
  });

  test('with a byte order mark and CRLF, comments and all', async () => {
    expect(await read('\ufeff# head\r\na = """\r\nx\r\ny"""\r\n')).toEqual({ a: 'x\ny' });
  });

  test('where the first parser refuses what TOML allows', async () => {
    const text =
      '# x\r\nzero = 0e0\r\ndate = 2026-01-01t10:00:00z\r\n[[a.b]]\r\nc.d = {e = [1, 2.0]}\r\n[a.b.f]\r\n[[a.b]]\r\n';
    expect(await read(text)).toEqual({
      zero: new Float(0),
      date: new DateTime('2026-01-01t10:00:00z'),
      a: { b: [{ c: { d: { e: [1, new Float(2)] } }, f: {} }, {}] },
    });
  });

  test('into tables without a prototype', async () => {
    const root = await read('[a]\nb = {c = 1}\n');
    expect([root, root.a, (root.a as typeof root).b].map((table) => Object.getPrototypeOf(table))).toEqual([
      null,
      null,
      null,
    ]);
  });

  test.each([
    'constructor = 1\n',
    'a.constructor.x = 1\n',
    '[__proto__]\nx = 1\n',
    '[a.__proto__]\n__proto__ = 1\n[a.__proto__.constructor]\nname = "x"\n',
    '[["toString"]]\n[["toString"]]\nx = 1\n',
    'a = { __proto__ = { x = 1 }, constructor.prototype.x = 2 }\n',
    '[[runners]]\n[runners.docker.sysctls]\n"__proto__" = "x"\nhasOwnProperty = "y"\n[[runners]]\n',
  ])('with keys that every object of JavaScript has: %j', async (text) => {
    const root = await read(text);
    const names = (value: unknown): string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, inner]) =>
            (/^\d+$/.test(key) ? [] : [key]).concat(names(inner)),
          )
        : [];
    const words = text.replace(/"[xy]"/g, '').match(/[a-z_]{2,}|\b[ax]\b/gi) ?? [];
    expect(new Set(names(root))).toEqual(new Set(words));
    expect(Object.getPrototypeOf(root)).toBe(null);
    expect({}.constructor).toBe(Object);
    expect(Reflect.has({}, 'x') || Reflect.has(Object, 'x')).toBe(false);
    expect(Object.keys(Object.prototype)).toEqual([]);
    await expect(read(`${text.replace(/(?<=^|\n)\[[^\n]*\n/g, '')}b = 1\nb = 2\n`)).rejects.toThrow(
      'already defined',
    );
  });

  test.each([
    ['lists', (depth: number) => `x = ${'['.repeat(depth)}${']'.repeat(depth)}`, 105, 60_004],
    ['inline tables', (depth: number) => `x = ${'{a='.repeat(depth)}1${'}'.repeat(depth)}`, 305, 120_005],
    ['a header', (depth: number) => `[x${'.a'.repeat(depth)}]`, 2, 60_003],
    ['a dotted key', (depth: number) => `x${'.a'.repeat(depth)} = 1`, 1, 60_005],
    ['lists that never end', (depth: number) => `x = ${'['.repeat(2 * depth)}`, 105, 60_004],
  ])('but not what goes too deep: %s', async (_, make, column, length) => {
    await given(`\n${make(30_000)}\n`).isRefused(
      `config.toml, line 2, column ${column}: not valid TOML: tables or lists are nested more than 100 deep\n2 | (a line of ${length} characters)\n${hint}`,
    );
    const all = [read(make(90)), read(make(5000))];
    const [sound, deep] = await Promise.allSettled(all);
    expect([sound?.status, deep?.status]).toEqual([
      make(1).endsWith('[') ? 'rejected' : 'fulfilled',
      'rejected',
    ]);
  });

  test('but not more than 100,000 runners', async () => {
    expect((await readConfig('[[runners]]\n'.repeat(100_000), 'x')).runners.length).toBe(100_000);
    await expect(read('[[runners]]\n'.repeat(100_001))).rejects.toThrow(
      'config.toml has 100001 runners, but the limit is 100000.',
    );
  });
});

describe('a file that is not TOML is refused with the place', () => {
  test.each([
    ['x = 1\n  limit = = 3\n', 2, 11, 'unexpected character', '  limit = = 3'],
    ['x = 1\nx = 2\n', 2, 1, 'this key or table is already defined', 'x = 2'],
    ['\ufeff[[runners]]\r\n\tname = nobody\r\n', 2, 9, 'text must be in quotes', '\tname = nobody'],
    ['x = 2026-02-30\n', 1, 14, 'not a valid date', 'x = 2026-02-30'],
    [
      'x = 9223372036854775808\n',
      1,
      5,
      '9223372036854775808 is too large for a 64-bit integer',
      'x = 9223372036854775808',
    ],
    ['x = 1 # a\rb\n', 1, 10, 'a carriage return without a line feed', 'x = 1 # a\\u000db'],
    ['[[runners]\nname = "x"\n', 1, 11, 'the header ends without ]]', '[[runners]'],
    ['[runners.docker\n', 1, 16, 'the header ends without ]', '[runners.docker'],
    ['x = 1\nlimit =\n\ny = 2\n', 2, 8, 'there is no value after =', 'limit ='],
    ['x = 1\nlimit\ny = 2\n', 2, 6, 'there is no = and no value', 'limit'],
  ])('%o', async (text, line, column, message, shown) => {
    const caret = `${shown.slice(0, column - 1).replace(/[^\t]/g, ' ')}^`;
    await given(text).isRefused(
      `config.toml, line ${line}, column ${column}: not valid TOML: ${message}\n${line} | ${shown}\n  | ${caret}\n${hint}`,
    );
  });

  test('and secrets in the line are hidden', async () => {
    await given('[[runners]]\n  token = "glrt-secret" x\n').isRefused(
      `config.toml, line 2, column 25: not valid TOML: unexpected text at the end of the line\n2 |   token = "***********" x\n  |                         ^\n${hint}`,
    );
    await given('environment = ["API_TOKEN=abc", x]\n').isRefused(
      `config.toml, line 1, column 33: not valid TOML: text must be in quotes\n1 | environment = ["API_TOKEN=***", x]\n  |                                 ^\n${hint}`,
    );
  });
});
