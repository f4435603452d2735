import { expect, test } from 'vitest';
import { Chance } from '../rooms/config/random.ts';
import { killAfterAnswers } from './kills.ts';
import { openScene } from './scene.ts';

test('no kill between the answer of GitLab and the written file loses a token or a runner', async () => {
  const scene = await openScene();
  const { killed, found, longest, faults } = await killAfterAnswers(scene, new Chance(7), 20, 3);
  await scene.close();
  console.log(`killed ${killed}: ${JSON.stringify(found)}; written after ${longest.toFixed(1)} ms`);
  expect(faults).toEqual([]);
  expect(found['beside it']).toBeGreaterThan(0);
});
