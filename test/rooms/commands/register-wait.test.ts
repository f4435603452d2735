import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type StandIn, startGitlab } from '../../gitlab/index.ts';
import { cleanEnvironment, runProgram } from '../../harness/program.ts';

const script = resolve(import.meta.dirname, '../../../bin/runner-setup.js');
const token = 'glrt-t3_buildbuildbuild0001';
const version = 'gitlab_runner_version_info{name="gitlab-runner",version="19.4.0"} 1\n';
// The label is the short form of the token: without `glrt-t3_`, nine characters.
const requests = (status: number, count: number, runner = 'buildbuil') =>
  `gitlab_runner_api_request_statuses_total{endpoint="request_job",method="post",runner="${runner}",status="${status}",system_id="s_1"} ${count}\n`;

let folder: string;
let metrics: Server;
let gitlab: StandIn;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wait-'));
  gitlab = await startGitlab({ runners: [{ id: 7, token, type: 'project' }] });
});

afterEach(async () => {
  metrics?.close();
  await gitlab.close();
  rmSync(folder, { recursive: true });
});

/** Serves the pages one after another, the last of them for good; what is not /metrics is not there. */
async function serve(pages: readonly string[], ready = 404): Promise<string> {
  let asked = 0;
  metrics = createServer(({ url }, response) => {
    if (url !== '/metrics') return response.writeHead(ready).end();
    const page = pages[Math.min(asked++, pages.length - 1)];
    return response.writeHead(200).end(version + page);
  });
  await new Promise<void>((done) => void metrics.listen(0, '127.0.0.1', done));
  return `127.0.0.1:${(metrics.address() as AddressInfo).port}`;
}

async function register(config: string, seconds = 5, ...more: string[]) {
  const [file, tokenFile] = [join(folder, 'config.toml'), join(folder, 'token')];
  writeFileSync(file, config, { mode: 0o600 });
  writeFileSync(tokenFile, token);
  const words = ['--url', gitlab.url, '--token-file', tokenFile, '--executor', 'shell', '--name', 'build'];
  const args = ['register', '-n', '--config', file, ...words, '--wait', String(seconds), ...more];
  const run = await runProgram({ script, args, env: cleanEnvironment(folder), cwd: folder });
  return { code: run.code, said: `${run.stdout}${run.stderr}` };
}

test('a job request that GitLab takes is seen in the metrics', async () => {
  const address = await serve([requests(204, 3), requests(204, 3), requests(204, 4)]);
  const { code, said } = await register(`listen_address = "${address}"\n`);
  expect(said).toContain('gitlab-runner requests jobs for the runner, and GitLab responds.');
  expect(code).toBe(0);
});

test('--json says by what it was seen', async () => {
  const address = await serve([requests(204, 3), requests(201, 1) + requests(204, 3)]);
  const { said } = await register(`listen_address = "${address}"\n`, 5, '--json');
  expect(JSON.parse(said)).toMatchObject({ online: { seen: true, by: 'metrics' } });
});

test('a job request that GitLab refuses is seen in the metrics', async () => {
  const address = await serve(['', requests(403, 1)]);
  const { code, said } = await register(`listen_address = "${address}"\n`);
  expect(said).toContain(
    `error: GitLab refused the runner: the runner was deleted, or its token was reset.\n  why: Seen in the metrics at ${address}: job requests are refused.\n next: runner-setup verify`,
  );
  expect(code).toBe(1);
});

test('what was counted before, and what is of other runners, proves nothing', async () => {
  const address = await serve([requests(204, 3), requests(204, 3) + requests(204, 9, 'otherothe')]);
  const { code, said } = await register(`listen_address = "${address}"\n`, 2);
  expect(said).toContain(`The metrics at ${address} show no response to a job request of the runner.`);
  expect(code).toBe(1);
});

test('a startup job that has not succeeded is the reason', async () => {
  const address = await serve([''], 503);
  const runner = `[[runners]]\n  name = "build"\n  url = "${gitlab.url}"\n  token = "${token}"\n  executor = "shell"\n`;
  const experimental = '  [runners.experimental.boot_verify]\n    enabled = true\n';
  const { said } = await register(`listen_address = "${address}"\n${runner}${experimental}`, 2);
  expect(said).toContain('its startup job (boot_verify) has not succeeded yet');
});

test('an address without metrics is named', async () => {
  const { code, said } = await register('listen_address = "127.0.0.1:9"\n');
  expect(said).toContain('There are no metrics at 127.0.0.1:9: ECONNREFUSED.');
  expect(code).toBe(1);
});

// The clock of this machine is two hours off: what counts is how long ago the contact was for GitLab.
test.each([
  ['a contact of ten seconds ago is seen, also where the clock of GitLab is behind', -7200, -10, 0],
  ['a contact of half an hour ago is not, also where the clock of GitLab is ahead', 7200, -1800, 1],
])('%s', async (_, offset, contact, code) => {
  const at = (seconds: number) => new Date(Date.now() + (offset + seconds) * 1000).toISOString();
  await gitlab.close();
  const systemId = 's_0123456789ab';
  gitlab = await startGitlab({
    now: at(0),
    accessTokens: [{ token: 'glpat-reads', scopes: ['api'], admin: true }],
    runners: [{ id: 7, token, type: 'project', managers: [{ systemId, contactedAt: at(contact) }] }],
  });
  writeFileSync(join(folder, '.runner_system_id'), systemId);
  const runner = `[[runners]]\n  name = "build"\n  url = "${gitlab.url}"\n  id = 7\n  token = "${token}"\n  executor = "shell"\n`;
  const { code: ended, said } = await register(runner, 2, '--access-token', 'glpat-reads');
  expect(said).toContain(code === 0 ? 'The runner is online.' : 'It has not contacted GitLab');
  expect(ended).toBe(code);
});
