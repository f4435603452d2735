import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { refuseWithoutRoot } from '../../../src/app/agreement.ts';
import { findExisting, notAsPackage } from '../../../src/app/existing-runner.ts';
import type { Say } from '../../../src/terminal/say.ts';
import type { World } from '../../../src/world.ts';
import { removeFolder } from '../../harness/folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'existing-'));
mkdirSync(join(folder, 'bin'));
afterAll(() => removeFolder(folder));

const world = (more: Partial<World> = {}) =>
  ({ env: { PATH: join(folder, 'bin'), HOME: folder }, platform: 'linux', ...more }) as World;
const say = { note: () => {} } as unknown as Say;
const running = () => [{ pid: 7, uid: 0, user: undefined, config: undefined }];

test('a gitlab-runner that only runs is found', async () => {
  expect(await findExisting('/', world(), say, running)).toEqual({
    kind: 'process',
    pid: 7,
    sentence: 'gitlab-runner is already running as process 7.',
  });
});

test('nothing is found below another root, whatever runs here', async () => {
  expect(await findExisting(folder, world(), say, running)).toBeUndefined();
});

test.each(['upgrade', 'uninstall'] as const)('%s leaves one that only runs alone', (command) => {
  expect(notAsPackage({ kind: 'process', pid: 7, sentence: '' }, command)).toMatchObject({
    message:
      'gitlab-runner is running as process 7, but it is not installed as a package. Nothing was changed.',
    hint: 'To let its jobs finish and end it: sudo kill -QUIT 7',
  });
});

test('only root changes packages', () => {
  expect(() => refuseWithoutRoot(world({ uid: 0, words: ['install'] }), 'install')).not.toThrow();
  expect(() =>
    refuseWithoutRoot(world({ uid: 1000, words: ['upgrade', '--version', '17.5.3'] }), 'upgrade'),
  ).toThrow(
    expect.objectContaining({
      message: 'Only root can upgrade packages.',
      hint: 'sudo runner-setup upgrade --version 17.5.3',
      code: 2,
    }),
  );
});
