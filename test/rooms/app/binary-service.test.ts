import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { drainBinary, drainBinaryLines, findBinaryService } from '../../../src/app/binary-service.ts';
import { darwinBinary } from '../../../src/host/platform/binaries/darwin.ts';
import { windowsBinary } from '../../../src/host/platform/binaries/windows.ts';
import type { Say } from '../../../src/terminal/say.ts';
import { realWorld } from '../../../src/world.ts';

let folder: string;
let said: string[];

beforeEach(() => {
  said = [];
  folder = mkdtempSync(join(tmpdir(), 'service-'));
  for (const name of ['kill', 'gitlab-runner']) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${folder}/told\n`);
    chmodSync(join(folder, name), 0o755);
  }
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const real = realWorld(() => {});
// A root without systemd, of which the processes are told.
const system = (platform: 'darwin' | 'win32') => ({
  root: '/',
  world: { ...real, platform, env: { PATH: folder } },
  say: {
    talk: (text: string) => said.push(text),
    warn: (text: string) => said.push(`warning: ${text}`),
    mode: { quiet: true, json: false },
  } as unknown as Say,
});
const told = () => readFileSync(join(folder, 'told'), 'utf8').trim().split('\n');
const process = (pid: number, program: string) => ({
  pid,
  program,
  config: undefined,
  user: undefined,
  uid: 501,
});
const request = (drainTimeout: number) => ({ drainTimeout, command: 'upgrade' as const });
const never = new AbortController().signal;
const mac = () => ({ ...darwinBinary, file: join(folder, 'gitlab-runner') });

test('on macOS the process gets SIGQUIT, and the service is stopped when it has ended', async () => {
  const binary = mac();
  const service = await findBinaryService(system('darwin'), binary, () => [process(4711, binary.file)]);
  expect(service).toEqual({ unit: undefined, pid: 4711, isWanted: true });
  let looks = 0;
  const running = () => (++looks > 2 ? [] : [process(4711, binary.file)]);
  await drainBinary(system('darwin'), request(60_000), { binary, service }, never, running);
  expect(told()).toEqual(['kill -QUIT 4711', 'gitlab-runner stop']);
  expect(drainBinaryLines('/', request(1), binary, service)).toEqual([
    'kill -QUIT 4711',
    'while kill -0 4711 2> /dev/null; do sleep 1; done',
    `${binary.file} stop`,
  ]);
});

test('on macOS a job that takes too long keeps the service as it is', async () => {
  const binary = mac();
  const service = { unit: undefined, pid: 4711, isWanted: true };
  const drained = drainBinary(system('darwin'), request(50), { binary, service }, never, () => [
    process(4711, binary.file),
  ]);
  await expect(drained).rejects.toMatchObject({
    message: expect.stringMatching(/^gitlab-runner still runs jobs after .*\. Nothing was upgraded\.$/),
    why: 'It accepts no new jobs, and ends when the running jobs have finished. To start it then: gitlab-runner start',
  });
  expect(told()).toEqual(['kill -QUIT 4711']);
});

test('another gitlab-runner beside the service is not touched', async () => {
  const binary = mac();
  const found = findBinaryService(system('darwin'), binary, () => [
    process(4711, binary.file),
    process(4712, '/opt/gitlab-runner'),
  ]);
  await expect(found).rejects.toMatchObject({
    message: 'gitlab-runner is running as process 4712, which is not its service.',
    hint: 'To let its jobs finish and end it: sudo kill -QUIT 4712\nWhen it has ended, run the command again.',
  });
});

test('on Windows, which has no such signal, it is said that jobs fail', async () => {
  const binary = { ...windowsBinary, file: join(folder, 'gitlab-runner') };
  const service = await findBinaryService(system('win32'), binary, () => [process(8, binary.file)]);
  await drainBinary(system('win32'), request(60_000), { binary, service }, never);
  expect(told()).toEqual(['gitlab-runner stop']);
  expect(said[0]).toBe(
    'warning: Running jobs will fail: on this system, gitlab-runner cannot finish them first.',
  );
});
