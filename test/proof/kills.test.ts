import { expect, test } from 'vitest';
import { Chance } from '../rooms/config/random.ts';
import { killAfterAnswers, shownTimes } from './kills.ts';
import { openScene } from './scene.ts';

test('no kill between the answer of GitLab and the written file loses a token or a runner', {
  timeout: 240_000,
}, async () => {
  const scene = await openScene();
  const { killed, found, tooEarly, faults } = await killAfterAnswers(scene, new Chance(7), 20, 3);
  await scene.close();
  console.log(`killed ${killed}: ${JSON.stringify(found)}; too early: ${shownTimes(tooEarly)} ms`);
  expect(faults).toEqual([]);
  expect(Object.values(found).some((one) => one['beside it'] > 0)).toBe(true);
});
