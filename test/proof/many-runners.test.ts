import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StandIn, startGitlab } from '../gitlab/index.ts';
import { cleanEnvironment, runProgram } from '../harness/program.ts';

const count = 10_000;
const program = resolve(import.meta.dirname, '../../bin/runner-setup.js');
const folder = mkdtempSync(join(tmpdir(), 'many-runners-'));
let gitlab: StandIn;

beforeAll(async () => {
  gitlab = await startGitlab({
    accessTokens: [{ token: 'glpat-admin000000001', scopes: ['api'], admin: true }],
    runners: [{ id: 1, token: 'glrt-t1_many', type: 'instance', count, description: 'build' }],
  });
});

afterAll(async () => {
  await gitlab.close();
  rmSync(folder, { recursive: true, force: true });
});

const words = () => ['--max-old-space-size=24', program, 'fleet', '--json', '--url', gitlab.url];
const env = () => ({ ...cleanEnvironment(folder), RUNNER_SETUP_ACCESS_TOKEN: 'glpat-admin000000001' });

test('10,000 runners are listed in 24 MB', async () => {
  const [script = '', ...args] = words();
  const { code, stdout, stderr } = await runProgram({ script, args, env: env(), cwd: folder });
  expect([code, String(stderr)]).toEqual([0, '']);
  const printed = JSON.parse(String(stdout)) as { action: string; fleet: { id: number }[] };
  expect(printed.action).toBe('listed');
  expect(new Set(printed.fleet.map(({ id }) => id)).size).toBe(count);
  expect(gitlab.requests.length).toBe(count / 100);
});

test('a reader that has seen enough ends the list', async () => {
  const before = gitlab.requests.length;
  const child = spawn(process.execPath, words(), { cwd: folder, env: env(), stdio: 'pipe' });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((done) => child.once('exit', done));
  expect(code).toBe(0);
  expect(gitlab.requests.length - before).toBeLessThan(20);
});
