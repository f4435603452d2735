import { expect, test } from 'vitest';
import { caVolume } from '../../../src/runner/job-network.ts';
import { trusting } from '../../../src/runner/network-gaps.ts';
import { changesOf, type PlanInput, plannedRunner } from '../../../src/runner/plan.ts';

const url = 'https://gitlab.example.com';
const volume = caVolume('/srv/ca.crt');

const update = (volumes: string[]): PlanInput => ({
  known: { settings: { url, description: 'build', executor: 'docker' }, sources: new Map() },
  credential: { kind: 'access', token: 'glpat-x', by: 'accessToken' },
  template: {},
  present: { globals: {}, runners: [{ name: 'build', url, executor: 'docker', docker: { volumes } }] },
  isWindows: false,
  env: {},
  same: (a, b) => a === b,
  equal: (_, a, b) => JSON.stringify(a) === JSON.stringify(b),
  edits: (runner) =>
    trusting(runner, { executor: 'docker', engine: '', ownAddress: undefined }, '/srv/ca.crt'),
});

test('the CA is added to the volumes that a runner has', () => {
  const plan = { action: 'update', at: 0 } as const;
  const value = ['/data', volume];
  const circumstances = update(['/data']);
  const changes = changesOf(circumstances, plan, undefined);
  expect(changes.filter((change) => 'path' in change && change.path.join('.') === 'docker.volumes')).toEqual([
    { do: 'set', at: 0, path: ['docker', 'volumes'], value },
  ]);
  expect(plannedRunner(circumstances, plan)).toMatchObject({ docker: { volumes: value } });
});

test('a runner that has the CA stays as it is', () => {
  const changes = changesOf(
    update(['/srv/ca.crt:/etc/gitlab-runner/certs/ca.crt']),
    { action: 'update', at: 0 },
    undefined,
  );
  expect(changes.filter((change) => 'path' in change && change.path[0] === 'docker')).toEqual([]);
});
