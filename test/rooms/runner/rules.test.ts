import { describe, expect, test } from 'vitest';
import { type Table, withValue } from '../../../src/config/model.ts';
import { warningsBefore } from '../../../src/runner/rules/before-write.ts';
import { risksOf, ruleIds, runnerRules } from '../../../src/runner/rules/index.ts';
import { subjectOf } from '../../../src/runner/rules/rule.ts';
import { docker, faultyRunners, healthy } from './faulty-runners.ts';

const now = new Date('2026-03-01T12:00:00Z');

function rulesOf(runner: Table, globals: Table = {}): string[] {
  const present = { globals, runners: [{ ...healthy, ...runner }] };
  return risksOf(present, { now, expand: (text) => text }).map(
    ({ severity, rule, message }) => `${severity} ${rule}: ${message}`,
  );
}

test('a plain runner has no risks', () => {
  expect(rulesOf({})).toEqual([]);
  expect(rulesOf(docker({ volumes: ['/cache'], tls_verify: false }))).toEqual([]);
});

test.each([
  ['0001-01-01T00:00:00Z', []],
  ['2026-03-09T00:00:00Z', []],
  ['2026-03-04T00:00:00Z', ['warning expiry: token expires in 3 days, on 2026-03-04']],
  ['2026-03-02T00:00:00Z', ['warning expiry: token expires in a day, on 2026-03-02']],
  ['2026-03-01T11:59:59Z', ['error expiry: token expired on 2026-03-01']],
])('a token that expires at %s', (text, risks) => {
  expect(rulesOf({ token_expires_at: { text } })).toEqual(risks);
  expect(rulesOf({ token_expires_at: text })).toEqual(risks);
});

test.each([
  [0, 'error concurrent: concurrent = 0: this host runs no jobs'],
  [-1, 'error concurrent: concurrent = -1: this host runs no jobs'],
])('concurrent = %i is not without limit', (concurrent, risk) => {
  expect(rulesOf({}, { concurrent })).toEqual([risk]);
});

test('long polling is noted once, and not where one job is all there may be', () => {
  const note = 'note long-polling: this runner requests one job at a time (request_concurrency)';
  expect(rulesOf({}, { concurrent: 4 })).toEqual([note]);
  expect(rulesOf({ limit: 1 }, { concurrent: 4 })).toEqual([]);
  expect(rulesOf({ request_concurrency: 2 }, { concurrent: 4 })).toEqual([]);
  expect(rulesOf({ Request_Concurrency: 2 }, { concurrent: 4 })).toEqual([]);
});

test.each([
  [['/a:/cache', '/cache'], ['/a:/cache']],
  [
    ['/cache', '/a:/cache:ro', '/b'],
    ['/a:/cache:ro', '/b'],
  ],
  [['/cache', '/cache'], ['/cache']],
])('volumes %j are mended to %j', (volumes, value) => {
  const present = { globals: {}, runners: [{ ...healthy, ...docker({ volumes }) }] };
  const [risk] = risksOf(present, { now, expand: (text) => text });
  expect(risk!.remedy).toEqual({ do: 'set', at: 0, path: ['docker', 'volumes'], value });
});

test('of two host folders on one path nobody but the person can choose', () => {
  const present = { globals: {}, runners: [{ ...healthy, ...docker({ volumes: ['/a:/x', '/b:/x'] }) }] };
  const [risk] = risksOf(present, { now, expand: (text) => text });
  expect([risk!.rule, risk!.remedy, risk!.next]).toEqual([
    'volume-twice',
    undefined,
    "runner-setup edit '#1' --remove docker.volumes=/b:/x",
  ]);
});

test('privileged without certificates is noted, unless TLS is off or the socket is there', () => {
  const note =
    'note dind-certificates: privileged is set, but no volume shares /certs/client, which Docker-in-Docker requires';
  const root = 'warning privileged: every job is privileged and can become root on this host';
  expect(rulesOf(docker({ privileged: true }))).toEqual([root, note]);
  expect(rulesOf({ ...docker({ privileged: true }), environment: ['DOCKER_TLS_CERTDIR='] })).toEqual([root]);
  expect(rulesOf(docker({ privileged: true, volumes: ['/certs/client'] }))).toEqual([root]);
});

test('registry credentials for all jobs are noted, and refused when they are no JSON', () => {
  const at = (value: string) => rulesOf({ ...docker({}), environment: [`DOCKER_AUTH_CONFIG=${value}`] });
  expect(at('{"auths":{}}')).toEqual([
    'note registry-auth: DOCKER_AUTH_CONFIG in environment is visible to every job',
  ]);
  expect(at('{auths}')).toEqual(['error registry-auth: DOCKER_AUTH_CONFIG in environment is not JSON']);
  expect(at('$FROM_ELSEWHERE')).toHaveLength(1);
});

test('the kind of the runner tells how bad cached images are', () => {
  const severities = (token: string) =>
    rulesOf({ ...docker({ pull_policy: 'if-not-present' }), token }).map((risk) => risk.split(' ')[0]);
  expect(severities('glrt-t1_oneoneoneoneone01')).toEqual(['warning']);
  expect(severities('glrt-oneoneoneoneone01abc')).toEqual(['note']);
  expect(severities('glrt-t3_oneoneoneoneone01')).toEqual([]);
});

test('an address from a variable is judged by its value, and not mended', () => {
  const present = { globals: {}, runners: [{ ...healthy, url: '$GITLAB' }] };
  const risks = risksOf(present, { now, expand: () => 'https://gitlab.example.com/ci' });
  expect(risks.map(({ rule, remedy }) => [rule, remedy])).toEqual([['ci-url', undefined]]);
});

test('the page of a project is told without user and password, and the folder of a GitLab is none', () => {
  const next = (clone_url: string) => {
    const present = { globals: {}, runners: [{ ...healthy, clone_url }] };
    return risksOf(present, { now, expand: (text) => text }).map((risk) => [risk.message, risk.next]);
  };
  expect(next('https://user:secret@git.corp.test/group/project')).toEqual([
    [
      'clone_url "https://git.corp.test/group/project" looks like the page of a project or group',
      "runner-setup edit '#1' --set clone_url=https://git.corp.test",
    ],
  ]);
  expect(next('ssh://git@git.corp.test/group/project.git')[0]![1]).toBe(
    "runner-setup edit '#1' --set clone_url=ssh://git@git.corp.test",
  );
  expect(next('https://corp.test/gitlab')).toEqual([]);
  expect(next('https://corp.test/gitlab/group/project')[0]![1]).toBe(
    "runner-setup edit '#1' --set clone_url=https://corp.test/gitlab",
  );
});

describe('each rule of the book has a runner that it finds', () => {
  test('and no rule is left out', () => {
    expect(Object.keys(faultyRunners).sort()).toEqual([...ruleIds].sort());
  });

  test.each(Object.entries(faultyRunners))('%s', (id, [runner, globals = {}]) => {
    const risks = risksOf({ globals, runners: [{ ...healthy, ...runner }] }, { now, expand: (text) => text });
    expect(risks.map(({ rule }) => rule)).toContain(id);
  });
});

test.each(runnerRules.filter(({ keys }) => keys.length > 0))(
  '$id finds nothing in a runner without its keys $keys',
  ({ keys, besides = [], find }) => {
    for (const [faulty, globals = {}] of Object.values(faultyRunners)) {
      const runner = [...keys, ...besides].reduce<Table>(
        (left, key) => withValue(left, key.split('.'), undefined),
        { ...healthy, ...faulty },
      );
      const subject = subjectOf({ globals, runners: [runner] }, 0, { now, expand: (text) => text });
      expect([...find(subject)]).toEqual([]);
    }
  },
);

test('before a runner is written, a rule speaks of keys that are touched only', async () => {
  const runner = { ...healthy, ...docker({ privileged: true }), limit: 3 };
  const warnings = (...keys: string[]) =>
    warningsBefore(runner, {}, (key) => keys.includes(key), { at: 0, writes: true });
  expect(await warnings('name')).toEqual([]);
  expect(await warnings('limit')).toEqual([
    'limit is 3, but this host runs at most 1 job (concurrent). To run more jobs, raise concurrent, too.',
  ]);
  expect(await warnings('docker.privileged')).toEqual([
    'docker.privileged: every job can become root on this host. Protect the runner in GitLab, or set --docker-allowed-privileged-images.',
  ]);
});
