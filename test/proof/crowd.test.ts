import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { apart, changeAtOnce, changedText, registerAtOnce } from './crowd.ts';
import { openScene, type Scene, tokenOf, undated } from './scene.ts';
import { fileOf } from './stories.ts';

const count = 12;
const left = ['.config.toml.history', '.config.toml.previous', '.runner_system_id', 'config.toml'];
let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

// On a busy machine the last ones have to wait longer than a second for their turn, and say so.
const besidesWaiting = (stderr: string) =>
  stderr.replace(
    /^Waiting for (process \d+ on \S+|another process) to finish with \S+config\.toml \(\d+ s\)\n/gm,
    '',
  );

test('many processes that register at once all stand in the file, and nobody sees half of it', async () => {
  const { ran, text, halves, versions, ...rest } = await registerAtOnce(scene, count);
  expect(ran.map(({ code, stderr }) => `${code} ${besidesWaiting(stderr)}`.trim())).toEqual(
    Array(count).fill('0'),
  );
  expect(halves).toEqual([]);
  expect(versions).toBeGreaterThan(2);
  expect(text.startsWith(fileOf(scene, []))).toBe(true);
  const { runners } = await readConfig(text, 'config.toml');
  expect(runners.map(({ token }) => token).sort()).toEqual(
    Array.from({ length: count }, (_, at) => tokenOf(at)),
  );
  expect(rest.left).toEqual(left);
});

test.each(['edit', 'register'] as const)(
  'many processes that each change one runner (%s) lose nothing of the file',
  async (verb) => {
    const { ran, text, halves, ...rest } = await changeAtOnce(scene, count, verb);
    expect(ran.map(({ code }) => code)).toEqual(Array(count).fill(0));
    expect(halves).toEqual([]);
    expect(text).toBe(undated(changedText(scene, count)));
    expect(rest.left).toEqual(left.filter((name) => name !== '.runner_system_id'));
  },
);

test('processes in containers with clocks of their own lose nothing of the file', async () => {
  const { ran, text, halves, left: lying } = await changeAtOnce(scene, count, 'edit', count, apart);
  expect(ran.map(({ code, stderr }) => `${code} ${code === 0 ? '' : stderr}`)).toEqual(
    Array(count).fill('0 '),
  );
  expect([halves, text]).toEqual([[], undated(changedText(scene, count))]);
  expect(lying).toEqual(left.filter((name) => name !== '.runner_system_id'));
});
