import { expect, onTestFinished, test } from 'vitest';
import { runnerInfo } from '../../../src/gitlab/features.ts';
import { startGitlab } from '../../gitlab/index.ts';
import type { GitlabSetup } from '../../gitlab/setup.ts';
import { gitlabAt, trouble } from './serve.ts';

const access = 'glpat-FAKEapi00000000000000';
const system = { system_id: 's_c2d22f638c25' };
const info = runnerInfo({
  name: 'runner-setup',
  version: '0.1.0',
  platform: 'linux',
  architecture: 'x64',
  executor: 'docker',
});

async function house(setup: GitlabSetup = {}) {
  const server = await startGitlab({
    root: '/git',
    accessTokens: [{ token: access, scopes: ['api'], admin: true }],
    groups: [{ id: 42, path: 'acme/tools' }],
    projects: [{ id: 87, path: 'acme/tools/lathe' }],
    firstRunnerId: 101,
    ...setup,
  });
  onTestFinished(() => server.close());
  return { server, gitlab: gitlabAt(`${server.url}/`) };
}

test('a runner is made, verified on two machines, changed, renewed and removed', async () => {
  const { server, gitlab } = await house();
  const group = await gitlab.findGroup(access, 'acme/tools');
  const made = await gitlab.createRunner(access, {
    runner_type: 'group_type',
    group_id: group.id,
    tag_list: ['docker'],
  });
  const { token } = made;

  expect(group).toEqual({ id: 42, path: 'acme/tools' });
  expect(made).toEqual({ id: 101, token: expect.stringMatching(/^glrt-/), expiresAt: null });
  expect(await gitlab.verify({ token, ...system, info })).toEqual(made);
  expect(await gitlab.verify({ token, system_id: 's_000000000001', info })).toEqual(made);
  expect((await gitlab.managers(access, 101)).map(({ system_id: id }) => id).sort()).toEqual([
    's_000000000001',
    's_c2d22f638c25',
  ]);
  expect(await gitlab.removeManager(token, 's_000000000001')).toBe('removed');
  expect((await gitlab.updateRunner(access, 101, { paused: true })).paused).toBe(true);
  const renewed = await gitlab.resetTokenById(access, 101);
  expect(renewed).toEqual({ id: 101, token: expect.stringMatching(/^glrt-/), expiresAt: null });
  expect(renewed.token).not.toBe(token);
  const again = await gitlab.resetToken(renewed.token);
  expect((await gitlab.runner(access, 101)).tag_list).toEqual(['docker']);
  expect(await gitlab.version(access)).toBe('19.4.0-ee');
  expect(await gitlab.removeRunner(again.token)).toBe('removed');
  expect((await trouble(gitlab.runner(access, 101))).hint).toBe(
    'No runner has this ID. It may have been deleted.',
  );
  expect(server.requests.every(({ path }) => path.startsWith('/api/v4/'))).toBe(true);
});

test('a project is found by its path and a runner deleted by its id', async () => {
  const { gitlab } = await house();
  const project = await gitlab.findProject(access, 'acme/tools/lathe');
  expect(project).toEqual({ id: 87, path: 'acme/tools/lathe' });
  await gitlab.createRunner(access, { runner_type: 'project_type', project_id: project.id });
  expect(await gitlab.deleteRunnerById(access, 101)).toBe('removed');
});

test('an answer lost on the way is told as unsure, for GitLab acted', async () => {
  const { server, gitlab } = await house({ faults: [{ kind: 'drop-after', on: 'POST /user/runners' }] });
  const { why } = await trouble(gitlab.createRunner(access, { runner_type: 'instance_type' }));
  expect(why).toBe('The connection was lost. GitLab may have processed the request.');
  expect(server.requests.length).toBe(1);
  expect((await gitlab.runner(access, 101)).id).toBe(101);
});

test.each([
  [{ kind: 'truncate', times: 1 }],
  [{ kind: 'drop-before', times: 1 }],
  [{ kind: 'rack-attack', times: 2 }],
  [{ kind: 'migrations', times: 1 }],
  [{ kind: 'status', status: 503, times: 4 }],
] as const)('verify gets over %j', async (fault) => {
  const { gitlab } = await house({ faults: [{ ...fault, on: 'POST /runners/verify' }] });
  const { token } = await gitlab.createRunner(access, { runner_type: 'instance_type' });
  expect(await gitlab.verify({ token, ...system, info })).toEqual({ id: 101, token, expiresAt: null });
  expect(gitlab.waits.length).toBe(fault.times);
});

test.each([
  [
    'html',
    'It responded with HTTP 200 and text/html; charset=utf-8, titled "Sign in · GitLab". The GitLab API responds with JSON.',
  ],
  ['not-json', 'It responded with HTTP 200 and incomplete or invalid JSON.'],
  ['no-id', 'It responded with HTTP 200, but the JSON has no numeric ID.'],
  ['huge', 'The response is longer than 1000000 bytes.'],
] as const)('verify takes no answer of the kind %s', async (kind, why) => {
  const { gitlab } = await house({ faults: [{ kind, on: 'POST /runners/verify' }] });
  const { token } = await gitlab.createRunner(access, { runner_type: 'instance_type' });
  expect((await trouble(gitlab.verify({ token, ...system, info }))).why).toBe(why);
});
