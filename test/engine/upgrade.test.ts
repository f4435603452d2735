import { beforeAll, describe, expect, test } from 'vitest';
import { realEngines } from './real.ts';
import {
  type Blow,
  type Found,
  type Ground,
  images,
  makeDyingImage,
  openScene,
  type Scene,
} from './upgrade-scene.ts';

const real = realEngines();
const grounds: Ground[] = [
  { program: 'docker' },
  { program: 'podman', kind: 'podman' },
  ...real.map((engine) => ({ program: engine.program, real: engine })),
];
console.log(
  real.length === 0
    ? 'container upgrade: no real engine here, the stand-in alone is upgraded on'
    : `container upgrade: on the stand-in and on ${real.map(({ program, version }) => `${program} ${version}`).join(', ')}`,
);

const nameOf = ({ program, real: engine }: Ground) =>
  engine ? `${program} ${engine.version}` : `a stand-in for ${program}`;

describe.each(grounds.map((ground) => [nameOf(ground), ground] as const))(
  'upgrade on %s:',
  (_name, ground) => {
    // A real engine has no registry to pull from.
    const words = (image: string, ...more: string[]) => [
      '--to',
      image,
      ...(ground.real ? ['--no-pull'] : []),
      ...more,
    ];

    beforeAll(() => {
      if (ground.real) makeDyingImage(ground.program);
    });

    const at = async (act: (scene: Scene, before: Found) => Promise<void>): Promise<void> => {
      const scene = openScene(ground);
      try {
        const [before] = scene.found();
        await act(scene, before!);
      } finally {
        scene.close();
      }
    };

    test('to another tag: all settings are kept, nothing else is left', () =>
      at(async (scene, before) => {
        const ran = await scene.run([scene.name, ...words(images.new)]);
        expect(ran).toMatchObject({ code: 0 });
        expect(scene.found()).toEqual([{ ...before, image: images.new }]);
        expect(`${ran.stdout}${ran.stderr}${ran.commands}`).not.toContain('secretword');
        const again = await scene.run([scene.name, ...words(images.new)]);
        expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to change') });
      }));

    test('the old one is kept when that is wanted', () =>
      at(async (scene, before) => {
        expect(await scene.run([scene.name, ...words(images.new, '--keep-old')])).toMatchObject({ code: 0 });
        const [now, old] = scene.found();
        expect(now).toEqual({ ...before, image: images.new });
        expect(old).toMatchObject({
          name: 'NAME-old',
          image: images.old,
          running: false,
          settings: before.settings,
        });
      }));

    test('an image that dies at once is taken back, and its last words are shown', () =>
      at(async (scene, before) => {
        const ran = await scene.run([scene.name, ...words(images.dying)]);
        expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('FATAL: this one dies') });
        expect(scene.found()).toEqual([before]);
      }));

    /** Strikes at each command of a story, and judges what the run after it makes of that. */
    const strike = async (
      { image, signal, from = 'pull' }: { image: string; signal: Blow['signal']; from?: string },
      judge: (it: Struck) => Promise<void>,
    ) => {
      let commands: readonly string[] = [];
      await at(async (scene) => {
        commands = (await scene.run([scene.name, ...words(image)])).commands;
      });
      expect(commands.length).toBeGreaterThan(5);
      const first = Math.max(
        commands.findIndex((command) => command.startsWith(from)),
        0,
      );
      const blows = commands.flatMap((_, index): Blow[] =>
        index < first
          ? []
          : [
              ...(index === 0 || signal === 'TERM'
                ? [{ at: index + 1, when: 'before' as const, signal }]
                : []),
              ...(signal === 'KILL' ? [{ at: index + 1, when: 'after' as const, signal }] : []),
            ],
      );
      await eachOf(blows, ground.real ? 1 : 2, (blow) =>
        at(async (scene, before) => {
          const ran = await scene.run([scene.name, ...words(image)], blow);
          const where = `${blow.when} ${commands[blow.at - 1]}`;
          await judge({ scene, before, ran, where, words: [scene.name, ...words(image)] });
        }),
      );
    };

    test(
      'killed at each step: the next run finishes it',
      () =>
        strike({ image: images.new, signal: 'KILL' }, async ({ scene, before, ran, where, words: again }) => {
          expect([where, ran.code]).toEqual([where, 'SIGKILL']);
          const next = await scene.run(again);
          expect([where, next.code, next.stderr]).toEqual([where, 0, next.stderr]);
          expect([where, scene.found()]).toEqual([where, [{ ...before, image: images.new }]]);
        }),
      300_000,
    );

    test(
      'killed at each step of an upgrade that fails: the next run brings the old one back',
      () =>
        strike(
          { image: images.dying, signal: 'KILL', from: 'start' },
          async ({ scene, before, ran, where, words: again }) => {
            expect([where, ran.code]).toEqual([where, 'SIGKILL']);
            const next = await scene.run(again);
            expect([where, next.code, next.stderr]).toEqual([where, 1, next.stderr]);
            expect([where, scene.found()]).toEqual([where, [before]]);
          },
        ),
      300_000,
    );

    test(
      'SIGTERM at each step: the old one is back at once, or the new one was there already',
      () =>
        strike({ image: images.new, signal: 'TERM' }, async ({ scene, before, ran, where }) => {
          const isLate = / rm /.test(` ${where.replace('before ', '')} `);
          expect([where, ran.code, ran.stderr]).toEqual([where, isLate ? 0 : 130, ran.stderr]);
          expect([where, scene.found()]).toEqual([
            where,
            [isLate ? { ...before, image: images.new } : before],
          ]);
        }),
      300_000,
    );
  },
);

interface Struck {
  readonly scene: Scene;
  readonly before: Found;
  readonly ran: Awaited<ReturnType<Scene['run']>>;
  readonly where: string;
  readonly words: readonly string[];
}

async function eachOf<T>(list: readonly T[], atOnce: number, act: (one: T) => Promise<void>): Promise<void> {
  const left = [...list];
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await act(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
