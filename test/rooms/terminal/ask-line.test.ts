import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { askByLines } from '../../../src/terminal/ask-line.ts';
import type { World } from '../../../src/world.ts';

class Cancelled extends Error {}

let keyboard: PassThrough & { setRawMode(isRaw: boolean): void };
let shown: string;
let isRaw: boolean;
let interrupts: (() => void)[];
let world: World;

beforeEach(() => {
  [shown, isRaw, interrupts] = ['', false, []];
  const setRawMode = (raw: boolean) => {
    isRaw = raw;
  };
  keyboard = Object.assign(new PassThrough(), { setRawMode });
  const write = (text: string) => {
    shown += text;
  };
  const onInterrupt = (act: () => void) => {
    interrupts.push(act);
    return () => void interrupts.splice(interrupts.indexOf(act), 1);
  };
  world = { stdin: keyboard, stderr: { write }, onInterrupt } as unknown as World;
});

const ask = (question: Parameters<typeof askByLines>[1], signal?: AbortSignal) =>
  askByLines(world, question, () => new Cancelled(), signal);

const lines = [
  { value: 'a', name: 'docker      in containers', short: 'docker' },
  { value: 'b', name: 'docker+machine', description: 'On other\nmachines' },
  { value: 'c', name: 'shell' },
];

test('several answers that come at once are taken one after the other', async () => {
  keyboard.write('one\ntwo\r3\n');
  expect(await ask({ type: 'input', message: 'First' })).toBe('one');
  expect(await ask({ type: 'input', message: 'Second' })).toBe('two');
  expect(await ask({ type: 'menu', message: 'Third', lines })).toBe('c');
});

test('a letter may come in two parts', async () => {
  const bytes = Buffer.from('é\n');
  keyboard.write(bytes.subarray(0, 1));
  const answer = ask({ type: 'input', message: 'Name' });
  setTimeout(() => keyboard.write(bytes.subarray(1)), 10);
  expect(await answer).toBe('é');
});

test('an answer that does not fit is asked for again', async () => {
  keyboard.write('no number\n7\n');
  const validate = (words: string) => /^\d+$/.test(words) || 'That is not a number.';
  expect(await ask({ type: 'input', message: 'Jobs', default: '1', validate })).toBe('7');
  expect(shown).toBe('? Jobs (1) > That is not a number.\n? Jobs (1) ');
});

test.each([
  ['', 'here'],
  ['-', ''],
  ['there', 'there'],
])('of a proposal that can be left out, "%s" leaves "%s"', async (typed, answer) => {
  keyboard.write(`${typed}\n`);
  expect(await ask({ type: 'input', message: 'Note', default: 'here', erasable: true })).toBe(answer);
  expect(shown).toBe('? Note (here; -: none) ');
});

test('what is hidden is read key by key, and corrected by Backspace and Ctrl-U', async () => {
  const answer = ask({ type: 'line', isHidden: true, message: 'Token' });
  expect(isRaw).toBe(true);
  keyboard.write('wrong\x15secrex\x7ft\r');
  expect(await answer).toBe('secret');
  expect(isRaw).toBe(false);
  expect(shown).toBe('? Token \n');
});

test.each([
  ['', 'b'],
  ['1', 'a'],
  ['docker', 'a'],
  ['docker+', 'b'],
  ['SHELL', 'c'],
])('of a list, "%s" takes "%s"', async (typed, value) => {
  keyboard.write(`${typed}\n`);
  expect(await ask({ type: 'menu', message: 'Executor', default: 'b', lines })).toBe(value);
  expect(shown).toBe(
    '? Executor\n  1  docker      in containers\n  2  docker+machine  On other machines\n  3  shell\nNumber or name (2): ',
  );
});

test.each(['0', '4', 'x', '-1'])('"%s" is none of a list', async (typed) => {
  keyboard.write(`${typed}\n3\n`);
  expect(await ask({ type: 'menu', message: 'Executor', lines })).toBe('c');
  expect(shown).toContain(`> "${typed}" is not in the list.\n`);
});

test('several of a list are taken in its order, at least one', async () => {
  keyboard.write('\n3 x\nshell 1 3\n');
  expect(await ask({ type: 'checkbox', message: 'Which?', choices: lines })).toEqual(['a', 'c']);
  expect(shown).toContain('> Choose at least one.\n');
  expect(shown).toContain('> "x" is not in the list.\n');
});

test('a search shows what was found, and takes its number', async () => {
  keyboard.write('nothing\n/hel\n9\n1\n');
  const find = (words: string) => lines.filter(({ name }) => name.includes(words));
  expect(await ask({ type: 'menu', message: 'Which setting?', lines, find })).toBe('c');
  expect(shown).toContain('> "nothing" is not in the list.\n');
});

test('yes and no are words, too', async () => {
  keyboard.write('YES\n\nmaybe\nn\n');
  const answers = [];
  for (const usual of [false, true, true])
    answers.push(await ask({ type: 'confirm', message: 'Save?', default: usual }));
  expect(answers).toEqual([true, true, false]);
});

describe.each(['input', 'password'])('a question of %s', (type) => {
  const stopper = new AbortController();
  test.each([
    ['the end of input', () => void keyboard.end()],
    ['an interrupt', () => interrupts[0]!()],
    ['a signal', () => stopper.abort()],
    ['a signal from before', () => stopper.abort()],
  ])('is cancelled by %s, and leaves nothing behind', async (_, act) => {
    const answer = ask({ type, message: 'Name' }, stopper.signal);
    setTimeout(act, 10);
    await expect(answer).rejects.toThrow(Cancelled);
    expect([isRaw, interrupts.length, keyboard.listenerCount('data')]).toEqual([false, 0, 0]);
  });
});
