import { expect, test } from 'vitest';
import { nearest } from '../../../src/text/closest.ts';

const words = ['register', 'list', 'edit', 'undo', 'doctor', 'lint', 'container'];

test.each([
  ['regster', 'register'],
  ['regsiter', 'register'],
  ['lsit', 'list'],
  ['dcotor', 'doctor'],
  ['Undo', 'undo'],
  ['contianer', 'container'],
])('%s is near %s', (word, meant) => {
  expect(nearest(word, words)).toBe(meant);
});

test.each(['run', 'get', 'start', 'stop', 'config', 'status', 'install', 'x', ''])(
  '"%s" is near nothing that it could be mistaken for',
  (word) => {
    expect(nearest(word, words)).toBeUndefined();
  },
);
