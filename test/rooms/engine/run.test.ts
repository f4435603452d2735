import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { engineAt } from '../../../src/engine/engine.ts';
import { run } from '../../../src/engine/run.ts';
import { runSystem } from '../../../src/host/schedule-run.ts';

let dir: string;
const env = () => ({ PATH: `${dir}:/usr/bin:/bin` });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'engine-run-'));
  // It heeds no SIGINT, and what it started holds its output.
  const script = "#!/bin/sh\ntrap '' INT\necho begun\nsleep 30\nsleep 30\n";
  for (const name of ['docker', 'systemctl']) writeFileSync(join(dir, name), script, { mode: 0o755 });
});
afterEach(() => rmSync(dir, { recursive: true }));

test('a command of the engine that hangs ends when its time is over', async () => {
  const lines: string[] = [];
  const watch = { seconds: 0.2, onLine: (line: string) => void lines.push(line) };
  await expect(run(engineAt('', env()), ['logs', 'one'], watch)).rejects.toMatchObject({
    message: 'Docker is not running.',
    why: 'no response to docker logs within 0.2 seconds',
  });
  expect(lines).toEqual(['begun']);
});

test('a command of the engine that hangs ends when the person does not wait', async () => {
  const stop = new AbortController();
  const ran = run(engineAt('', env()), ['rename', 'one', 'other'], {
    signal: stop.signal,
    onLine: () => stop.abort(new Error('stopped')),
  });
  await expect(ran).rejects.toThrow('stopped');
});

test('a program of the system that hangs ends when its time is over', async () => {
  expect(await runSystem(['systemctl', 'daemon-reload'], env(), { seconds: 0.2 })).toMatchObject({
    code: 1,
    said: 'no response within 0.2 seconds',
  });
});
