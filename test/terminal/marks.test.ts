import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment } from '../harness/program.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';
import { takeInHand, three, threeKnown } from './at-hand.ts';

const script = join(import.meta.dirname, '../../bin/runner-setup.js');

async function look(words: string[], more: readonly string[] = []): Promise<Terminal> {
  const hand = await takeInHand(three, threeKnown);
  const { folder } = hand;
  const args = [...more, process.execPath, script, ...words, '--config', join(folder, 'config.toml')];
  const how = { env: cleanEnvironment(folder), cwd: folder, columns: 160, rows: 60 };
  const terminal = openTerminal({ command: 'env', args, ...how });
  await terminal.ended;
  return terminal;
}

const marksIn = (terminal: Terminal) =>
  terminal
    .screen()
    .split('\n')
    .flatMap((line) => /^([^\w\s]|[xi]) /.exec(line)?.[1] ?? [])
    .sort();

const colours = (terminal: Terminal) =>
  terminal.cells().flatMap(([first]) => (first && /[✔✖]/.test(first.text) ? [first.colour] : []));

test('verify marks what is good and what is refused, in colour', async () => {
  const terminal = await look(['verify']);
  expect(marksIn(terminal)).toEqual(['✔', '✔', '✖']);
  expect(colours(terminal).sort()).toEqual(['#98c379', '#98c379', '#e06c75']);
});

test('without colour the marks stay', async () => {
  const terminal = await look(['verify', '--no-color']);
  expect(marksIn(terminal)).toEqual(['✔', '✔', '✖']);
  expect(new Set(colours(terminal)).size).toBe(1);
});

test.each([
  ['a locale without UTF-8', ['LANG=C']],
  ['one that another variable says', ['LANG=C.UTF-8', 'LC_ALL=POSIX']],
  ['the console of Linux', ['TERM=linux']],
])('%s gets marks of ASCII', async (_, more) => {
  expect(marksIn(await look(['verify'], more))).toEqual(['+', '+', 'x']);
});

test('doctor marks each step and finding, and tells a failure once', async () => {
  const terminal = await look(['doctor']);
  const lines = terminal.screen().split('\n');
  expect(lines.filter((line) => /refused the runner token/.test(line))).toEqual([
    expect.stringMatching(/^✖ runner #3 "old": error: /),
  ]);
  expect(marksIn(terminal).filter((mark) => mark === '✔').length).toBeGreaterThan(3);
});
