import { chmodSync, chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configInUse, type RunnersHere, warnOfOtherFile } from '../../../src/app/config-in-use.ts';
import type { RunnerService } from '../../../src/host/services/service.ts';
import type { Say } from '../../../src/terminal/say.ts';

const folder = mkdtempSync(join(tmpdir(), 'in-use-'));
const [used, second, usual] = ['used.toml', 'second.toml', 'usual.toml'].map((name) =>
  join(folder, name),
) as [string, string, string];
writeFileSync(used, '');

const process = (config: string | undefined, uid = 1000, pid = 7) => ({ pid, uid, user: undefined, config });

const service = (config: string | undefined, more: Partial<RunnerService> = {}): RunnerService => ({
  manager: 'systemd',
  name: 'gitlab-runner.service',
  file: '/etc/systemd/system/gitlab-runner.service',
  isEnabled: true,
  uid: 1000,
  user: undefined,
  config,
  ...more,
});

const here = (running: RunnersHere['running'], services: readonly RunnerService[] = []): RunnersHere => ({
  running,
  services: async () => services,
});

const user = { platform: 'linux', uid: 1000, home: '/home/me' } as const;

function listen() {
  const said: string[] = [];
  const hear = (text: string) => said.push(text);
  return { said, say: { note: hear, warn: hear } as unknown as Say };
}

test.each([
  ['none runs', [], undefined],
  ['it uses another file than the usual one', [process(used)], used],
  ['one uses the usual file', [process(used), process(usual)], undefined],
  ['it runs as another user', [process(used, 0)], undefined],
  ['it hides its file', [process(undefined)], undefined],
  ['its folder is not there', [process('/nowhere/at/all/config.toml')], undefined],
])('the file in use, where %s', async (_, running, expected) => {
  const found = await configInUse(usual, user, here(running));
  expect(found).toEqual(
    expected && {
      path: used,
      isContainer: false,
      note: `using ${used} of the running gitlab-runner (process 7).`,
    },
  );
});

test("root's commands take the file of anybody's gitlab-runner", async () => {
  const found = await configInUse(usual, { ...user, uid: 0 }, here([process(used)]));
  expect(found?.path).toBe(used);
});

describe.skipIf(globalThis.process.getuid?.() !== 0)('in a folder of another user', () => {
  const own = mkdtempSync(join(tmpdir(), 'in-use-of-user-'));
  const others = join(own, 'config.toml');
  writeFileSync(others, '');
  chownSync(others, 1000, 1000);
  chownSync(own, 1000, 1000);
  const asRoot = { ...user, uid: 0 };

  // Anybody can start a program with this name and these words.
  test('the file of a process is not taken by root', async () => {
    expect(await configInUse(usual, asRoot, here([process(others)]))).toBeUndefined();
    expect(await configInUse(usual, asRoot, here([process(others), process(used, 0, 8)]))).toMatchObject({
      path: used,
    });
    writeFileSync(join(own, 'of-root.toml'), '');
    expect(await configInUse(usual, asRoot, here([process(join(own, 'of-root.toml'))]))).toBeUndefined();
    expect(
      await configInUse(usual, asRoot, here([process(join(own, 'not-yet', 'config.toml'))])),
    ).toBeUndefined();
  });

  test('the file of a process that others can make is not taken by root', async () => {
    const shared = mkdtempSync(join(tmpdir(), 'in-use-shared-'));
    chmodSync(shared, 0o1777);
    expect(await configInUse(usual, asRoot, here([process(join(shared, 'config.toml'))]))).toBeUndefined();
    expect(
      await configInUse(usual, asRoot, here([process(`/${'x'.repeat(5000)}/config.toml`)])),
    ).toBeUndefined();
  });

  test('the file of a process is taken by root where a service of the system has it', async () => {
    const services = [service(others, { isEnabled: false })];
    expect((await configInUse(usual, asRoot, here([process(others)], services)))?.path).toBe(others);
  });

  test('the file of a process is taken by root where its user asks with sudo', async () => {
    const asker = { ...asRoot, env: { SUDO_UID: '1000' } };
    expect((await configInUse(usual, asker, here([process(others)])))?.path).toBe(others);
  });
});

test('of several files in use none is chosen', async () => {
  const running = [process(used), process(second, 1000, 8)];
  await expect(configInUse(usual, user, here(running))).rejects.toThrowError(
    expect.objectContaining({
      message: 'Several gitlab-runner processes are running, each with its own config.toml.',
      why: `They use ${used} (process 7), ${second} (process 8); none uses the default path.`,
      hint: `Select a file: --config ${used}`,
    }),
  );
});

test.each([
  ['it starts by itself', [], [service(used)], used],
  ['it is not enabled', [], [service(used, { isEnabled: false })], undefined],
  ['it uses the usual file', [], [service(usual)], undefined],
  ['another one uses the usual file', [], [service(used), service(usual)], undefined],
  ['it runs as another user', [], [service(used, { uid: 0 })], undefined],
  ['its file cannot be known', [], [service(undefined)], undefined],
  ['a process uses the usual file', [process(usual)], [service(used)], undefined],
  ['a process uses another file', [process(second)], [service(used)], second],
  ['another user has a process', [process(second, 0)], [service(used)], used],
])('the file of a service, where %s', async (_, running, services, expected) => {
  const found = await configInUse(usual, user, here(running, services));
  expect(found?.path).toBe(expected);
  if (expected === used) expect(found?.note).toBe(`using ${used} of the service gitlab-runner.service.`);
});

test('of several services that start by themselves none is chosen', async () => {
  const services = [service(used), service(second, { name: 'second.service' })];
  await expect(configInUse(usual, user, here([], services))).rejects.toThrowError(
    expect.objectContaining({
      message: 'Several gitlab-runner services are enabled, each with its own config.toml.',
      why: `They use ${used} (service gitlab-runner.service), ${second} (service second.service); none uses the default path.`,
      hint: `Select a file: --config ${used}`,
    }),
  );
});

test('the file of a Quadlet is that of a container', async () => {
  const found = await configInUse(usual, user, here([], [service(used, { manager: 'Quadlet' })]));
  expect([found?.path, found?.isContainer]).toEqual([used, true]);
});

test.each([
  ['none runs', [], false],
  ['it uses this file', [process(usual)], false],
  ['it uses another file', [process(used, 0)], true],
  ['one of two uses this file', [process(used), process(usual)], false],
  ['one hides its file', [process(used), process(undefined)], false],
])('before a file is written, where %s', async (_, running, warned) => {
  const { said, say } = listen();
  await warnOfOtherFile({ path: usual }, user, say, here(running));
  const warning = `The running gitlab-runner (process 7) uses ${used}, not ${usual}. To use that file, add: --config ${used}`;
  expect(said).toEqual(warned ? [warning] : []);
});

test.each([
  ['one starts by itself with another file', [], [service(used, { uid: 0 })], true],
  ['one is not enabled', [], [service(used, { isEnabled: false })], false],
  ['one uses this file', [], [service(used), service(usual)], false],
  ['the file of one cannot be known', [], [service(used), service(undefined)], false],
  ['a process uses this file', [process(usual)], [service(used)], false],
  ['a process hides its file', [process(undefined)], [service(used)], false],
])('before a file is written that no service uses, where %s', async (_, running, services, warned) => {
  const { said, say } = listen();
  await warnOfOtherFile({ path: usual }, user, say, here(running, services));
  const warning = `The service gitlab-runner.service uses ${used}, not ${usual}. To use that file, add: --config ${used}`;
  expect(said).toEqual(warned ? [warning] : []);
});
