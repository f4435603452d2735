import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { layEngine, type StandIn } from '../engine/stage.ts';
import { removeFolder } from '../harness/folder.ts';
import { cleanEnvironment } from '../harness/program.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';
import { asked } from './journey.ts';

let [engine, folder, terminal]: [StandIn?, string?, Terminal?] = [];

afterEach(async () => {
  await terminal?.close();
  engine?.remove();
  removeFolder(folder!);
});

/** A runner's container whose jobs take so many looks to finish, and `upgrade` for it in a terminal. */
function open(drain: number, ...containers: object[]): Terminal {
  folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  mkdirSync(join(folder, 'home'));
  const starts = ['Configuration loaded  builds=0'];
  const run = ['--name', 'gitlab-runner', '--restart', 'always', '-v', '/srv/c:/etc/gitlab-runner', oldImage];
  engine = layEngine({
    images: [
      { tags: [oldImage], version: '19.3.0', starts, log: starts, drain },
      { tags: [newImage], version: '19.4.0', starts },
    ],
    registry: [{ tags: [newImage], version: '19.4.0', starts }],
    containers: containers.length > 0 ? containers : [{ run }],
  });
  const env = { ...cleanEnvironment(folder), PATH: `${engine.bin}:/usr/bin:/bin` };
  const args = [
    'container',
    'upgrade',
    '--watch',
    '1ms',
    ...(containers.length > 0 ? [] : ['--to', 'v19.4.0']),
  ];
  terminal = openTerminal({ args, env, cwd: folder, columns: 120 });
  return terminal;
}

const [oldImage, newImage] = ['gitlab/gitlab-runner:v19.3.0', 'gitlab/gitlab-runner:v19.4.0'];

/** The containers by name, image, and whether they run. */
const found = (): string[] =>
  engine!.state().containers.map((one) => {
    const { Config, HostConfig } = one as unknown as {
      Config: { Image: string };
      HostConfig: { RestartPolicy: { Name: string } };
    };
    return `${one.Name} ${Config.Image} ${one.State.Status} ${HostConfig.RestartPolicy.Name}`;
  });

const changed = async (command: string): Promise<void> => {
  while (!engine!.commands().includes(command)) await wait(20);
};

test('shows what is going to happen, and does it after a yes', async () => {
  const seen = open(2);
  await seen.waitFor(asked('Upgrade the container?'));
  expect(seen.screen()).toContain('- running jobs have up to 1 h to finish, and no new jobs are taken');
  expect(engine!.commands()).toBe(`docker pull ${newImage}\n`);
  seen.press('enter');
  expect(await seen.ended).toEqual({ code: 0, signal: undefined });
  expect(found()).toEqual([`/gitlab-runner ${newImage} running always`]);
  expect(seen.screen()).toContain(`✔ gitlab-runner is running ${newImage} (before: ${oldImage}).`);
});

test('nothing happens without a yes', async () => {
  const seen = open(2);
  await seen.waitFor(asked('Upgrade the container?'));
  seen.type('n');
  seen.press('enter');
  expect(await seen.ended).toEqual({ code: 130, signal: undefined });
  expect(found()).toEqual([`/gitlab-runner ${oldImage} running always`]);
});

test('Ctrl-C while jobs finish: they may, and then the old one is started anew', async () => {
  const seen = open(12);
  await seen.waitFor(asked('Upgrade the container?'));
  seen.press('enter');
  await changed('docker kill --signal SIGQUIT');
  seen.press('ctrl-c');
  expect(await seen.ended).toEqual({ code: 130, signal: undefined });
  expect(found()).toEqual([`/gitlab-runner ${oldImage} running always`]);
  expect(engine!.commands()).not.toContain('SIGTERM');
});

test('Ctrl-C twice: the jobs are stopped, and the old one is started anew', async () => {
  const seen = open(1_000_000);
  await seen.waitFor(asked('Upgrade the container?'));
  seen.press('enter');
  await changed('docker kill --signal SIGQUIT');
  seen.press('ctrl-c');
  await seen.waitFor('To stop the jobs now, press Ctrl-C again.');
  seen.press('ctrl-c');
  expect(await seen.ended).toEqual({ code: 130, signal: undefined });
  expect(engine!.commands()).toContain('docker kill --signal SIGTERM gitlab-runner');
  expect(found()).toEqual([`/gitlab-runner ${oldImage} running always`]);
});

test('of an interrupted upgrade the person says whether it is finished or taken back', async () => {
  const part = (name: string, image: string, status: string, restart: string) => ({
    run: ['--name', name, '--restart', restart, '-v', '/srv/c:/etc/gitlab-runner', image],
    status,
  });
  const seen = open(
    2,
    part('gitlab-runner-before-upgrade', oldImage, 'exited', 'no'),
    part('gitlab-runner-next-upgrade', newImage, 'created', 'always'),
  );
  await seen.waitFor('Next step');
  seen.press('down', 'enter');
  expect(await seen.ended).toEqual({ code: 0, signal: undefined });
  expect(found()).toEqual([`/gitlab-runner ${oldImage} running always`]);
});
