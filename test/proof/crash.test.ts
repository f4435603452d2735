import { afterAll, beforeAll, expect, test } from 'vitest';
import { afterACrash, crashAtEachCall } from './crash.ts';
import { openScene, type Scene } from './scene.ts';
import { storiesOf } from './stories.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

test.each([
  [0, 'first registration', false],
  [1, 'one more runner', false],
  [2, 'change of a runner', false],
  [3, 'edit of a runner', false],
  [2, 'change of a runner after a crash', true],
] as const)(
  'killed before each call of story %i, %s: the file is old or new, the next run works',
  async (at, name, isAfter) => {
    const plain = storiesOf(scene)[at]!;
    const story = isAfter ? await afterACrash(scene, plain) : plain;
    // After a crash only what deals with its lock is new.
    const crashes = await crashAtEachCall(scene, story, 3, (call) => !isAfter || call.includes('.lock'));
    console.log(
      `${story.name}: killed at ${crashes.killed} calls; file old ${crashes.old}, new ${crashes.new}`,
    );
    expect(story.name).toBe(name);
    expect(crashes.faults).toEqual([]);
    expect(crashes.old > 10 && crashes.new > 0).toBe(true);
  },
);
