import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StandIn } from '../gitlab/index.ts';
import { openScene, type Scene } from './scene.ts';
import { openSecure, swapAtEachCall, swapStories } from './swaps.ts';

let scene: Scene;
let secure: StandIn;

beforeAll(async () => {
  scene = await openScene();
  secure = await openSecure();
});

afterAll(() => Promise.all([scene.close(), secure.close()]));

// As another user than root nothing could be given away: then the same runs show that they end by themselves.
test.each([
  'first registration',
  'undo',
  'doctor --fix',
  'reset-token',
  'a certificate that is trusted',
  "a login in the user's docker config",
])('root gives nothing away and overwrites nothing when files are swapped under it: %s', async (name) => {
  const story = swapStories(scene, secure).find((one) => one.name === name)!;
  const { runs, faults } = await swapAtEachCall(scene, story, ['*'], ['swap'], 3);
  console.log(`${name}: ${runs} swaps`);
  expect(faults).toEqual([]);
  expect(runs).toBeGreaterThan(20);
});
