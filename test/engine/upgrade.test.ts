import { afterAll, describe, expect, inject, test } from 'vitest';
import {
  type Blow,
  type Ground,
  openScene,
  type Part,
  type Ran,
  realFor,
  type Scene,
  standInFor,
} from './upgrade-scene.ts';

// Dozens of upgrades each: on one real engine, as docker and podman may lead to the same one.
const [found] = inject('engines').filter(({ isReal }) => isReal);
const real = found && (await realFor(found));
const grounds = [standInFor('docker'), standInFor('podman'), ...(real ? [real.ground] : [])];
const named = (some: readonly Ground[]) => some.map((ground) => [ground.label, ground] as const);

afterAll(() => real?.remove());

const wordsTo = (ground: Ground, image: string): string[] => [
  '--to',
  image,
  ...(ground.isReal ? ['--no-pull'] : []),
];

async function at(ground: Ground, act: (scene: Scene, before: Part) => Promise<void>): Promise<void> {
  const scene = openScene(ground);
  try {
    const [before] = scene.found();
    await act(scene, before!);
  } finally {
    scene.close();
  }
}

describe.each(named(grounds))('upgrade on %s', (_, ground) => {
  test('to another tag: all settings are kept, nothing else is left', () =>
    at(ground, async (scene, before) => {
      const words = [scene.name, ...wordsTo(ground, ground.images.new)];
      const ran = await scene.run(words);
      expect(ran).toMatchObject({ code: 0 });
      expect(scene.found()).toEqual([{ ...before, image: ground.images.new }]);
      expect(`${ran.stdout}${ran.stderr}${ran.commands}`).not.toContain('secretword');
      const again = await scene.run(words);
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to change') });
    }));

  test('the old one is kept when that is wanted', () =>
    at(ground, async (scene, before) => {
      const ran = await scene.run([scene.name, ...wordsTo(ground, ground.images.new), '--keep-old']);
      expect(ran).toMatchObject({ code: 0 });
      const [now, old] = scene.found();
      expect(now).toEqual({ ...before, image: ground.images.new });
      expect(old).toMatchObject({ name: 'NAME-old', image: ground.images.old, running: false });
    }));

  test('two runs at once: one of them does it', () =>
    at(ground, async (scene, before) => {
      const words = [scene.name, ...wordsTo(ground, ground.images.new)];
      const both = await Promise.all([scene.run(words), scene.run(words)]);
      const acted = both.filter(({ stdout }) => stdout.includes('(before: '));
      expect(acted).toMatchObject([{ code: 0 }]);
      const idle = both.find((ran) => !acted.includes(ran))!;
      // It came meanwhile or, on a busy machine, afterwards.
      const nothing = idle.code === 0 ? 'Nothing to change' : 'Another run is upgrading';
      expect(`${idle.stdout}${idle.stderr}`).toContain(nothing);
      expect(scene.found()).toEqual([{ ...before, image: ground.images.new }]);
    }));

  test('an image that dies at once is taken back, and its last words are shown', () =>
    at(ground, async (scene, before) => {
      const ran = await scene.run([scene.name, ...wordsTo(ground, ground.images.dying)]);
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('this version does not start') });
      expect(scene.found()).toEqual([before]);
    }));
});

describe.each(named(grounds.filter((ground) => ground.isReal || ground.program === 'docker')))(
  'upgrade on %s',
  (_, ground) => {
    test(
      'killed at each step: the next run finishes it',
      () =>
        strike(
          ground,
          { image: ground.images.new, signal: 'KILL' },
          async ({ scene, before, ran, where, words }) => {
            expect([where, ran.code]).toEqual([where, 'SIGKILL']);
            const next = await scene.run(words);
            expect([where, next.code, next.stderr]).toEqual([where, 0, next.stderr]);
            expect([where, scene.found()]).toEqual([where, [{ ...before, image: ground.images.new }]]);
          },
        ),
      600_000,
    );

    test(
      'killed at each step of the way back: the next run goes on with it',
      () =>
        strike(
          ground,
          { image: ground.images.dying, signal: 'KILL', from: 'start' },
          async ({ scene, before, ran, where, words }) => {
            expect([where, ran.code]).toEqual([where, 'SIGKILL']);
            const next = await scene.run(words);
            expect([where, next.code, next.stderr]).toEqual([where, 1, next.stderr]);
            expect([where, scene.found()]).toEqual([where, [before]]);
          },
        ),
      600_000,
    );

    test(
      'SIGTERM at each step: the old one is back at once, or the new one was there already',
      () =>
        strike(
          ground,
          { image: ground.images.new, signal: 'TERM' },
          async ({ scene, before, ran, where }) => {
            const isLate = where.startsWith('before rm ');
            expect([where, ran.code, ran.stderr]).toEqual([where, isLate ? 0 : 130, ran.stderr]);
            expect([where, scene.found()]).toEqual([
              where,
              [isLate ? { ...before, image: ground.images.new } : before],
            ]);
          },
        ),
      600_000,
    );
  },
);

interface Struck {
  readonly scene: Scene;
  readonly before: Part;
  readonly ran: Ran;
  readonly where: string;
  readonly words: readonly string[];
}

interface Story {
  readonly image: string;
  readonly signal: Blow['signal'];
  /** The first command that is struck at; all of them when absent. */
  readonly from?: string;
}

/** Strikes at each command of a story, and lets the outcome be judged. */
async function strike(
  ground: Ground,
  { image, signal, from = '' }: Story,
  judge: (it: Struck) => Promise<void>,
): Promise<void> {
  const words = (scene: Scene) => [scene.name, ...wordsTo(ground, image)];
  let commands: readonly string[] = [];
  await at(ground, async (scene) => {
    commands = (await scene.run(words(scene))).commands;
  });
  expect(commands.length).toBeGreaterThan(5);
  const first = commands.findIndex((command) => command.startsWith(from));
  const blows = commands.flatMap((_, index): Blow[] => {
    if (index < first) return [];
    // After one command is before the next.
    const when = signal === 'TERM' ? 'before' : 'after';
    return [
      ...(index === 0 && when === 'after' ? [{ at: 1, when: 'before' as const, signal }] : []),
      { at: index + 1, when, signal },
    ];
  });
  await eachOf(blows, ground.isReal ? 1 : 2, (blow) =>
    at(ground, async (scene, before) => {
      const ran = await scene.run(words(scene), blow);
      // On the way back a real engine may need a command less, and then the blow hits nothing.
      if (ran.commands.length < blow.at) return;
      const where = `${blow.when} ${commands[blow.at - 1]}`;
      await judge({ scene, before, ran, where, words: words(scene) });
    }),
  );
}

async function eachOf<T>(list: readonly T[], atOnce: number, act: (one: T) => Promise<void>): Promise<void> {
  const left = [...list];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await act(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
