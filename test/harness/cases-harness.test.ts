import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { recordOutcome } from './case.ts';
import { writeSections } from './case-file.ts';
import { findCases, readCase, recordCase, runCase } from './cases.ts';
import { type Entry, removeFolder } from './folder.ts';
import { type Request, requestLine } from './requests.ts';
import { splitWords } from './words.ts';

const place = mkdtempSync(join(tmpdir(), 'harness-'));
afterAll(() => removeFolder(place));

/** A program that does what its words say: out TEXT, err TEXT, file NAME TEXT MODE, env NAME, stdin, exit CODE. */
const script = join(place, 'program.mjs');
writeFileSync(
  script,
  `import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
   const words = process.argv.slice(2).map((word) => word.replace('@now', new Date().toISOString()));
   const acts = {
     out: ([text]) => console.log(text),
     err: ([text]) => console.error(text),
     env: ([name]) => console.log(name + '=' + process.env[name]),
     stdin: () => console.log(readFileSync(0, 'utf8')),
     file: ([name, text, mode]) => { writeFileSync(name, text); chmodSync(name, parseInt(mode, 8)); },
     exit: ([code]) => process.exit(Number(code)),
     token: () => {},
   };
   const [verb, ...rest] = words;
   if (verb === '--token') console.log('as ' + rest[0].slice(0, Number(rest[1])));
   else acts[verb](rest);`,
);

const startServer = async () => ({ url: 'http://127.0.0.1:9/', requests: [], close: async () => {} });

let count = 0;
function writeCase(text: string | Buffer): string {
  count += 1;
  const folder = join(place, 'verb', 'topic');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `case-${count}.txt`), text);
  return join(folder, `case-${count}.txt`);
}

/** Sections by what their headers say; a text without a line end gets a header that says so, too. */
type Sections = Record<string, string>;

const textOf = (sections: Sections) =>
  Object.entries(sections)
    .map(([header, text]) =>
      /(^|\n)$/.test(text) ? `-- ${header} --\n${text}` : `-- ${header} (no line end) --\n${text}\n`,
    )
    .join('');

const makeCase = (sections: Sections) => writeCase(textOf(sections));

const run = (file: string) => runCase(readCase(file), { script, startServer });

describe('a case that holds', () => {
  test.each<[string, Sections]>([
    ['one line on stdout', { cmd: '$ out hello\n', stdout: 'hello\n' }],
    ['one line on stderr', { cmd: '$ err hello\n', stderr: 'hello\n' }],
    ['an exit code', { cmd: '$ exit 3\n', code: '3\n' }],
    ['several runs', { cmd: '$ out one\n$ exit 2\n', stdout: '--- run 1\none\n--- run 2\n', code: '0\n2\n' }],
    ['words over several lines', { cmd: "$ out\n    'two words'\n", stdout: 'two words\n' }],
    ['placeholders', { cmd: '$ out {{gitlab}}/x,{{dir}}/y\n', stdout: '{{gitlab}}/x,{{dir}}/y\n' }],
    [
      'the time',
      { cmd: '$ out "at @now, not 2020-01-01T10:10:10Z"\n', stdout: 'at <NOW>, not 2020-01-01T10:10:10Z\n' },
    ],
    ['a variable', { cmd: '$ env A\n', env: 'A="one\\ntwo"\n', stdout: 'A=one\ntwo\n' }],
    [
      'a variable taken away',
      { cmd: '$ env CONFIG_FILE\n', env: 'CONFIG_FILE\n', stdout: 'CONFIG_FILE=undefined\n' },
    ],
    ['the default config', { cmd: '$ env CONFIG_FILE\n', stdout: 'CONFIG_FILE={{dir}}/config.toml\n' }],
    ['stdin', { cmd: '$ stdin\n', stdin: 'from {{dir}}', stdout: 'from {{dir}}\n' }],
    ['a file that stays', { cmd: '$ out x\n', stdout: 'x\n', 'in/a/config.toml': 'b = 1\n' }],
    ['a new file', { cmd: '$ file new {{system_id}} 600\n', 'out/new': '{{system_id}}' }],
    ['a mode', { cmd: '$ file new x 644\n', 'out/new (mode 0644)': 'x' }],
    ['a mode that stays', { cmd: '$ file old y 640\n', 'in/old (mode 0640)': 'x', 'out/old': 'y' }],
    ['a masked token', { cmd: '$ --token glrt-abcdef 5\n', stdout: 'as glrt-\n' }],
  ])('%s', async (_, files) => {
    const { expected, actual, leaks } = await run(makeCase(files));
    expect(actual).toEqual(expected);
    expect(leaks).toEqual([]);
  });
});

describe('a case that does not hold', () => {
  test.each<[string, Sections]>([
    ['stdout', { cmd: '$ out hello\n' }],
    ['stderr', { cmd: '$ err hello\n', stderr: 'hallo\n' }],
    ['an exit code', { cmd: '$ exit 3\n' }],
    ['a line end', { cmd: '$ out hello\n', stdout: 'hello' }],
    ['a new file', { cmd: '$ file new x 600\n' }],
    ['a missing file', { cmd: '$ out x\n', stdout: 'x\n', 'out/new': 'x' }],
    ['a byte', { cmd: '$ file new x 600\n', 'out/new': 'y' }],
    ['a mode', { cmd: '$ file new x 644\n', 'out/new': 'x' }],
    ['the system id', { cmd: '$ file .runner_system_id other 600\n' }],
    ['a missing request', { cmd: '$ out x\n', stdout: 'x\n', requests: 'POST /api/v4/runners\n' }],
  ])('%s', async (_, files) => {
    const { expected, actual } = await run(makeCase(files));
    expect(actual).not.toEqual(expected);
  });

  test.each<[string, Sections]>([
    ['a flag', { cmd: '$ --token glrt-abcdef 99\n' }],
    ['a flag with =', { cmd: '$ out glrt-abcdef --token=glrt-abcdef\n' }],
    ['a variable', { cmd: '$ env CI_SERVER_TOKEN\n', env: 'CI_SERVER_TOKEN=glrt-abcdef\n' }],
    ['a file', { cmd: '$ err glrt-abcdef --token-file t\n', 'in/t': 'glrt-abcdef\n' }],
    ['stdin', { cmd: '$ stdin --token-stdin\n', stdin: 'glrt-abcdef\n' }],
  ])('a token printed from %s', async (_, files) => {
    expect((await run(makeCase(files))).leaks).toEqual(['glrt-abcdef']);
  });

  test.each<[string, Sections]>([
    ['a docker config', { 'in/d.json': '{"auths":{"r":{"auth":"Y2k6cy1lLWMtci1lLXQ="}}}' }],
    ['the entry of a runner', { 'in/c.toml': 'environment = ["A={\\"auth\\":\\"Y2k6cy1lLWMtci1lLXQ=\\"}"]' }],
    ['a registry', { 'registry.json': '{"users":{"ci":"s-e-c-r-e-t"}}' }],
    ['a password on stdin', { cmd: '$ out s-e-c-r-e-t --password-stdin\n', stdin: 's-e-c-r-e-t' }],
  ])('the password of a login in %s', async (_, files) => {
    expect((await run(makeCase({ cmd: '$ out s-e-c-r-e-t\n', ...files }))).leaks).toEqual(['s-e-c-r-e-t']);
  });

  test('a token that the server has made', async () => {
    const state = { runners: [{ token: 'glrtr-made' }], accessTokens: [] };
    const it = readCase(makeCase({ cmd: '$ err {{gitlab}}glrtr-made\n' }));
    const startKnowing = async () => ({ ...(await startServer()), state });
    expect((await runCase(it, { script, startServer: startKnowing })).leaks).toEqual(['glrtr-made']);
  });
});

describe('a case file', () => {
  test.each<[string, string, Entry]>([
    ['a text', '-- in/a --\nb\n', { bytes: Buffer.from('b\n'), mode: '0600' }],
    ['a text without a line end', '-- in/a (no line end) --\nb\n', { bytes: Buffer.from('b'), mode: '0600' }],
    ['an empty file', '-- in/a --\n', { bytes: Buffer.from(''), mode: '0600' }],
    ['an empty line', '-- in/a --\n\n', { bytes: Buffer.from('\n'), mode: '0600' }],
    [
      'carriage returns',
      '-- in/a (escaped) --\nb\\r\nc\\\\r\n',
      { bytes: Buffer.from('b\r\nc\\r\n'), mode: '0600' },
    ],
    [
      'a byte order mark',
      '-- in/a (escaped) --\n\\xef\\xbb\\xbfü\n',
      { bytes: Buffer.from('\ufeffü\n'), mode: '0600' },
    ],
    [
      'bytes that are no text',
      '-- in/a (escaped) (no line end) --\n\\xff\\x00\n',
      { bytes: Buffer.from([0xff, 0]), mode: '0600' },
    ],
    [
      'what looks like a header',
      '-- in/a (escaped) --\n\\x2d- b --\n',
      { bytes: Buffer.from('-- b --\n'), mode: '0600' },
    ],
    ['a mode', '-- in/a (mode 0755) --\nb\n', { bytes: Buffer.from('b\n'), mode: '0755' }],
    ['a link', '-- in/a -> b/c --\n', { link: 'b/c', mode: '0777' }],
    ['an empty folder', '-- in/a/ --\n', { mode: '0700' }],
    ['the mode of a folder', '-- in/a/ (mode 0500) --\n-- in/a/b --\n', { mode: '0500' }],
  ])('holds %s', (_, text, entry) => {
    const file = writeCase(`Why.\n\n-- cmd --\n$ out x\n${text}`);
    const it = readCase(file);
    expect(it.given.get(entry.bytes || entry.link ? 'a' : 'a/')).toEqual(entry);
    expect(it.expected.out).toEqual(it.given);
    expect(writeSections(it.written)).toBe(readFileSync(file, 'utf8'));
  });

  test('tells of the folder only what is other than before', () => {
    const sections = {
      cmd: '$ out x\n',
      'in/a/': '',
      'in/a/b': 'x\n',
      'in/c': 'x\n',
      'in/d/e': 'y\n',
      'in/f/g': 'y\n',
      'in/h (mode 0640)': 'z\n',
      'out/a/b (removed)': '',
      'out/c = in/c (mode 0644)': '',
      'out/d/ (removed)': '',
      'out/f/g': 'other\n',
      'out/f/i/ (mode 0755)': '',
      'out/f/i/j = in/a/b': '',
      'out/h': 'other\n',
      'out/k -> c': '',
    };
    const it = readCase(makeCase(sections));
    expect([...it.expected.out]).toEqual([
      ['a/', { mode: '0700' }],
      ['c', { bytes: Buffer.from('x\n'), mode: '0644' }],
      ['f/', { mode: '0700' }],
      ['f/g', { bytes: Buffer.from('other\n'), mode: '0600' }],
      ['h', { bytes: Buffer.from('other\n'), mode: '0640' }],
      ['f/i/', { mode: '0755' }],
      ['f/i/j', { bytes: Buffer.from('x\n'), mode: '0600' }],
      ['k', { link: 'c', mode: '0777' }],
    ]);
    recordOutcome(it, it.expected);
    expect(readFileSync(it.file, 'utf8')).toBe(textOf(sections));
  });

  test.each<[string, string | Buffer, string]>([
    ['a section that no case has', '-- stdotu --\n', 'a case has no stdotu'],
    ['a section given twice', '-- env --\n-- env --\n', 'env is there twice'],
    ['a header without its end', '-- stdout\n', 'not a header: -- stdout'],
    [
      'a header that says something unknown',
      '-- in/a (mod 0755) --\n',
      'not a header: -- in/a (mod 0755) --',
    ],
    [
      'a mode of what is no file',
      '-- stdout (mode 0755) --\n',
      'stdout cannot be so: -- stdout (mode 0755) --',
    ],
    ['a text from elsewhere', '-- stdout = text --\n', 'stdout cannot be so: -- stdout = text --'],
    ['a path that leads out', '-- in/../a --\n', 'not a path: -- in/../a --'],
    ['a fixture that leads out', '-- in/a = ../a --\n', 'not a path: -- in/a = ../a --'],
    ['a fixture with a text', '-- in/a = nowhere --\nb\n', 'nothing can be below -- in/a = nowhere --'],
    ['the bytes of nothing', '-- out/a = in/b --\n', 'out/a is the same as nothing: in/b'],
    ['a link with a text', '-- in/a -> b --\nc\n', 'nothing can be below -- in/a -> b --'],
    ['a folder with a text', '-- in/a/ --\nc\n', 'nothing can be below -- in/a/ --'],
    ['a switch with a text', '-- with-info --\nc\n', 'nothing can be below -- with-info --'],
    ['a note about nothing', '-- in/a (no line end) --\n', 'nothing is below -- in/a (no line end) --'],
    ['an unknown escape', '-- in/a (escaped) --\n\\n\n', 'not an escape: \\'],
    ['a carriage return', '-- in/a --\nb\r\n', 'only an escaped section can hold "\\r"'],
    ['a byte order mark', '\ufeff', 'only an escaped section can hold "\ufeff"'],
    [
      'bytes that are no text',
      Buffer.from([0xff, 10]),
      'only an escaped section can hold "what is not UTF-8"',
    ],
    ['a last line without an end', '-- in/a --\nb', 'the last line has no end'],
    [
      'a removal of what is not there',
      '-- cmd --\n$ out x\n-- out/a (removed) --\n',
      'a cannot be removed: it is not there',
    ],
    ['no command', 'Why.\n', 'cmd has to begin with "$ "'],
  ])('refuses %s', (_, text, fault) => {
    const file = writeCase(text);
    expect(() => readCase(file)).toThrow(`${file}: ${fault}`);
  });

  test('takes a fixture as it is, or with keys of its own', () => {
    const fixture = '-- cmd --\n$ out x\n-- gitlab.json = gitlab/registration-token.json --\n';
    const whole = readCase(writeCase(fixture)).gitlab as object;
    expect(whole).toHaveProperty('legacy', true);
    expect(readCase(writeCase(`${fixture}{ "legacy": false }\n`)).gitlab).toEqual({
      ...whole,
      legacy: false,
    });
  });

  test('refuses a fixture that is not there', () => {
    expect(() => readCase(writeCase('-- in/a = nowhere --\n'))).toThrow(/ENOENT.*fixtures\/nowhere/);
  });

  test('is no other file', () => {
    writeFileSync(join(place, 'verb', 'topic', 'case'), '');
    expect(() => findCases(place)).toThrow('no case: program.mjs, verb/topic/case');
  });
});

describe('recording', () => {
  const record = async (file: string, what: 'texts' | 'all') => {
    const it = readCase(file);
    recordCase(it, await runCase(it, { script, startServer }), what);
    return readFileSync(file, 'utf8');
  };

  test('texts writes what was said', async () => {
    const sections = { cmd: '$ out {{dir}}\n', stderr: 'old\n' };
    expect(await record(makeCase(sections), 'texts')).toBe(
      textOf({ cmd: sections.cmd, stdout: '{{dir}}\n' }),
    );
  });

  test.each<[string, Sections]>([
    ['the exit code', { cmd: '$ out x\n', code: '3\n' }],
    ['a file', { cmd: '$ out x\n', 'out/new': 'y' }],
    ['a request', { cmd: '$ out x\n', requests: 'GET /\n' }],
  ])('texts writes nothing when %s is wrong', async (_, sections) => {
    expect(await record(makeCase(sections), 'texts')).toBe(textOf(sections));
  });

  test('all writes everything in order, and the case holds', async () => {
    const file = writeCase(
      `Why.\n${textOf({
        'out/other': '',
        'in/a/old (mode 0640)': 'b',
        'in/b/same': 'x',
        requests: 'GET /\n',
        cmd: '$ file new x 644\n$ exit 3\n',
      })}`,
    );
    expect(await record(file, 'all')).toBe(
      `Why.\n\n${textOf({
        cmd: '$ file new x 644\n$ exit 3\n',
        'in/a/old (mode 0640)': 'b',
        'in/b/same': 'x',
        code: '0\n3\n',
        'out/new = in/b/same (mode 0644)': '',
      })}`,
    );
    const { expected, actual } = await run(file);
    expect(actual).toEqual(expected);
  });
});

test.each<[string, Request, boolean, string]>([
  ['no body', { method: 'GET', path: '/api/v4/version', body: undefined }, false, 'GET /api/v4/version\n'],
  [
    'sorted keys',
    { method: 'POST', path: '/x', body: { b: [{ d: 1, c: 2 }], a: 1 } },
    false,
    'POST /x {"a":1,"b":[{"c":2,"d":1}]}\n',
  ],
  [
    'short info',
    { method: 'POST', path: '/x', body: '{"info":{"name":"n"}}' },
    false,
    'POST /x {"info":"…"}\n',
  ],
  [
    'whole info',
    { method: 'POST', path: '/x', body: { info: { name: 'n', version: '1.2.3' } } },
    true,
    'POST /x {"info":{"name":"n","version":"{{version}}"}}\n',
  ],
  ['the word null', { method: 'POST', path: '/x', body: 'null' }, false, 'POST /x null\n'],
])('a request with %s is one line', (_, request, showInfo, line) => {
  expect(requestLine(request, showInfo)).toBe(line);
});

test.each<[string, string[]]>([
  ['a  b\n c', ['a', 'b', 'c']],
  [`'{"a": "b c"}' d`, ['{"a": "b c"}', 'd']],
  [`"a \\"b\\" \\n" '' x'y z'`, ['a "b" \\n', '', 'xy z']],
  ['a\\ b', ['a b']],
])('words of %s', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test('an open quote is no command line', () => {
  expect(() => splitWords("a 'b")).toThrow('a quote is not closed');
});
