import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readCase, recordCase, runCase } from './cases.ts';
import { readFolder, removeFolder } from './folder.ts';
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
function makeCase(files: Record<string, string>): string {
  count += 1;
  const folder = join(place, 'verb', `case-${count}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const run = (folder: string) => runCase(readCase(folder), { script, startServer });

describe('a case that holds', () => {
  test.each<[string, Record<string, string>]>([
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
    ['a mode', { cmd: '$ file new x 644\n', 'out/new': 'x', 'modes.out': '0644 new\n' }],
    [
      'a mode that stays',
      { cmd: '$ file old y 640\n', 'in/old': 'x', 'modes.in': '0640 old\n', 'out/old': 'y' },
    ],
    ['a masked token', { cmd: '$ --token glrt-abcdef 5\n', stdout: 'as glrt-\n' }],
  ])('%s', async (_, files) => {
    const { expected, actual, leaks } = await run(makeCase(files));
    expect(actual).toEqual(expected);
    expect(leaks).toEqual([]);
  });
});

describe('a case that does not hold', () => {
  test.each<[string, Record<string, string>]>([
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

  test.each<[string, Record<string, string>]>([
    ['a flag', { cmd: '$ --token glrt-abcdef 99\n' }],
    ['a flag with =', { cmd: '$ out glrt-abcdef --token=glrt-abcdef\n' }],
    ['a variable', { cmd: '$ env CI_SERVER_TOKEN\n', env: 'CI_SERVER_TOKEN=glrt-abcdef\n' }],
    ['a file', { cmd: '$ err glrt-abcdef --token-file t\n', 'in/t': 'glrt-abcdef\n' }],
    ['stdin', { cmd: '$ stdin --token-stdin\n', stdin: 'glrt-abcdef\n' }],
  ])('a token printed from %s', async (_, files) => {
    expect((await run(makeCase(files))).leaks).toEqual(['glrt-abcdef']);
  });

  test.each<[string, Record<string, string>]>([
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

  test('a file that no case has', () => {
    expect(() => readCase(makeCase({ cmd: '$ out x\n', stdotu: 'x\n' }))).toThrow('a case has no stdotu');
  });
});

describe('recording', () => {
  const record = async (folder: string, what: 'texts' | 'all') => {
    const it = readCase(folder);
    recordCase(it, await runCase(it, { script, startServer }), what);
    return Object.fromEntries(
      [...readFolder(folder)].flatMap(([path, { bytes }]) => (bytes ? [[path, String(bytes)]] : [])),
    );
  };

  test('texts writes what was said', async () => {
    const files = { cmd: '$ out {{dir}}\n', stderr: 'old\n' };
    expect(await record(makeCase(files), 'texts')).toEqual({ cmd: files.cmd, stdout: '{{dir}}\n' });
  });

  test.each<[string, Record<string, string>]>([
    ['the exit code', { cmd: '$ out x\n', code: '3\n' }],
    ['a file', { cmd: '$ out x\n', 'out/new': 'y' }],
    ['a request', { cmd: '$ out x\n', requests: 'GET /\n' }],
  ])('texts writes nothing when %s is wrong', async (_, files) => {
    expect(await record(makeCase(files), 'texts')).toEqual(files);
  });

  test('all writes everything, and the case holds', async () => {
    const folder = makeCase({ cmd: '$ file new x 644\n$ exit 3\n', 'out/other': '', requests: 'GET /\n' });
    expect(await record(folder, 'all')).toEqual({
      cmd: '$ file new x 644\n$ exit 3\n',
      code: '0\n3\n',
      'modes.out': '0644 new\n',
      'out/new': 'x',
    });
    const { expected, actual } = await run(folder);
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
