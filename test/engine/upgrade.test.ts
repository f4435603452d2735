import { beforeAll, describe, expect, test } from 'vitest';
import { realEngines } from './real.ts';
import {
  type Blow,
  type Found,
  type Ground,
  images,
  makeDyingImage,
  openScene,
  type Ran,
  type Scene,
} from './upgrade-scene.ts';

const real = realEngines().map((engine): Ground => ({ program: engine.program, real: engine }));
const standIns: Ground[] = [{ program: 'docker' }, { program: 'podman', kind: 'podman' }];
const nameOf = ({ program, real: engine }: Ground): string =>
  engine ? `${program} ${engine.version}` : `a stand-in for ${program}`;
const named = (grounds: readonly Ground[]) => grounds.map((ground) => [nameOf(ground), ground] as const);

console.log(
  real.length === 0
    ? 'container upgrade: no engine that runs containers here, so on the recording stand-in'
    : `container upgrade: on the recording stand-in and on ${real.map(nameOf).join(', ')}`,
);

beforeAll(() => {
  for (const { program } of real) makeDyingImage(program);
});

// A real engine has no registry to pull from.
const wordsTo = (ground: Ground, image: string): string[] => [
  '--to',
  image,
  ...(ground.real ? ['--no-pull'] : []),
];

async function at(ground: Ground, act: (scene: Scene, before: Found) => Promise<void>): Promise<void> {
  const scene = openScene(ground);
  try {
    const [before] = scene.found();
    await act(scene, before!);
  } finally {
    scene.close();
  }
}

describe.each(named([...standIns, ...real]))('upgrade on %s', (_, ground) => {
  test('to another tag: all settings are kept, nothing else is left', () =>
    at(ground, async (scene, before) => {
      const words = [scene.name, ...wordsTo(ground, images.new)];
      const ran = await scene.run(words);
      expect(ran).toMatchObject({ code: 0 });
      expect(scene.found()).toEqual([{ ...before, image: images.new }]);
      expect(`${ran.stdout}${ran.stderr}${ran.commands}`).not.toContain('secretword');
      const again = await scene.run(words);
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to change') });
    }));

  test('the old one is kept when that is wanted', () =>
    at(ground, async (scene, before) => {
      const ran = await scene.run([scene.name, ...wordsTo(ground, images.new), '--keep-old']);
      expect(ran).toMatchObject({ code: 0 });
      const [now, old] = scene.found();
      expect(now).toEqual({ ...before, image: images.new });
      expect(old).toMatchObject({ name: 'NAME-old', image: images.old, running: false });
    }));

  test('two runs at once: one of them does it', () =>
    at(ground, async (scene, before) => {
      const words = [scene.name, ...wordsTo(ground, images.new)];
      const both = await Promise.all([scene.run(words), scene.run(words)]);
      const idle = both.find(({ stdout }) => !stdout.includes(' runs '));
      expect(both.map(({ code }) => code)).toContain(0);
      if (idle?.code !== 0) expect(idle?.stderr).toContain('Another run is upgrading');
      expect(scene.found()).toEqual([{ ...before, image: images.new }]);
    }));

  test('an image that dies at once is taken back, and its last words are shown', () =>
    at(ground, async (scene, before) => {
      const ran = await scene.run([scene.name, ...wordsTo(ground, images.dying)]);
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('FATAL: this one dies') });
      expect(scene.found()).toEqual([before]);
    }));
});

// Dozens of upgrades each: on one real engine, as docker and podman are the same one here and there.
describe.each(named([standIns[0]!, ...real.slice(0, 1)]))('upgrade on %s', (_, ground) => {
  test(
    'killed at each step: the next run finishes it',
    () =>
      strike(ground, { image: images.new, signal: 'KILL' }, async ({ scene, before, ran, where, words }) => {
        expect([where, ran.code]).toEqual([where, 'SIGKILL']);
        const next = await scene.run(words);
        expect([where, next.code, next.stderr]).toEqual([where, 0, next.stderr]);
        expect([where, scene.found()]).toEqual([where, [{ ...before, image: images.new }]]);
      }),
    600_000,
  );

  test(
    'killed at each step of the way back: the next run goes on with it',
    () =>
      strike(
        ground,
        { image: images.dying, signal: 'KILL', from: 'start' },
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
      strike(ground, { image: images.new, signal: 'TERM' }, async ({ scene, before, ran, where }) => {
        const isLate = where.startsWith('before rm ');
        expect([where, ran.code, ran.stderr]).toEqual([where, isLate ? 0 : 130, ran.stderr]);
        expect([where, scene.found()]).toEqual([where, [isLate ? { ...before, image: images.new } : before]]);
      }),
    600_000,
  );
});

interface Struck {
  readonly scene: Scene;
  readonly before: Found;
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
  await eachOf(blows, ground.real ? 1 : 2, (blow) =>
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
