import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, type Scene } from './scene.ts';
import { swapAtEachCall, swapStories } from './swaps.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

// As another user than root nothing could be given away: then the same runs show that they end by themselves.
test.each(['first registration', 'undo', 'doctor --fix', 'reset-token'])(
  'root gives nothing away and overwrites nothing when files are swapped under it: %s',
  async (name) => {
    const story = swapStories(scene).find((one) => one.name === name)!;
    const { runs, faults } = await swapAtEachCall(scene, story, ['*'], ['swap'], 3);
    console.log(`${name}: ${runs} swaps`);
    expect(faults).toEqual([]);
    expect(runs).toBeGreaterThan(20);
  },
);
