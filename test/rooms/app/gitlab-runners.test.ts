import { expect, test } from 'vitest';
import { gitlabRunnersOf } from '../../../src/app/gitlab-runners.ts';
import { resultOf } from '../../../src/commands/doctor/checks/in-use.ts';
import type { RunningRunner } from '../../../src/host/running-runners.ts';
import type { RunnerService } from '../../../src/host/services/service.ts';

const path = '/etc/gitlab-runner/config.toml';

const process = (more: Partial<RunningRunner> = {}): RunningRunner => ({
  pid: 7,
  config: path,
  user: 'gitlab-runner',
  uid: 0,
  ...more,
});

const service = (more: Partial<RunnerService> = {}): RunnerService => ({
  manager: 'systemd',
  name: 'gitlab-runner.service',
  file: '/etc/systemd/system/gitlab-runner.service',
  isEnabled: true,
  config: path,
  user: 'gitlab-runner',
  uid: 0,
  ...more,
});

const nameOf = (uid: number) => (uid === 0 ? 'root' : undefined);

const runners = (
  running: readonly RunningRunner[],
  services: readonly RunnerService[] = [],
  contained: Parameters<typeof gitlabRunnersOf>[0]['contained'] = [],
) => gitlabRunnersOf({ running, services, contained, nameOf }).map(({ runner }) => runner);

const facts = { config: path, user: 'root', jobUser: 'gitlab-runner' };
const running = {
  kind: 'service',
  running: true,
  pid: 7,
  name: 'gitlab-runner.service',
  enabled: true,
  ...facts,
};

test.each<[string, RunningRunner, RunnerService]>([
  ['by its control group', process({ service: 'gitlab-runner.service' }), service()],
  ['by its process', process(), service({ pid: 7 })],
  ['by the file of a script', process(), service({ manager: 'init' })],
])('a process and its service are one, %s', (_, one, its) => {
  expect(runners([one], [its])).toEqual([running]);
});

test('processes, containers, and services that do not run', () => {
  const mine = process({ pid: 9, uid: 1000, config: undefined, user: undefined, service: 'session.service' });
  expect(runners([process(), mine], [service({ isEnabled: false })], [{ pid: 8, reads: 'no' }])).toEqual([
    { kind: 'process', running: true, pid: 7, ...facts },
    { kind: 'service', running: true, pid: 9, name: 'session.service', user: '1000' },
    { kind: 'container', running: true, pid: 8 },
    { kind: 'service', running: false, name: 'gitlab-runner.service', enabled: false, ...facts },
  ]);
});

test('a Quadlet is not told beside the container that runs', () => {
  const quadlet = service({ manager: 'Quadlet' });
  expect(runners([], [quadlet], [{ pid: 8, reads: 'yes' }])).toHaveLength(1);
  expect(runners([], [quadlet])).toHaveLength(1);
});

const root = { platform: 'linux', uid: 0, home: '/nowhere', env: {} } as const;

test('doctor tells what runs', () => {
  const found = [
    { ...running, kind: 'service', version: '17.5.0' },
    { kind: 'container', running: true, name: 'ci' },
    { kind: 'container', running: true, pid: 8 },
  ] as const;
  expect(resultOf(found, path, root)).toMatchObject({
    steps: [
      {
        about: 'gitlab-runner',
        what: 'running',
        words: `process 7, service gitlab-runner.service, user root, jobs as gitlab-runner, version 17.5.0, ${path}`,
      },
      { words: 'container ci' },
      { words: 'process 8, in a container' },
    ],
    findings: [],
    gitlabRunners: found,
  });
});

const stopped = { kind: 'service', running: false, name: 'gitlab-runner.service', enabled: true } as const;
const here = { ...stopped, config: path };
const elsewhere = { ...stopped, config: '/srv/other.toml' };
const runs = { kind: 'process', running: true, pid: 7 } as const;

test.each<[string, Parameters<typeof resultOf>[0], string[]]>([
  ['of this file', [here], ['not-running']],
  ['of this file, beside another process', [here, { ...runs, config: '/x.toml' }], ['not-running']],
  ['of this file, beside a process that has it', [here, { ...runs, config: path }], []],
  ['of this file, beside a process that hides its file', [here, runs], []],
  ['that does not start by itself', [{ ...here, enabled: false }], []],
  ['of another file', [elsewhere], ['other-config']],
  ['of another file, beside one of this file', [elsewhere, here], ['not-running']],
  ['of another file, beside one whose file is not known', [elsewhere, stopped], []],
  ['of another file, beside a process', [elsewhere, { ...runs, config: '/x.toml' }], []],
])('doctor tells of a service that does not run, %s', (_, found, rules) => {
  const { findings } = resultOf(found, path, root);
  expect(findings.map(({ rule }) => rule)).toEqual(rules);
});
