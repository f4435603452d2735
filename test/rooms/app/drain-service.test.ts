import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { drainService, findService, readUnit, type System } from '../../../src/app/drain-service.ts';
import type { Say } from '../../../src/terminal/say.ts';
import type { World } from '../../../src/world.ts';
import { removeFolder } from '../../harness/folder.ts';

let [folder, runner]: [string?, ChildProcess?] = [];

afterEach(() => {
  runner?.kill('SIGKILL');
  removeFolder(folder!);
});

// Stands in for systemctl: the unit whose process is in the file `pid`.
const systemctl = `#!/bin/sh
cd "\${0%/*}"
pid=$(cat pid)
kill -0 "$pid" 2> /dev/null || pid=0
echo "$*" >> calls
case "$1" in
  show) printf 'LoadState=loaded\\nActiveState=active\\nMainPID=%s\\nRestart=always\\n' "$pid" ;;
  kill) kill -QUIT "$pid" ;;
esac
`;

/** A real process that finishes a job of so many milliseconds at SIGQUIT, and what it says; and the system that it runs on. */
async function start(job: number) {
  folder = mkdtempSync(join(tmpdir(), 'drain-'));
  const program = `process.on('SIGQUIT', () => setTimeout(() => { console.log('finished'); process.exit(); }, ${job}));
    setInterval(() => {}, 1000); console.log('started');`;
  runner = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const heard: string[] = [];
  runner.stdout!.setEncoding('utf8').on('data', (text: string) => heard.push(text.trim()));
  await new Promise((resolve) => runner!.stdout!.once('data', resolve));
  writeFileSync(join(folder, 'pid'), `${runner.pid}`);
  writeFileSync(join(folder, 'systemctl'), systemctl, { mode: 0o755 });
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const time = { now: () => new Date(), onInterrupt: () => () => {} };
  const world = { env, stderr: { isTTY: false }, platform: 'linux', ...time };
  const say = { talk: () => {}, mode: {} } as unknown as Say;
  return { heard, system: { root: '/', world: world as unknown as World, say } satisfies System };
}

const calls = () =>
  readFileSync(join(folder!, 'calls'), 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[0])
    .filter((verb) => verb !== 'show' && verb !== '');

const request = (drainTimeout: number) => ({ drainTimeout, command: 'upgrade' }) as const;
const never = new AbortController().signal;

test('a job finishes before the service is stopped', async () => {
  const { heard, system } = await start(700);
  await drainService(system, request(20_000), await readUnit(system), never);
  expect(heard).toEqual(['started', 'finished']);
  expect(calls()).toEqual(['kill', 'stop']);
});

test('when the time is over, the job goes on', async () => {
  const { heard, system } = await start(60_000);
  await expect(drainService(system, request(500), await readUnit(system), never)).rejects.toMatchObject({
    message: 'gitlab-runner still runs jobs after 1 s. Nothing was upgraded.',
    why: 'It accepts no new jobs, and ends when the running jobs have finished. systemd then starts it again.',
    code: 1,
  });
  expect(heard).toEqual(['started']);
  expect(calls()).toEqual(['kill']);
  expect(runner!.exitCode).toBeNull();
});

test('Ctrl-C ends the waiting, and the job goes on', async () => {
  const { heard, system } = await start(60_000);
  const person = new AbortController();
  setTimeout(() => person.abort(), 300);
  await expect(
    drainService(system, request(60_000), await readUnit(system), person.signal),
  ).rejects.toMatchObject({ message: 'Canceled. Nothing was upgraded.', code: 130 });
  expect(heard).toEqual(['started']);
  expect(runner!.exitCode).toBeNull();
});

test('a service that does not run is only stopped, so that it does not start meanwhile', async () => {
  const { system } = await start(0);
  await drainService(system, request(1000), { pid: undefined }, never);
  expect(calls()).toEqual(['stop']);
});

const running = (...pids: number[]) =>
  pids.map((pid) => ({ pid, uid: 0, user: undefined, config: undefined }));

test('a gitlab-runner outside the service is refused', async () => {
  const { system } = await start(0);
  await expect(findService(system, () => running(7))).rejects.toMatchObject({
    message: 'gitlab-runner is running as process 7, which is not a service of systemd.',
    hint: 'Let its jobs finish: sudo kill -QUIT 7\nWhen it has ended, run the same command again. After an upgrade, start it as before.',
  });
});

test('one that has ended meanwhile is not', async () => {
  const { system } = await start(0);
  const seen = [running(7), []];
  await findService(system, () => seen.shift() ?? []);
  expect(seen).toEqual([]);
});
