import { expect, onTestFinished, test } from 'vitest';
import { exitCode } from '../../../src/errors.ts';
import type { Gitlab } from '../../../src/gitlab/calls.ts';
import { startGitlab } from '../../gitlab/index.ts';
import type { Fault } from '../../gitlab/setup.ts';
import { gitlabAt, trouble } from './serve.ts';

const access = 'glpat-FAKEapi00000000000000';
const token = 'glrt-aaa111';

async function standIn(...faults: Fault[]) {
  const server = await startGitlab({
    legacy: true,
    registrationTokens: [{ token: 'GR1348941secret', type: 'instance' }],
    accessTokens: [{ token: access, scopes: ['api'], admin: true }],
    runners: [{ id: 7, token, type: 'instance' }],
    faults,
  });
  onTestFinished(() => server.close());
  return { server, gitlab: gitlabAt(server.url) };
}

const newRunner =
  /^Before you retry, look for a new runner "n" created at about \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /;
const newToken = /^The old token may no longer work\. [\s\S]*reset-token RUNNER --access-token-file FILE/;

const calls: [string, string, RegExp, (gitlab: Gitlab) => Promise<unknown>][] = [
  [
    'a registration',
    'POST /runners',
    newRunner,
    (gitlab) => gitlab.register({ token: 'GR1348941secret', description: 'n' }),
  ],
  [
    'a creation',
    'POST /user/runners',
    newRunner,
    (gitlab) => gitlab.createRunner(access, { runner_type: 'instance_type', description: 'n' }),
  ],
  ['a reset', 'POST /runners/reset_authentication_token', newToken, (gitlab) => gitlab.resetToken(token)],
  [
    'a reset by id',
    'POST /runners/:id/reset_authentication_token',
    newToken,
    (gitlab) => gitlab.resetTokenById(access, 7),
  ],
];

const answers = calls.flatMap(([what, on, hint, call]) =>
  [408, 500, 502, 503, 504, 507, 520].flatMap((status) =>
    (['status', 'status-after'] as const).map((kind) => [what, status, kind, on, hint, call] as const),
  ),
);

test.each(answers)('%s that is answered %i (%s) is not repeated', async (_, status, kind, on, hint, call) => {
  const { server, gitlab } = await standIn({ kind, status, on, times: 1 });
  const said = await trouble(call(gitlab));
  expect(said.message).toBe(`GitLab at ${server.url} is temporarily unavailable.`);
  expect(said.why).toMatch(new RegExp(`\\b${status}\\b.*\\. GitLab may have processed the request\\.$`));
  expect(said.hint).toMatch(hint);
  expect([said.code, gitlab.waits, server.requests.length]).toEqual([exitCode.failed, [], 1]);
});

test.each(calls)('%s that GitLab has no time for (429) is repeated', async (_, on, __, call) => {
  const { server, gitlab } = await standIn({ kind: 'rack-attack', on, times: 1 });
  expect(await call(gitlab)).toMatchObject({ token: expect.any(String) });
  expect(server.requests.length).toBe(2);
});

test.each([
  ['instance_type', {}, /admin\/runners\b/],
  ['group_type', { group_id: 5 }, /Build > Runners of the group with the ID 5/],
  ['project_type', { project_id: 9 }, /Settings > CI\/CD > Runners of the project with the ID 9/],
])('where to look for a runner of %s is said', async (runnerType, owner, where) => {
  const { gitlab } = await standIn({ kind: 'status', status: 502 });
  const said = await trouble(gitlab.createRunner(access, { runner_type: runnerType, ...owner }));
  expect(said.hint).toMatch(where);
});

const removals: [string, (gitlab: Gitlab) => Promise<unknown>][] = [
  ['DELETE /runners', (gitlab) => gitlab.removeRunner(token)],
  ['DELETE /runners/:id', (gitlab) => gitlab.deleteRunnerById(access, 7)],
];

test.each(
  removals.flatMap(([on, call]) => [500, 502, 503, 504].map((status) => [on, status, call] as const)),
)('%s that GitLab has done and answered %i is done', async (on, status, call) => {
  const { gitlab } = await standIn({ kind: 'status-after', status, on, times: 1 });
  expect(await call(gitlab)).toBe('gone');
});

test('a removal that waited only (429) and finds no runner is refused', async () => {
  const { gitlab } = await standIn({ kind: 'rack-attack', times: 1 });
  expect((await trouble(gitlab.deleteRunnerById(access, 8))).code).toBe(exitCode.refused);
});
