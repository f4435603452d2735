import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScene, type Scene, textOf, undated } from './scene.ts';
import { endingOf, lay, storiesOf } from './stories.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
});

afterAll(() => scene.close());

// An emulation of its file system (see hook.js), not Windows itself.
const hook = { do: 'windows' };

test.each([
  [0, 'first registration'],
  [1, 'one more runner'],
  [2, 'change of a runner'],
  [3, 'edit of a runner'],
] as const)(
  'where folders cannot be synced and files are held open, story %i, %s, ends as elsewhere',
  async (at, name) => {
    const story = storiesOf(scene)[at]!;
    const ending = await endingOf(scene, story);
    const place = lay(scene, story.before);
    const ran = await scene.run(story.verb, place, story.words, { token: story.token, hook });
    expect([story.name, ran.code, ran.stderr]).toEqual([
      name,
      0,
      expect.not.stringContaining('rewritten in place'),
    ]);
    expect(undated(textOf(join(place, 'config.toml')))).toBe(ending.after);
    const left = readdirSync(place).filter((entry) => /tmp|lock/.test(entry));
    expect([left, readFileSync(join(place, 'config.toml'), 'utf8') === story.before['config.toml']]).toEqual([
      [],
      false,
    ]);

    if (story.before['config.toml'] === undefined) return;
    const back = await scene.run('undo', place, ['--yes'], { hook });
    expect([back.code, textOf(join(place, 'config.toml'))]).toEqual([0, story.before['config.toml']]);
  },
);

test('the shell executor runs pwsh there, as gitlab-runner writes it', async () => {
  const place = lay(scene, {});
  const ran = await scene.run('register', place, ['--name', 'n', '--executor', 'shell'], { hook });
  expect([ran.code, textOf(join(place, 'config.toml'))]).toEqual([
    0,
    expect.stringContaining('  shell = "pwsh"\n'),
  ]);
});

test('a file that another program never lets go of is an error, and stays as it is', async () => {
  const story = storiesOf(scene)[3]!;
  const place = lay(scene, story.before);
  const ran = await scene.run(story.verb, place, story.words, {
    token: story.token,
    hook: { do: 'windows held' },
  });
  expect([ran.code, ran.stderr]).toMatchInlineSnapshot(`
    [
      1,
      "warning: docker.privileged: every job can become root on this host. Protect the runner in GitLab, or set --docker-allowed-privileged-images.
    error: <PLACE>/config.toml cannot be replaced
      why: Another program has it open, or it is read-only.
     next: Close the program, such as an editor or a backup, then run the same command again. Nothing was changed.
    ",
    ]
  `);
  expect(textOf(join(place, 'config.toml'))).toBe(story.before['config.toml']);
});
