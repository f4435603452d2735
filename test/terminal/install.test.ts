import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const image = 'gitlab/gitlab-runner:v19.4.0';

/** A machine with an engine that has the image, and a container called `taken`; `install` in a terminal there. */
function open(...words: string[]): Terminal {
  folder = mkdtempSync(join(tmpdir(), 'install-'));
  mkdirSync(join(folder, 'home'));
  writeFileSync(join(folder, 'docker.sock'), '');
  engine = layEngine({
    socket: `unix://${folder}/docker.sock`,
    images: [{ tags: [image], version: '19.4.0' }],
    containers: [{ run: ['--name', 'taken', image] }],
  });
  const { CONFIG_FILE: _, ...env } = cleanEnvironment(folder);
  const args = ['container', 'install', ...words];
  terminal = openTerminal({ args, env: { ...env, PATH: engine.bin }, cwd: folder });
  return terminal;
}

const names = (): string[] => engine!.state().containers.map(({ Name }) => Name);

async function answer(seen: Terminal, question: string, words = ''): Promise<void> {
  await seen.waitFor(asked(question));
  if (words !== '') seen.type(words);
  seen.press('enter');
}

test('asks, corrects, shows the command, and runs it after the yes', async () => {
  const seen = open('--config-folder', './config');
  await answer(seen, 'Image tag', '19 4');
  await seen.waitFor('Enter a tag such as v19.4.0');
  seen.press('ctrl-u');
  seen.press('enter');
  await answer(seen, 'Container name', 'taken');
  await seen.waitFor('The container taken already exists. Enter another name.');
  await answer(seen, 'Container name');
  await answer(seen, 'Engine socket for jobs in containers');
  await answer(seen, 'Restart policy');
  await answer(seen, 'Time zone', 'Berlin');
  await seen.waitFor('Enter a time zone such as Europe/Berlin');
  seen.press('ctrl-u');
  seen.type('Europe/Berlin');
  seen.press('enter');
  await seen.waitFor(asked('Next step'));
  seen.press('down');
  seen.press('enter');
  await seen.waitFor(asked('Setting'));
  for (let rows = 0; rows < 7; rows++) seen.press('down');
  seen.press('enter');
  await answer(seen, 'Port of the session server');
  await seen.waitFor(asked('Next step'));
  expect(seen.screen().replaceAll('\n', '')).toContain('--env TZ=Europe/Berlin --publish 8093:8093');
  expect(engine!.commands()).toBe('');
  seen.press('enter');
  await answer(seen, 'Register a runner for it now?', 'n');
  expect(await seen.ended).toEqual({ code: 0, signal: undefined });
  expect(engine!.commands()).toContain('docker run -d --name gitlab-runner --restart always --volume ');
  expect(names()).toEqual(['/taken', '/gitlab-runner']);
});

const given = ['--tag', 'v19.4.0', '--name', 'mine', '--config-folder', './config', '--restart', 'always'];

test('nothing happens after Ctrl-C at a question', async () => {
  const seen = open(...given, '--socket', 'none');
  await seen.waitFor(asked('Time zone'));
  seen.press('ctrl-c');
  expect(await seen.ended).toEqual({ code: 130, signal: undefined });
  expect(engine!.commands()).toBe('');
});

test('Ctrl-C while it is watched takes container and folder back', async () => {
  const seen = open(...given, '--socket', 'none', '--timezone', 'UTC');
  await answer(seen, 'Next step');
  await seen.waitFor('Watching mine');
  expect(existsSync(join(folder!, 'config'))).toBe(true);
  seen.press('ctrl-c');
  expect(await seen.ended).toEqual({ code: 130, signal: undefined });
  expect(seen.screen()).toContain('Canceled. Nothing was left behind.');
  expect(names()).toEqual(['/taken']);
  expect(existsSync(join(folder!, 'config'))).toBe(false);
});

test('what cannot be is said before the start, and can be corrected', async () => {
  const seen = open(...given, '--socket', '/not/there.sock', '--timezone', 'UTC');
  await seen.waitFor(asked('Next step'));
  expect(seen.screen()).toContain('The socket /not/there.sock does not exist.');
  expect(seen.screen()).not.toContain('Start it');
  seen.press('enter');
  await seen.waitFor(asked('Setting'));
  for (let rows = 0; rows < 4; rows++) seen.press('down');
  seen.press('enter');
  await seen.waitFor(asked('Engine socket for jobs in containers'));
  seen.press('ctrl-u');
  seen.type('none');
  seen.press('enter');
  await answer(seen, 'Next step');
  await answer(seen, 'Register a runner for it now?', 'n');
  expect(await seen.ended).toEqual({ code: 0, signal: undefined });
});

test('goes on with register for the new container', async () => {
  const seen = open(...given, '--socket', 'none', '--timezone', 'UTC');
  await answer(seen, 'Next step');
  await answer(seen, 'Register a runner for it now?');
  await seen.waitFor(asked('GitLab'));
  seen.press('ctrl-c');
  expect(await seen.ended).toEqual({ code: 130, signal: undefined });
  expect(names()).toEqual(['/taken', '/mine']);
});

test('Ctrl-C at the question for a runner says that the container stays', async () => {
  const seen = open(...given, '--socket', 'none', '--timezone', 'UTC');
  await answer(seen, 'Next step');
  await seen.waitFor(asked('Register a runner for it now?'));
  seen.press('ctrl-c');
  expect(await seen.ended).toEqual({ code: 130, signal: undefined });
  expect(seen.screen()).toContain('Canceled. The container mine stays and has no runner yet.');
  expect(seen.screen()).not.toContain('Nothing was changed');
  expect(names()).toEqual(['/taken', '/mine']);
});
