import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { listenerOn } from '../../../src/host/listeners.ts';
import { metricsAddress, metricsSnippets } from '../../../src/runner/metrics.ts';
import { cleanEnvironment, runProgram } from '../../harness/program.ts';

const script = resolve(import.meta.dirname, '../../../bin/runner-setup.js');
let folder: string;
let server: Server;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metrics-'));
});

afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true });
});

async function serve(text: string, status = 200, ready = 404): Promise<number> {
  server?.close();
  server = createServer(({ url }, response) =>
    response.writeHead(url === '/health/ready' ? ready : status).end(text),
  );
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

async function doctor(
  address: string,
  runners = '',
): Promise<{ steps: unknown[]; findings: { rule: string; message: string }[] }> {
  writeFileSync(join(folder, 'config.toml'), `concurrent = 1\nlisten_address = "${address}"\n${runners}`, {
    mode: 0o600,
  });
  const env = cleanEnvironment(folder);
  const { stdout } = await runProgram({ script, args: ['doctor', '--json'], env, cwd: folder });
  return JSON.parse(String(stdout));
}

const info =
  'gitlab_runner_version_info{architecture="amd64",branch="19-4-stable",go_version="go1.25",name="gitlab-runner",version="19.4.0"} 1\n';

test('a metrics server that answers is a step that went well', async () => {
  const address = `127.0.0.1:${await serve(`go_threads 9\n${info}`)}`;
  const { steps, findings } = await doctor(address);
  expect(steps).toContainEqual({
    about: address,
    what: 'metrics',
    ok: true,
    message: '/metrics of gitlab-runner 19.4.0 responds',
  });
  expect(findings.filter(({ rule }) => rule === 'metrics')).toEqual([]);
});

const runner = (more = '') =>
  `[[runners]]\n  name = "build"\n  url = "http://127.0.0.1:9"\n  token = "glrt-t3_buildbuildbuild0001"\n  executor = "shell"\n${more}`;
const requests = (status: number, count: number) =>
  `gitlab_runner_api_request_statuses_total{endpoint="request_job",method="post",runner="buildbuil",status="${status}",system_id="s_1"} ${count}\n`;

test('the job requests of a runner are a step that went well', async () => {
  const address = `127.0.0.1:${await serve(info + requests(204, 12) + requests(201, 1))}`;
  const { steps, findings } = await doctor(address, runner());
  expect(steps).toContainEqual({
    about: 'runner #1 "build"',
    what: 'metrics',
    ok: true,
    message: 'GitLab has responded to 13 job requests since gitlab-runner started',
  });
  expect(findings.filter(({ rule }) => rule === 'metrics')).toEqual([]);
});

test.each([
  [requests(403, 3), 'error', 'GitLab has refused 3 of its job requests since gitlab-runner started'],
  [
    requests(204, 9) + requests(403, 3),
    'warning',
    'GitLab has refused 3 of its job requests since gitlab-runner started',
  ],
  ['', 'note', 'GitLab has not responded to any of its job requests since gitlab-runner started'],
])('%j is a finding: %s', async (text, severity, message) => {
  const { findings } = await doctor(`127.0.0.1:${await serve(info + text)}`, runner());
  expect(findings).toContainEqual(expect.objectContaining({ rule: 'metrics', severity, message }));
});

test('/health/ready is asked where the startup job is on: it has succeeded, it has not, there is none', async () => {
  const boot = runner('  [runners.experimental.boot_verify]\n    enabled = true\n');
  const ready = { about: expect.any(String), what: 'metrics' };
  const asked = async (status: number) => doctor(`127.0.0.1:${await serve(info, 200, status)}`, boot);
  expect((await asked(200)).steps).toContainEqual({
    ...ready,
    ok: true,
    message: 'the startup job (boot_verify) has succeeded',
  });
  expect((await asked(503)).findings).toContainEqual(
    expect.objectContaining({ severity: 'warning', why: '/health/ready responds with HTTP 503.' }),
  );
  const { steps } = await asked(404);
  expect(JSON.stringify(steps)).not.toContain('boot_verify');
});

test('one that listens on all interfaces is told to be open', async () => {
  const { findings } = await doctor(`:${await serve(info)}`);
  expect(findings).toContainEqual(expect.objectContaining({ rule: 'metrics', severity: 'note' }));
});

test('another program on the port is named', async () => {
  const port = await serve('hello', 404);
  const { findings } = await doctor(`127.0.0.1:${port}`);
  const [found] = findings.filter(({ rule }) => rule === 'metrics');
  if (process.platform === 'linux') {
    expect(listenerOn(port)?.pid).toBe(process.pid);
    expect(found?.message).toContain(`(process ${process.pid}) listens there`);
  }
  expect(found?.message).toContain('not that of gitlab-runner (HTTP 404)');
});

test.each([
  ['127.0.0.1:9252', { host: '127.0.0.1', port: '9252', isLoopback: true }],
  ['localhost', { host: 'localhost', port: '9252', isLoopback: true }],
  [':9300', { host: '', port: '9300', isLoopback: false }],
  ['0.0.0.0:9252', { host: '', port: '9252', isLoopback: false }],
  ['[::]:9252', { host: '', port: '9252', isLoopback: false }],
  ['[::1]:9252', { host: '::1', port: '9252', isLoopback: true }],
  ['[2001:db8::1]:9252', { host: '2001:db8::1', port: '9252', isLoopback: false }],
])('%s is cut into host and port', (address, parts) => {
  expect(metricsAddress(address)).toEqual(parts);
});

test('what Prometheus needs fits on a terminal of 60 columns', () => {
  const lines = metricsSnippets(metricsAddress(':9252'), 'host').flatMap(({ text }) => text.split('\n'));
  expect(lines.filter((line) => line.length > 60)).toEqual([]);
});

test('what Prometheus needs is YAML, with four alerts on metrics that gitlab-runner has', () => {
  const [job, rules] = metricsSnippets(metricsAddress('[::1]:9252'), 'host').map(({ text }) => parse(text));
  expect(job.scrape_configs[0].static_configs[0].targets).toEqual(['[::1]:9252']);
  const alerts: { alert: string; expr: string }[] = rules.groups[0].rules;
  expect(alerts).toHaveLength(4);
  const names = alerts.flatMap(({ expr }) => expr.match(/\b(gitlab_runner_\w+|up)\b/g) ?? []);
  expect(rules.groups[0].rules[2].annotations.summary).toBe(
    'gitlab-runner on {{ $labels.instance }} requests jobs, and GitLab refuses or does not respond',
  );
  expect([...new Set(names)].sort()).toEqual([
    'gitlab_runner_api_request_statuses_total',
    'gitlab_runner_concurrent',
    'gitlab_runner_errors_total',
    'gitlab_runner_jobs',
    'up',
  ]);
});
