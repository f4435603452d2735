import { parse as parseHcl } from '@cdktf/hcl2json';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { inHeredoc, quotedHcl } from '../../../src/text/hcl.ts';
import { indentedNix, nixName, quotedNix } from '../../../src/text/nix.ts';
import { writeYaml, type Yaml } from '../../../src/text/yaml.ts';
import { Chance } from '../config/random.ts';
import { nixText } from './nix-text.ts';

const chance = new Chance(20_261_128);

// What begins or ends something in one of the languages.
const pieces = [
  ...[
    '"',
    "'",
    "''",
    "'''",
    '\\',
    '\\\\',
    '\\n',
    '`',
    '$',
    '$$',
    '${',
    '$${',
    '${x}',
    '%',
    '%{',
    '%%{',
    '{{',
    '}}',
    '{%',
  ],
  ...[
    '#',
    ' #',
    '# ',
    ':',
    ': ',
    '- ',
    '-',
    '---',
    '...',
    '|',
    '>',
    '!',
    '&a',
    '*a',
    '@',
    '?',
    '[',
    ']',
    '{',
    '}',
    ',',
  ],
  ...[
    'yes',
    'no',
    'null',
    '~',
    '1',
    '0x1f',
    '1e3',
    '.5',
    '2026-11-28',
    '=',
    '<<',
    'EOT',
    'a',
    'b c',
    'é',
    '日本',
    '🦊',
  ],
  ...[
    ' ',
    '  ',
    '\t',
    '\n',
    '\n\n',
    '\r',
    '\r\n',
    '\u0007',
    '\u001b[0m',
    '\u007f',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\uffff',
  ],
];

const text = (from: readonly string[] = pieces): string =>
  Array.from({ length: chance.below(7) }, () => chance.one(from)).join('');

const texts = (count: number, from = pieces): string[] => Array.from({ length: count }, () => text(from));

describe('YAML', () => {
  test('texts are read as they were', () => {
    for (const one of texts(3000)) {
      expect(parse(writeYaml({ key: one, list: [one, [one]] }))).toEqual({ key: one, list: [one, [one]] });
    }
  });

  test('mappings and lists of any depth are read as they were', () => {
    const value = (depth: number): Yaml => {
      if (depth === 0 || chance.happens(0.4))
        return chance.one([text(), true, false, chance.below(1e6), `${text()}\n${text()}\n`]);
      const count = chance.below(4);
      if (chance.happens(0.4)) return Array.from({ length: count }, () => value(depth - 1));
      return Object.fromEntries(Array.from({ length: count }, () => [text() || 'key', value(depth - 1)]));
    };
    for (let count = 0; count < 1500; count++) {
      const one = { root: value(4) };
      expect(parse(writeYaml(one))).toEqual(one);
    }
  });

  test('a text of several lines is a literal block', () => {
    expect(writeYaml({ a: 'x\n  y\n\nz\n', b: [{ c: 1, d: 'p\nq' }] })).toBe(
      'a: |\n  x\n    y\n\n  z\nb:\n  - c: 1\n    d: |-\n      p\n      q\n',
    );
  });
});

describe('HCL', () => {
  // The reader leaves what begins a template as it is written.
  const plain = (read: string): string =>
    read.replace(/\$\{"([$%]+)"\}/g, '$1').replace(/([$%])\1\{/g, '$1{');

  test('quoted texts are read as they were', async () => {
    const all = texts(600);
    const read = await parseHcl('a.tf', all.map((one, at) => `a${at} = ${quotedHcl(one)}\n`).join(''));
    for (const [at, one] of all.entries()) expect(plain(read[`a${at}`])).toBe(one.normalize('NFC'));
  });

  test('lines of a heredoc are read as they were', async () => {
    const all = texts(
      300,
      pieces.filter((one) => !/[\r\n\u0085\u2028]/.test(one)),
    );
    const lines = all.map((one, at) => `a${at} = <<END_OF_TEXT\n${inHeredoc(`|${one}|`)}\nEND_OF_TEXT\n`);
    const read = await parseHcl('a.tf', lines.join(''));
    for (const [at, one] of all.entries()) expect(plain(read[`a${at}`])).toBe(`|${one}|\n`.normalize('NFC'));
  });
});

describe('Nix', () => {
  test('quoted texts are read as they were', () => {
    for (const one of texts(2000)) expect(nixText(quotedNix(one))).toBe(one);
  });

  test('indented texts are read as they were', () => {
    const all = texts(
      2000,
      pieces.filter((one) => !one.includes('\r')),
    );
    for (const one of all) expect(nixText(indentedNix(`|${one}\n`, '    '))).toBe(`|${one}\n`);
  });

  test.each([
    ['docker', 'docker'],
    ['build-1', 'build-1'],
    ['1st', '"1st"'],
    ['or', '"or"'],
    ['a.b', '"a.b"'],
    ['${x}', '"\\${x}"'],
  ])('the name %s is written %s', (name, written) => {
    expect(nixName(name)).toBe(written);
  });
});
