import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { removeFolder } from './folder.ts';
import { toSvg } from './svg.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const place = mkdtempSync(join(tmpdir(), 'terminal-'));
afterAll(() => removeFolder(place));

const open: Terminal[] = [];
afterEach(async () => {
  for (const terminal of open.splice(0)) await terminal.close();
});

/** Runs a few lines of JavaScript in a terminal. */
function given(source: string, size: { columns?: number; rows?: number } = {}): Terminal {
  const script = join(place, `program-${open.length}.mjs`);
  writeFileSync(script, source);
  const terminal = openTerminal({ script, args: [], env: {}, cwd: place, ...size });
  open.push(terminal);
  return terminal;
}

const echo = `
  process.stdin.setRawMode(true);
  console.log('ready');
  process.stdin.on('data', (data) => {
    console.log(JSON.stringify(String(data)));
    if (data[0] === 3) process.exit(130);
  });`;

test('keys arrive as a terminal sends them', async () => {
  const terminal = given(echo);
  await terminal.waitFor('ready');
  terminal.type('añ');
  await terminal.waitFor('"añ"');
  terminal.press('up');
  await terminal.waitFor('"\\u001b[A"');
  terminal.press('enter');
  await terminal.waitFor('"\\r"');
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(terminal.screen()).toBe('ready\n"añ"\n"\\u001b[A"\n"\\r"\n"\\u0003"');
});

test('a text that never comes fails with the screen', async () => {
  const terminal = given(`console.log('something else')`);
  await expect(terminal.waitFor('hello')).rejects.toThrow(
    'hello is not on the screen, and the program ended (0):\n┌──\n│ something else\n└──',
  );
});

test('rows that scrolled away and texts that were overwritten are remembered', async () => {
  const terminal = given(`process.stdout.write('one\\ntwo\\nthree\\nsecret\\r\\x1b[Kfour')`, { rows: 2 });
  await terminal.ended;
  expect(terminal.screen()).toBe('three\nfour');
  expect(terminal.scrollback()).toBe('one\ntwo\nthree\nfour');
  expect(terminal.everSent()).toBe('one\ntwo\nthree\nsecretfour');
});

test('a row that is broken for width is found as one', async () => {
  const terminal = given(`process.stdout.write('abcdefghijkl')`, { columns: 10 });
  await terminal.waitFor('abcdefghijkl');
  expect(terminal.screen()).toBe('abcdefghij\nkl');
});

test('the program learns of a new size', async () => {
  const terminal = given(`
    console.log(process.stdout.columns);
    process.stdout.on('resize', () => { console.log(process.stdout.columns); process.exit(); });
    setInterval(() => {}, 1000);`);
  await terminal.waitFor('80');
  terminal.resize(100, 30);
  await terminal.waitFor('100');
});

test('a program that runs on is ended', async () => {
  const terminal = given(`console.log('on'); setInterval(() => {}, 1000);`);
  await terminal.waitFor('on');
  await terminal.close();
  expect(await terminal.ended).toEqual({ code: 0, signal: 9 });
});

test('the screen as a picture', async () => {
  const terminal = given(
    `process.stdout.write('\\x1b[32m✔\\x1b[0m \\x1b[1mName\\x1b[0m  a<b\\n\\n\\x1b[7m x \\x1b[0m\\x1b[38;5;208mo\\x1b[38;2;1;2;3mr\\n')`,
    { columns: 20, rows: 5 },
  );
  await terminal.ended;
  expect(toSvg(terminal).split('\n')).toEqual([
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 196 85" width="196" height="85" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14">',
    '<rect width="100%" height="100%" rx="8" fill="#1e2430"/>',
    '<text xml:space="preserve" x="14" y="28.5" textLength="8.4" fill="#98c379">✔</text>',
    '<text xml:space="preserve" x="30.8" y="28.5" textLength="33.6" fill="#d8dee9" font-weight="bold">Name</text>',
    '<text xml:space="preserve" x="81.2" y="28.5" textLength="25.2" fill="#d8dee9">a&lt;b</text>',
    '<rect x="14" y="52" width="25.2" height="19" fill="#d8dee9"/>',
    '<text xml:space="preserve" x="22.4" y="66.5" textLength="8.4" fill="#1e2430">x</text>',
    '<text xml:space="preserve" x="39.2" y="66.5" textLength="8.4" fill="#ff8700">o</text>',
    '<text xml:space="preserve" x="47.6" y="66.5" textLength="8.4" fill="#010203">r</text>',
    '</svg>',
    '',
  ]);
});
