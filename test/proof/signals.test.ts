import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, type Scene } from './scene.ts';
import { signalStories } from './signal-stories.ts';
import { signalAtEachCall } from './signals.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

// Each takes its turn, also that of a person who presses Ctrl-C twice; the long proofs send all of them at every call.
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGINT SIGINT'] as const;
const turns = signalStories.map((story, at) => [signals[(at * 3) % 4]!, story.name, story] as const);

test.each(turns)(
  '%s at each request and write of %s: file and GitLab are in step, and the words are true',
  async (signal, name, story) => {
    const { count, codes, faults } = await signalAtEachCall(scene, story, signal, 3, (call) =>
      /^(request|answer|linkSync|open|rename) /.test(call),
    );
    console.log(`${name}: ${signal} at ${count} calls, ended ${JSON.stringify(codes)}`);
    expect(faults).toEqual([]);
  },
);
