import { expect, test } from 'vitest';
import { gitlabAt, scripted, trouble } from './serve.ts';

const token = 'glrt-t1_abcdefghij0123456789';
const access = 'glpat-abcdefghij0123456789';

test('verify sends what gitlab-runner sends and gives id, token and expiry', async () => {
  const { url, arrived } = await scripted({
    body: { id: 7, token, token_expires_at: '2027-01-01T00:00:00.000Z' },
  });
  const body = { token, system_id: 's_c2d22f638c25', info: { name: 'runner-setup' } };

  expect(await gitlabAt(`${url}/gitlab/ci/`).verify(body)).toEqual({
    id: 7,
    token,
    expiresAt: '2027-01-01T00:00:00.000Z',
  });

  const { 'x-request-id': requestId, host, ...headers } = arrived[0]!.headers;
  expect(requestId).toMatch(/^[\da-f]{32}$/);
  expect(host).toBe(new URL(url).host);
  expect({ ...arrived[0], headers }).toEqual({
    method: 'POST',
    path: '/gitlab/api/v4/runners/verify',
    headers: {
      'user-agent': 'runner-setup 0.1.0 (linux/amd64)',
      accept: 'application/json',
      'content-type': 'application/json',
      'runner-token': token,
      connection: 'keep-alive',
      'content-length': String(JSON.stringify(body).length),
    },
    body: JSON.stringify(body),
  });
});

test('a GitLab before 15.10 verifies with the bare word 200', async () => {
  const { url } = await scripted({ body: '200', type: 'text/plain' });
  expect(await gitlabAt(url).verify({ token, system_id: 's_1', info: {} })).toEqual({
    token,
    expiresAt: null,
  });
});

const success: [
  string,
  (gitlab: ReturnType<typeof gitlabAt>) => Promise<unknown>,
  number,
  unknown,
  unknown,
  unknown,
][] = [
  [
    'register',
    (g) => g.register({ token: 'GR1348941abc' }),
    201,
    { id: 1, token },
    { id: 1, token, expiresAt: null },
    ['POST', '/api/v4/runners', '{"token":"GR1348941abc"}', 'GR1348941abc', undefined],
  ],
  [
    'create',
    (g) => g.createRunner(access, { runner_type: 'instance_type' }),
    201,
    { id: 2, token, token_expires_at: null },
    { id: 2, token, expiresAt: null },
    ['POST', '/api/v4/user/runners', '{"runner_type":"instance_type"}', undefined, access],
  ],
  [
    'remove the runner',
    (g) => g.removeRunner(token),
    204,
    undefined,
    'removed',
    ['DELETE', '/api/v4/runners', `{"token":"${token}"}`, token, undefined],
  ],
  [
    'remove the manager',
    (g) => g.removeManager(token, 's_1'),
    204,
    undefined,
    'removed',
    ['DELETE', '/api/v4/runners/managers', `{"token":"${token}","system_id":"s_1"}`, token, undefined],
  ],
  [
    'find a group by path',
    (g) => g.findGroup(access, '/top/my team/'),
    200,
    { id: 3, full_path: 'top/my team' },
    { id: 3, path: 'top/my team' },
    ['GET', '/api/v4/groups/top%2Fmy%20team?with_projects=false', '', undefined, access],
  ],
  [
    'find a project by id',
    (g) => g.findProject(access, 4),
    200,
    { id: 4, path_with_namespace: 'top/app' },
    { id: 4, path: 'top/app' },
    ['GET', '/api/v4/projects/4', '', undefined, access],
  ],
  [
    'update',
    (g) => g.updateRunner(access, 5, { paused: true }),
    200,
    { id: 5, paused: true },
    { id: 5, paused: true },
    ['PUT', '/api/v4/runners/5', '{"paused":true}', undefined, access],
  ],
  [
    'delete by id',
    (g) => g.deleteRunnerById(access, 5),
    204,
    undefined,
    'removed',
    ['DELETE', '/api/v4/runners/5', '', undefined, access],
  ],
  [
    'reset the token',
    (g) => g.resetToken(token),
    201,
    { token: 'glrt-new', token_expires_at: null },
    { token: 'glrt-new', expiresAt: null },
    ['POST', '/api/v4/runners/reset_authentication_token', `{"token":"${token}"}`, undefined, undefined],
  ],
  [
    'reset by id',
    (g) => g.resetTokenById(access, 5),
    201,
    { token: 'glrt-new', token_expires_at: null },
    { id: 5, token: 'glrt-new', expiresAt: null },
    ['POST', '/api/v4/runners/5/reset_authentication_token', 'null', undefined, access],
  ],
  [
    'read a runner',
    (g) => g.runner(access, 5),
    200,
    { id: 5 },
    { id: 5 },
    ['GET', '/api/v4/runners/5', '', undefined, access],
  ],
  [
    'read its managers',
    (g) => g.managers(access, 5),
    200,
    [{ id: 9 }],
    [{ id: 9 }],
    ['GET', '/api/v4/runners/5/managers', '', undefined, access],
  ],
  [
    'tell the version',
    (g) => g.version(access),
    200,
    { version: '19.4.0-ee' },
    '19.4.0-ee',
    ['GET', '/api/v4/version', '', undefined, access],
  ],
];

test.each(success)('%s', async (_, call, status, body, result, request) => {
  const { url, arrived } = await scripted({ status, body });
  expect(await call(gitlabAt(url))).toEqual(result);
  expect(
    arrived.map(({ method, path, body: sent, headers }) => [
      method,
      path,
      sent,
      headers['runner-token'],
      headers['private-token'],
    ]),
  ).toEqual([request]);
});

const odd: [string, number, unknown, string, string][] = [
  [
    'a page',
    200,
    '<html><title>Sign in</title></html>',
    'text/html',
    'It responded with HTTP 200 and text/html, titled "Sign in". The GitLab API responds with JSON.',
  ],
  [
    'JSON without id',
    200,
    { token },
    'application/json',
    'It responded with HTTP 200, but the JSON has no numeric ID.',
  ],
  [
    'half of JSON',
    200,
    '{"id": 7',
    'application/json; charset=utf-8',
    'It responded with HTTP 200 and incomplete or invalid JSON.',
  ],
  [
    'another success',
    201,
    { id: 7, token },
    'application/json',
    'It responded with HTTP 201, which GitLab does not send for this request.',
  ],
];

test.each(odd)('verify does not take %s for a yes', async (_, status, body, type, why) => {
  const { url } = await scripted({ status, body, type });
  const said = await trouble(gitlabAt(url).verify({ token, system_id: 's_1', info: {} }));
  expect([said.code, said.why]).toEqual([1, why]);
});

test.each([
  '2026-01-02T03:04:05Z',
  '2026-01-02T03:04:05+02:00',
  '2026-01-02T03:04:05.000Z',
  '2026-01-02T03:04:05.123456-11:30',
])('%s is a date', async (date) => {
  const { url } = await scripted({ body: { id: 7, token, token_expires_at: date } });
  const warnings: string[] = [];
  const gitlab = gitlabAt(url, { onWarning: (words) => warnings.push(words) });
  expect((await gitlab.verify({ token, system_id: 's_1', info: {} })).expiresAt).toBe(date);
  expect(warnings).toEqual([]);
});

test.each([
  'soon',
  '2027',
  '2027-01-01',
  '2027-01-01T00:00:00',
  '2027-01-01 00:00:00 UTC',
  'January 2, 2027',
  '2027-02-30T00:00:00Z',
  '2027-01-01T24:00:00Z',
  '2027-01-01T00:00:00+99:00',
  1798761600,
  {},
])('%j is no date: the token counts without it, and that is said', async (date) => {
  const { url } = await scripted({ body: { id: 7, token, token_expires_at: date } });
  const warnings: string[] = [];
  const gitlab = gitlabAt(url, { onWarning: (words) => warnings.push(words) });
  expect((await gitlab.verify({ token, system_id: 's_1', info: {} })).expiresAt).toBe(null);
  expect(warnings).toEqual([
    `GitLab at ${url} reports that the token expires at ${JSON.stringify(date)}. That is not an RFC 3339 date, so it was not saved.`,
  ]);
});

test.each([
  [
    'JSON without a token',
    { id: 7 },
    'application/json',
    'It responded with HTTP 201, but the JSON has no token.',
  ],
  [
    'a page',
    '<p>done',
    'text/html',
    'It responded with HTTP 201 and text/html. The GitLab API responds with JSON.',
  ],
])('a creation that answers with %s may have been one', async (_, body, type, why) => {
  const { url } = await scripted({ status: 201, body, type });
  const said = await trouble(gitlabAt(url).register({ token: 'GR1348941abc' }));
  expect(said).toEqual({
    message: expect.stringContaining(url),
    why,
    hint: expect.stringMatching(
      `^Before you retry, look for a new runner created at about [0-9T:-]+Z that never contacted GitLab. If it exists, delete it: ${url}/admin/runners, or the Runners page of the group or project$`,
    ),
    code: 1,
  });
});

test('an answer without end is cut off', async () => {
  const { url } = await scripted({ body: 'x'.repeat(2_000_000) });
  const said = await trouble(gitlabAt(url).verify({ token, system_id: 's_1', info: {} }));
  expect(said.why).toBe('The response is longer than 1000000 bytes.');
});

test('a token that cannot be one is not sent', async () => {
  const { url, arrived } = await scripted();
  expect(await trouble(gitlabAt(url).removeRunner('glrt-abc\ndef'))).toEqual({
    message: 'The token is not a GitLab token.',
    why: 'It contains spaces, line breaks, or characters that are not allowed in tokens.',
    hint: 'Copy the token again, without any text before or after it.',
    code: 2,
  });
  expect(arrived).toEqual([]);
});
