import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { demoSetup, type Fault, type GitlabSetup, type StandIn, startGitlab } from '../gitlab/index.ts';
import { serve } from '../gitlab/serve.ts';

const open: StandIn[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const auth = 'glrt-t3_given00000000000007';
const registration = {
  instance: 'instanceRegToken0000',
  group: 'GR1348941group',
  project: 'GR1348941project',
};
const pat = {
  create: 'glpat-create',
  manage: 'glpat-manage',
  api: 'glpat-api',
  read: 'glpat-read',
  admin: 'glpat-admin',
  stranger: 'glpat-stranger',
};

const base: GitlabSetup = {
  legacy: true,
  now: '2026-11-23T16:00:00.000Z',
  registrationTokens: [
    { token: registration.instance, type: 'instance' },
    { token: registration.group, type: 'group', of: 42 },
    { token: registration.project, type: 'project', of: 87 },
  ],
  accessTokens: [
    { token: pat.create, scopes: ['create_runner'] },
    { token: pat.manage, scopes: ['create_runner', 'manage_runner'] },
    { token: pat.api, scopes: ['api'] },
    { token: pat.read, scopes: ['read_api'] },
    { token: pat.admin, scopes: ['api'], admin: true },
    { token: pat.stranger, scopes: ['api'], user: 'stranger' },
    { token: 'glpat-expired', scopes: ['api'], expired: true },
    { token: 'glpat-revoked', scopes: ['api'], revoked: true },
    { token: 'glpat-blocked', scopes: ['api'], blocked: true },
  ],
  groups: [
    { id: 42, path: 'acme', name: 'Acme' },
    { id: 50, path: 'secret', private: true, owners: ['somebody'] },
  ],
  projects: [
    { id: 87, path: 'acme/app' },
    { id: 88, path: 'acme/other' },
    { id: 90, path: 'secret/app', private: true, owners: ['somebody'] },
  ],
  runners: [
    {
      id: 7,
      token: auth,
      type: 'project',
      of: [87],
      description: 'build-1',
      tags: ['docker', 'linux'],
      contactedAt: '2026-11-23T15:00:00.000Z',
    },
    { id: 8, token: 'glrt-t1_given00000000000008', type: 'instance' },
    { id: 9, token: 'glrt-expired', type: 'instance', expiresAt: '2026-11-23T15:59:59.000Z' },
    { id: 10, token: 'glrt-shared', type: 'project', of: [87, 88] },
    { id: 11, token: 'glrt-paused', type: 'group', of: [42], paused: true, locked: true },
  ],
  firstRunnerId: 100,
};

/** Starts a stand-in with what is given over the usual setup. */
async function given(more: GitlabSetup = {}): Promise<StandIn> {
  const gitlab = await startGitlab({ ...base, ...more });
  open.push(gitlab);
  return gitlab;
}

type Json = Record<string, unknown>;
type Said = { status: number; body: unknown };

/** One request; a JSON answer is parsed, an empty one is null. */
async function ask(gitlab: StandIn, what: string, body?: Json, token?: string): Promise<Said> {
  const { status, body: said } = await send(gitlab, what, {
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(token && { 'PRIVATE-TOKEN': token }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status, body: said };
}

async function send(gitlab: StandIn, what: string, options: RequestInit = {}) {
  const [method, path] = what.split(' ') as [string, string];
  const answer = await fetch(`${gitlab.url}/api/v4${path}`, { method, redirect: 'manual', ...options });
  const words = await answer.text();
  const isJson = answer.headers.get('content-type') === 'application/json';
  const body: unknown = words === '' ? null : isJson ? JSON.parse(words) : words;
  return { status: answer.status, headers: answer.headers, body };
}

const said = (status: number, body: unknown): Said => ({ status, body });
const message = (status: number, value: unknown): Said => said(status, { message: value });
const error = (status: number, words: string): Said => said(status, { error: words });
const tooSmall = (scope: string): Said =>
  said(403, {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope,
  });
const many = (count: number) => Array.from({ length: count }, (_, index) => `tag${index}`);

const jsonType = { 'Content-Type': 'application/json' };

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

/** The usual runner without an owner, and with a date until which its token had to be renewed. */
function orphan(rotationDeadline?: string): GitlabSetup {
  const late = rotationDeadline === undefined ? {} : { rotationDeadline };
  return { runners: [{ id: 7, token: auth, type: 'project', orphaned: true, ...late }] };
}

describe('registration with a registration token', () => {
  const token = registration.project;
  it.each<[string, Json, Said]>([
    ['no token', {}, error(400, 'token is missing')],
    [
      'active and paused',
      { token, active: true, paused: true },
      error(400, 'active, paused are mutually exclusive'),
    ],
    [
      'both notes',
      { token, maintainer_note: 'a', maintenance_note: 'b' },
      error(400, 'maintainer_note, maintenance_note are mutually exclusive'),
    ],
    ['wrong enum', { token, access_level: 'bogus' }, error(400, 'access_level does not have a valid value')],
    ['wrong number', { token, maximum_timeout: 'soon' }, error(400, 'maximum_timeout is invalid')],
    ['wrong boolean', { token, locked: 'perhaps' }, error(400, 'locked is invalid')],
    ['wrong list', { token, tag_list: { a: 1 } }, error(400, 'tag_list is invalid')],
    ['two wrong', { maximum_timeout: 'soon' }, error(400, 'token is missing, maximum_timeout is invalid')],
    [
      'untagged refused without tags',
      { token, run_untagged: false },
      message(400, { tags_list: ['can not be empty when runner is not allowed to pick untagged jobs'] }),
    ],
    [
      '51 tags',
      { token, tag_list: many(51) },
      message(400, { tags_list: ['Too many tags specified. Please limit the number of tags to 50'] }),
    ],
    [
      '599 s',
      { token, maximum_timeout: 599 },
      message(400, { maximum_timeout: ['needs to be at least 10 minutes'] }),
    ],
    [
      '0 s',
      { token, maximum_timeout: 0 },
      message(400, { maximum_timeout: ['needs to be at least 10 minutes'] }),
    ],
    [
      'long description',
      { token, description: 'x'.repeat(1025) },
      message(400, { description: ['is too long (maximum is 1024 characters)'] }),
    ],
    [
      'long note',
      { token, maintenance_note: 'x'.repeat(1025) },
      message(400, { maintenance_note: ['is too long (maximum is 1024 characters)'] }),
    ],
    [
      'long name',
      { token, info: { name: 'x'.repeat(257) } },
      message(400, { name: ['is too long (maximum is 256 characters)'] }),
    ],
    [
      'two fields',
      { token, run_untagged: false, maximum_timeout: 1 },
      message(400, {
        tags_list: ['can not be empty when runner is not allowed to pick untagged jobs'],
        maximum_timeout: ['needs to be at least 10 minutes'],
      }),
    ],
    ['empty token', { token: '' }, message(403, '403 Forbidden - invalid token supplied')],
    ['unknown token', { token: 'wrong' }, message(403, '403 Forbidden - invalid token supplied')],
    ['an authentication token', { token: auth }, message(403, '403 Forbidden - invalid token supplied')],
  ])('refuses: %s', async (_, body, refusal) => {
    const gitlab = await given();
    expect(await ask(gitlab, 'POST /runners', body)).toEqual(refusal);
    expect(gitlab.state.runners.length).toBe(5);
  });

  it('makes a new runner each time', async () => {
    const gitlab = await given();
    const body = {
      token,
      tag_list: 'a, b',
      maximum_timeout: 600,
      paused: true,
      info: { name: 'gitlab-runner' },
    };
    const answer = (id: number, made: number) =>
      said(201, { id, token: `glrtr-t3_made000000000000000${made}`, token_expires_at: null });
    expect(await ask(gitlab, 'POST /runners', body)).toEqual(answer(100, 1));
    expect(await ask(gitlab, 'POST /runners', body)).toEqual(answer(101, 2));
    const { tags, maximumTimeout, paused, name, of, runUntagged } = gitlab.state.runners.at(-1)!;
    expect({ tags, maximumTimeout, paused, name, of, runUntagged }).toEqual({
      tags: ['a', 'b'],
      maximumTimeout: 600,
      paused: true,
      name: 'gitlab-runner',
      of: [87],
      runUntagged: true,
    });
  });

  it('drops blank values', async () => {
    const gitlab = await given();
    const body = { token, maximum_timeout: '', tag_list: '' };
    expect((await ask(gitlab, 'POST /runners', body)).status).toBe(201);
  });

  it.each<[string, RequestInit]>([
    ['form', { body: new URLSearchParams({ token, 'info[name]': 'x', 'tag_list[]': 'a' }) }],
    ['multipart', { body: formOf({ token, 'info[name]': 'x', 'tag_list[]': 'a' }) }],
    ['JSON', { body: JSON.stringify({ token, info: { name: 'x' }, tag_list: ['a'] }), headers: jsonType }],
  ])('reads a body of kind %s', async (_, options) => {
    const gitlab = await given();
    expect((await send(gitlab, 'POST /runners', options)).status).toBe(201);
    const { name, tags } = gitlab.state.runners.at(-1)!;
    expect({ name, tags }).toEqual({ name: 'x', tags: ['a'] });
  });

  const gone = message(410, '410 Gone - runner registration disallowed');
  it.each<[string, GitlabSetup, string, Said]>([
    ['off, known token', { legacy: false }, registration.instance, gone],
    ['off, unknown token', { legacy: false }, 'wrong', gone],
    ['off, empty token', { legacy: false }, '', message(403, '403 Forbidden - invalid token supplied')],
    ['off for the group', { legacy: { groups: { 42: false } } }, registration.group, gone],
    ['off for the group of a project', { legacy: { groups: { 42: false } } }, registration.project, gone],
    [
      'on by default in 16.11',
      { legacy: undefined, version: '16.11.0' },
      'wrong',
      message(403, '403 Forbidden - invalid token supplied'),
    ],
    ['off by default in 17.0', { legacy: undefined, version: '17.0.0' }, 'wrong', gone],
    ['bare in 15.1', { version: '15.1.0' }, 'wrong', message(403, '403 Forbidden')],
    [
      'kind not among the registrars',
      { registrars: ['group'] },
      registration.project,
      message(403, '403 Forbidden - invalid token supplied'),
    ],
    [
      'too many runners',
      { runnerLimit: 2 },
      registration.project,
      message(400, {
        'runner_projects.base': ['Maximum number of ci registered project runners (2) exceeded'],
      }),
    ],
  ])('registration: %s', async (_, setup, withToken, refusal) => {
    expect(await ask(await given(setup), 'POST /runners', { token: withToken })).toEqual(refusal);
  });

  it.each([
    ['17.4.0', 't0', 'made0000000000000001'],
    ['17.5.0', 't1', 't1_made0000000000000001'],
    ['17.11.0', 'glrtr', 'glrtr-t1_made0000000000000001'],
  ])('makes tokens as %s does (%s)', async (version, _, made) => {
    const answer = await ask(await given({ version }), 'POST /runners', { token: registration.instance });
    expect(answer).toEqual(said(201, { id: 100, token: made, token_expires_at: null }));
  });
});

describe('a runner with its own token', () => {
  it.each<[string, string, Json, Said]>([
    ['verify', 'POST /runners/verify', {}, error(400, 'token is missing')],
    ['verify unknown', 'POST /runners/verify', { token: 'x' }, message(403, '403 Forbidden')],
    ['verify expired', 'POST /runners/verify', { token: 'glrt-expired' }, message(403, '403 Forbidden')],
    [
      'verify registration',
      'POST /runners/verify',
      { token: registration.instance },
      message(403, '403 Forbidden'),
    ],
    ['verify access token', 'POST /runners/verify', { token: pat.api }, message(403, '403 Forbidden')],
    [
      'verify',
      'POST /runners/verify',
      { token: auth },
      said(200, { id: 7, token: auth, token_expires_at: null }),
    ],
    [
      'verify paused',
      'POST /runners/verify',
      { token: 'glrt-paused' },
      said(200, { id: 11, token: 'glrt-paused', token_expires_at: null }),
    ],
    ['delete', 'DELETE /runners', {}, error(400, 'token is missing')],
    ['delete unknown', 'DELETE /runners', { token: 'x' }, message(403, '403 Forbidden')],
    ['delete', 'DELETE /runners', { token: auth }, said(204, null)],
    ['delete manager', 'DELETE /runners/managers', {}, error(400, 'token is missing, system_id is missing')],
    ['delete manager', 'DELETE /runners/managers', { token: auth }, error(400, 'system_id is missing')],
    [
      'delete manager',
      'DELETE /runners/managers',
      { token: 'x', system_id: 'y' },
      message(403, '403 Forbidden'),
    ],
    [
      'delete manager',
      'DELETE /runners/managers',
      { token: auth, system_id: 'y' },
      message(404, '404 Runner manager not found Not Found'),
    ],
    ['reset', 'POST /runners/reset_authentication_token', {}, error(400, 'token is missing')],
    [
      'reset expired',
      'POST /runners/reset_authentication_token',
      { token: 'glrt-expired' },
      message(403, '403 Forbidden'),
    ],
    [
      'reset',
      'POST /runners/reset_authentication_token',
      { token: auth },
      said(201, { token: 'glrt-t3_made0000000000000001', token_expires_at: null }),
    ],
    [
      'router',
      'GET /runners/router/discovery',
      undefined as never,
      message(501, 'Job Router is not available. Please contact your administrator.'),
    ],
  ])('%s', async (_, what, body, answer) => {
    expect(await ask(await given(), what, body)).toEqual(answer);
  });

  it('finds or makes managers by system id', async () => {
    const gitlab = await given();
    const verify = (more: Json) => ask(gitlab, 'POST /runners/verify', { token: auth, ...more });
    await verify({ system_id: 's_one', info: { version: '19.4.0', platform: 'linux' } });
    await verify({ system_id: 's_one' });
    await verify({ system_id: 's_two' });
    await verify({});
    const runner = gitlab.state.runners[0]!;
    expect(runner.managers.map((each) => [each.id, each.systemId, each.version, each.contactedAt])).toEqual([
      [1, 's_one', '19.4.0', base.now],
      [2, 's_two', null, base.now],
      [3, '<legacy>', null, base.now],
    ]);
    expect([runner.contactedAt, runner.creationState]).toEqual([base.now, 'finished']);
  });

  it('forgets one manager, and the heartbeat with the last', async () => {
    const gitlab = await given();
    const body = { token: auth, system_id: 's_one' };
    await ask(gitlab, 'POST /runners/verify', body);
    expect(await ask(gitlab, 'DELETE /runners/managers', body)).toEqual(said(204, null));
    const { managers, contactedAt } = gitlab.state.runners[0]!;
    expect({ managers, contactedAt }).toEqual({ managers: [], contactedAt: null });
    expect((await ask(gitlab, 'POST /runners/verify', body)).status).toBe(200);
  });

  it('takes the token of a DELETE from the query and a form too', async () => {
    const gitlab = await given();
    expect((await send(gitlab, `DELETE /runners?token=${auth}`)).status).toBe(204);
    const form = { body: new URLSearchParams({ token: 'glrt-paused' }) };
    expect((await send(gitlab, 'DELETE /runners', form)).status).toBe(204);
    expect(gitlab.state.runners.map((each) => each.id)).toEqual([8, 9, 10]);
  });

  it('stops the old token at once, and a deleted one', async () => {
    const gitlab = await given({ tokenLifetime: 3600 });
    const fresh = 'glrt-t3_made0000000000000001';
    expect(await ask(gitlab, 'POST /runners/reset_authentication_token', { token: auth })).toEqual(
      said(201, { token: fresh, token_expires_at: '2026-11-23T17:00:00.000Z' }),
    );
    const verify = (token: string) => ask(gitlab, 'POST /runners/verify', { token });
    expect(await verify(auth)).toEqual(message(403, '403 Forbidden'));
    expect((await verify(fresh)).status).toBe(200);
    await ask(gitlab, 'DELETE /runners', { token: fresh });
    expect(await verify(fresh)).toEqual(message(403, '403 Forbidden'));
  });

  it.each<[string, GitlabSetup, string, Said]>([
    ['15.8 answers bare 200', { version: '15.8.0' }, 'POST /runners/verify', said(200, '200')],
    ['15.8 has no managers', { version: '15.8.0' }, 'DELETE /runners/managers', error(404, '404 Not Found')],
    [
      '18.0 refuses orphans',
      { version: '18.0.0', ...orphan() },
      'POST /runners/verify',
      message(403, '403 Forbidden - Runner is orphaned'),
    ],
    [
      '19.4 takes orphans',
      orphan(),
      'POST /runners/verify',
      said(200, { id: 7, token: auth, token_expires_at: null }),
    ],
    [
      'deadline',
      orphan('2026-11-01T00:00:00.000Z'),
      'POST /runners/reset_authentication_token',
      error(422, 'Token rotation deadline has passed'),
    ],
  ])('%s', async (_, setup, what, answer) => {
    expect(await ask(await given(setup), what, { token: auth })).toEqual(answer);
  });

  it('keeps what changed since', async () => {
    const gitlab = await given();
    const options = (since: string) => ({ headers: { 'If-Unmodified-Since': since } });
    const old = await send(gitlab, `DELETE /runners?token=${auth}`, options('Fri, 01 Jan 2010 00:00:00 GMT'));
    expect(said(old.status, old.body)).toEqual(message(412, '412 Precondition Failed'));
    const now = await send(gitlab, `DELETE /runners?token=${auth}`, options('Mon, 23 Nov 2026 16:00:00 GMT'));
    expect(now.status).toBe(204);
  });
});

describe('creating a runner with an access token', () => {
  const project = { runner_type: 'project_type', project_id: 87 };
  const bad = (words: string) => message(400, `400 Bad request - ${words}`);
  const unable = message(403, '403 Forbidden - Insufficient permissions');
  it.each<[string, Json, Said]>([
    ['no type', {}, error(400, 'runner_type is missing')],
    ['bad type', { runner_type: 'shared' }, error(400, 'runner_type does not have a valid value')],
    ['no group', { runner_type: 'group_type' }, error(400, 'group_id is missing')],
    ['no project', { runner_type: 'project_type' }, error(400, 'project_id is missing')],
    ['group as path', { runner_type: 'group_type', group_id: 'acme' }, error(400, 'group_id is invalid')],
    ['unknown group', { runner_type: 'group_type', group_id: 999 }, bad('Missing/invalid group')],
    ['unknown project', { ...project, project_id: 999 }, bad('Missing/invalid project')],
    ['the other id', { ...project, group_id: 42 }, message(500, '500 Internal Server Error')],
    ['not admin', { runner_type: 'instance_type' }, unable],
    ['not owner', { runner_type: 'group_type', group_id: 50 }, unable],
    ['not maintainer', { ...project, project_id: 90 }, unable],
    [
      'untagged refused without tags',
      { ...project, run_untagged: false },
      bad('Tags list can not be empty when runner is not allowed to pick untagged jobs'),
    ],
    ['599 s', { ...project, maximum_timeout: 599 }, bad('Maximum timeout needs to be at least 10 minutes')],
    [
      '51 tags',
      { ...project, tag_list: many(51) },
      bad('Tags list Too many tags specified. Please limit the number of tags to 50'),
    ],
    [
      'long description',
      { ...project, description: 'x'.repeat(1025) },
      bad('Description is too long (maximum is 1024 characters)'),
    ],
    [
      'two',
      { ...project, run_untagged: false, maximum_timeout: 1 },
      bad(
        'Tags list can not be empty when runner is not allowed to pick untagged jobs and Maximum timeout needs to be at least 10 minutes',
      ),
    ],
  ])('refuses: %s', async (_, body, refusal) => {
    const gitlab = await given();
    expect(await ask(gitlab, 'POST /user/runners', body, pat.create)).toEqual(refusal);
    expect(gitlab.state.runners.length).toBe(5);
  });

  it.each<[string, Json, string]>([
    ['instance', { runner_type: 'instance_type' }, 'glrt-t1_'],
    ['group', { runner_type: 'group_type', group_id: 42, tag_list: ['docker', 'linux'] }, 'glrt-t2_'],
    ['project', { ...project, project_id: '87', tag_list: 'docker,linux', run_untagged: false }, 'glrt-t3_'],
  ])('makes one: %s', async (type, body, prefix) => {
    const gitlab = await given({ legacy: false });
    expect(await ask(gitlab, 'POST /user/runners', body, pat.admin)).toEqual(
      said(201, { id: 100, token: `${prefix}made0000000000000001`, token_expires_at: null }),
    );
    expect(gitlab.state.runners.at(-1)).toMatchObject({ type, creationState: 'started', registered: false });
  });

  it('knows the instance prefix, older versions and registrars', async () => {
    const prefixed = await ask(
      await given({ tokenPrefix: 'acme' }),
      'POST /user/runners',
      project,
      pat.create,
    );
    expect(prefixed).toEqual(
      said(201, { id: 100, token: 'acme-glrt-t3_made0000000000000001', token_expires_at: null }),
    );
    const old = await given({ version: '16.5.0' });
    expect(await ask(old, 'POST /user/runners', { ...project, project_id: 9 }, pat.create)).toEqual(
      bad('Missing/invalid scope'),
    );
    const older = await given({ version: '15.1.0' });
    expect(await ask(older, 'POST /user/runners', project, pat.create)).toEqual(error(404, '404 Not Found'));
    const strict = await given({ registrars: ['group'] });
    expect(await ask(strict, 'POST /user/runners', project, pat.create)).toEqual(unable);
  });
});

describe('access tokens', () => {
  const expired = {
    error: 'invalid_token',
    error_description: 'Token is expired. You can either do re-authorization or token refresh.',
  };
  const revoked = {
    error: 'invalid_token',
    error_description: 'Token was revoked. You have to re-authorize from the user.',
  };
  it.each<[string, string, string | undefined, Said]>([
    ['none', 'POST /user/runners', undefined, message(401, '401 Unauthorized')],
    ['unknown', 'POST /user/runners', 'glpat-wrong', message(401, '401 Unauthorized')],
    ['a runner token', 'POST /user/runners', auth, message(401, '401 Unauthorized')],
    ['expired', 'GET /runners/7', 'glpat-expired', said(401, expired)],
    ['revoked', 'GET /runners/7', 'glpat-revoked', said(401, revoked)],
    [
      'blocked',
      'GET /runners/7',
      'glpat-blocked',
      message(403, '403 Forbidden - Your account has been blocked.'),
    ],
    ['scope before parameters', 'POST /user/runners', pat.read, tooSmall('create_runner api read_api')],
    ['create_runner on a runner', 'GET /runners/7', pat.create, tooSmall('manage_runner api read_api')],
    ['read_api on PUT', 'PUT /runners/7', pat.read, tooSmall('manage_runner api read_api')],
    ['manage_runner on the list', 'GET /runners', pat.manage, tooSmall('manage_runner api read_api')],
    ['manage_runner on all', 'GET /runners/all', pat.manage, tooSmall('manage_runner api read_api')],
    ['create_runner on version', 'GET /version', pat.create, tooSmall('read_user ai_features api read_api')],
    ['create_runner on a project', 'GET /projects/87', pat.create, tooSmall('api read_api')],
    ['manage_runner on variables', 'GET /projects/87/variables', pat.manage, tooSmall('api read_api')],
    ['no token on version', 'GET /version', undefined, message(401, '401 Unauthorized')],
    ['verify read as a runner id', 'GET /runners/verify', undefined, message(401, '401 Unauthorized')],
  ])('refuses: %s', async (_, what, token, refusal) => {
    expect(await ask(await given(), what, undefined, token)).toEqual(refusal);
  });

  it.each<[string, string, RequestInit]>([
    ['bearer', '/runners/7', { headers: { Authorization: `Bearer ${pat.api}` } }],
    ['query', `/runners/7?private_token=${pat.api}`, {}],
    ['header', '/runners/7', { headers: { 'private-token': pat.api } }],
  ])('takes it as %s', async (_, path, options) => {
    expect((await send(await given(), `GET ${path}`, options)).status).toBe(200);
  });

  it('wants admin_mode where the instance does', async () => {
    const gitlab = await given({ adminMode: true });
    const refused = await ask(gitlab, 'POST /user/runners', { runner_type: 'instance_type' }, pat.admin);
    expect(refused).toEqual(message(403, '403 Forbidden - Insufficient permissions'));
  });
});

describe('looking after runners', () => {
  const item = {
    id: 7,
    description: 'build-1',
    ip_address: null,
    active: true,
    paused: false,
    is_shared: false,
    runner_type: 'project_type',
    name: null,
    online: true,
    created_at: base.now,
    status: 'online',
    job_execution_status: 'idle',
  };
  const details = {
    ...item,
    tag_list: ['docker', 'linux'],
    run_untagged: true,
    locked: false,
    maximum_timeout: null,
    access_level: 'not_protected',
    version: null,
    revision: null,
    platform: null,
    architecture: null,
    contacted_at: '2026-11-23T15:00:00.000Z',
    maintenance_note: null,
    groups: [],
  };
  const projects = [
    {
      id: 87,
      description: null,
      name: 'app',
      name_with_namespace: 'Acme / app',
      path: 'app',
      path_with_namespace: 'acme/app',
      created_at: '2026-01-01T00:00:00.000Z',
    },
  ];
  const nothing =
    'description, active, paused, tag_list, run_untagged, locked, access_level, maximum_timeout, maintenance_note are missing, at least one parameter must be provided';
  const denied = message(403, '403 Forbidden - No access granted');
  const missing = message(404, '404 Runner Not Found');

  it.each<[string, Json | undefined, string, Said]>([
    ['GET /runners/7', undefined, pat.manage, said(200, { ...details, projects })],
    ['GET /runners/7?include_projects=false', undefined, pat.read, said(200, details)],
    ['GET /runners/abc', undefined, pat.api, error(400, 'id is invalid')],
    ['GET /runners/999', undefined, pat.api, missing],
    ['GET /runners/7', undefined, pat.stranger, denied],
    ['GET /runners/7/managers', undefined, pat.api, said(200, [])],
    ['GET /runners/7/managers', undefined, pat.stranger, denied],
    ['PUT /runners/7', { description: 'new' }, pat.manage, said(200, { ...details, description: 'new' })],
    ['PUT /runners/7', { tag_list: '' }, pat.api, said(200, { ...details, tag_list: [] })],
    ['PUT /runners/7', { maximum_timeout: 600 }, pat.api, said(200, { ...details, maximum_timeout: 600 })],
    [
      'PUT /runners/7',
      { maximum_timeout: 599 },
      pat.api,
      message(400, { maximum_timeout: ['needs to be at least 10 minutes'] }),
    ],
    ['PUT /runners/7', {}, pat.api, error(400, nothing)],
    [
      'PUT /runners/7',
      { active: true, paused: true },
      pat.api,
      error(400, 'active, paused are mutually exclusive'),
    ],
    ['PUT /runners/999', { paused: true }, pat.api, missing],
    ['PUT /runners/8', { paused: true }, pat.api, denied],
    ['DELETE /runners/7', undefined, pat.manage, said(204, null)],
    ['DELETE /runners/8', undefined, pat.api, denied],
    ['DELETE /runners/8', undefined, pat.admin, said(204, null)],
    [
      'DELETE /runners/10',
      undefined,
      pat.api,
      message(403, '403 Forbidden - Runner associated with more than one project'),
    ],
    ['DELETE /runners/999', undefined, pat.api, missing],
    [
      'POST /runners/7/reset_authentication_token',
      undefined,
      pat.manage,
      said(201, { token: 'glrt-t3_made0000000000000001', token_expires_at: null }),
    ],
    ['POST /runners/8/reset_authentication_token', undefined, pat.api, denied],
    ['GET /runners/all', undefined, pat.api, message(403, '403 Forbidden')],
    ['GET /runners?type=bogus', undefined, pat.api, error(400, 'type does not have a valid value')],
    ['GET /runners?scope=bogus', undefined, pat.api, message(400, 'Scope contains invalid value')],
    ['GET /runners?status=online', undefined, pat.api, said(200, [item])],
    ['GET /runners?tag_list=docker,linux', undefined, pat.api, said(200, [item])],
  ])('%s %j', async (what, body, token, answer) => {
    expect(await ask(await given(), what, body, token)).toEqual(answer);
  });

  it('shows the latest manager', async () => {
    const gitlab = await given();
    const info = { version: '19.4.0', revision: 'd79f3e7b', platform: 'linux', architecture: 'amd64' };
    await ask(gitlab, 'POST /runners/verify', { token: auth, system_id: 's_c2d22f638c25', info });
    expect(await ask(gitlab, 'GET /runners/7/managers', undefined, pat.api)).toEqual(
      said(200, [
        {
          id: 1,
          system_id: 's_c2d22f638c25',
          ...info,
          created_at: base.now,
          contacted_at: base.now,
          ip_address: '127.0.0.1',
          status: 'online',
          job_execution_status: 'idle',
        },
      ]),
    );
    const shown = await ask(gitlab, 'GET /runners/7', undefined, pat.api);
    expect(shown).toEqual(said(200, { ...details, ...info, contacted_at: base.now, projects }));
  });

  it('lists in pages what the caller manages', async () => {
    const gitlab = await given();
    const { headers, body } = await send(gitlab, 'GET /runners?per_page=2&page=2', {
      headers: { 'PRIVATE-TOKEN': pat.api },
    });
    expect((body as { id: number }[]).map((each) => each.id)).toEqual([11]);
    const names = ['X-Total', 'X-Total-Pages', 'X-Page', 'X-Per-Page', 'X-Next-Page', 'X-Prev-Page'];
    expect(names.map((name) => headers.get(name))).toEqual(['3', '2', '2', '2', '', '1']);
  });

  it('says so differently before 19', async () => {
    const gitlab = await given({ version: '17.8.0' });
    expect(await ask(gitlab, 'GET /runners/999', undefined, pat.api)).toEqual(message(404, '404 Not found'));
  });
});

describe('lists of runners', () => {
  const many: GitlabSetup = {
    groups: [...base.groups!, { id: 43, path: 'acme/tools' }],
    projects: [...base.projects!, { id: 89, path: 'acme/tools/lathe' }],
    runners: [
      {
        id: 1,
        token: 'glrt-shared',
        type: 'instance',
        description: 'shared',
        count: 3,
        contactedAt: base.now!,
        managers: [{ systemId: 's_1', version: '18.2.1', contactedAt: base.now! }],
      },
      { id: 11, token: 'glrt-a', type: 'group', of: [42], paused: true, contactedAt: base.now! },
      { id: 12, token: 'glrt-b', type: 'group', of: [43], createdAt: '2026-11-01T00:00:00.000Z' },
      { id: 21, token: 'glrt-c', type: 'project', of: [89], contactedAt: '2026-11-20T00:00:00.000Z' },
      {
        id: 22,
        token: 'glrt-d',
        type: 'project',
        of: [87],
        createdAt: '2026-01-01T00:00:00.000Z',
        contactedAt: '2026-11-01T00:00:00.000Z',
      },
    ],
  };
  const idsOf = ({ body }: Said) => (body as { id: number }[]).map(({ id }) => id);

  it.each<[string, string, number[]]>([
    ['GET /runners', pat.api, [11, 12, 21, 22]],
    ['GET /runners/all', pat.admin, [1, 2, 3, 11, 12, 21, 22]],
    ['GET /groups/42/runners', pat.api, [1, 2, 3, 11]],
    ['GET /groups/acme%2Ftools/runners', pat.read, [1, 2, 3, 11, 12]],
    ['GET /projects/89/runners', pat.api, [1, 2, 3, 11, 12, 21]],
    ['GET /projects/acme%2Fapp/runners?type=project_type', pat.api, [22]],
    ['GET /runners?paused=true', pat.api, [11]],
    ['GET /runners?status=never_contacted', pat.api, [12]],
    ['GET /runners?status=stale', pat.api, [12, 22]],
    ['GET /runners?status=offline', pat.api, [21, 22]],
    ['GET /runners/all?version_prefix=18.2.', pat.admin, [1, 2, 3]],
    ['GET /runners/all?version_prefix=19', pat.admin, []],
  ])('%s', async (what, token, ids) => {
    const answer = await ask(await given(many), what, undefined, token);
    expect(answer.status).toBe(200);
    expect(idsOf(answer)).toEqual(ids);
  });

  it.each<[string, string | undefined, Said]>([
    ['GET /groups/42/runners', undefined, message(401, '401 Unauthorized')],
    ['GET /groups/42/runners', pat.manage, tooSmall('manage_runner api read_api')],
    ['GET /groups/42/runners', pat.stranger, message(403, '403 Forbidden')],
    ['GET /groups/50/runners', pat.api, message(404, '404 Group Not Found')],
    ['GET /projects/87/runners', pat.manage, tooSmall('manage_runner api read_api')],
    ['GET /projects/87/runners', pat.stranger, message(403, '403 Forbidden')],
    ['GET /projects/90/runners', pat.api, message(404, '404 Project Not Found')],
    ['GET /projects/87/runners?status=old', pat.api, error(400, 'status does not have a valid value')],
    ['GET /runners?version_prefix=v18', pat.api, error(400, 'version_prefix is invalid')],
  ])('%s is refused: %s', async (what, token, answer) => {
    expect(await ask(await given(many), what, undefined, token)).toEqual(answer);
  });

  it('says paused instead of online, but not instead of stale', async () => {
    const { body } = await ask(await given(many), 'GET /runners', undefined, pat.api);
    expect((body as Json[]).map(({ status }) => status)).toEqual(['paused', 'stale', 'offline', 'stale']);
  });

  it('counts on from the first of many', async () => {
    const gitlab = await given(many);
    expect(
      gitlab.state.runners.slice(0, 3).map(({ id, token, description }) => [id, token, description]),
    ).toEqual([
      [1, 'glrt-shared', 'shared'],
      [2, 'glrt-shared2', 'shared-2'],
      [3, 'glrt-shared3', 'shared-3'],
    ]);
  });

  it('links the pages, and counts none of more than 10,000', async () => {
    const gitlab = await given({ runners: [{ id: 1, token: 'glrt-m', type: 'instance', count: 10_001 }] });
    const { headers } = await send(gitlab, 'GET /runners/all?paused=false&per_page=100&page=2', {
      headers: { 'PRIVATE-TOKEN': pat.admin },
    });
    const at = (page: number) => `<${gitlab.url}/api/v4/runners/all?paused=false&per_page=100&page=${page}>`;
    expect(headers.get('link')).toBe(`${at(1)}; rel="prev", ${at(3)}; rel="next", ${at(1)}; rel="first"`);
    expect([headers.get('x-next-page'), headers.get('x-total')]).toEqual(['3', null]);
  });
});

describe('the jobs of a runner', () => {
  const busy: GitlabSetup = {
    runners: [
      {
        id: 7,
        token: auth,
        type: 'project',
        of: [87],
        managers: [{ systemId: 's_1' }, { systemId: 's_2' }],
        jobs: [
          { id: 1, project: 87, status: 'success', systemId: 's_1' },
          { id: 2, project: 87, status: 'running', systemId: 's_2', name: 'build' },
        ],
      },
      { id: 8, token: 'glrt-other', type: 'instance' },
    ],
  };

  it.each<[string, number[]]>([
    ['GET /runners/7/jobs', [2, 1]],
    ['GET /runners/7/jobs?order_by=id&sort=asc', [1, 2]],
    ['GET /runners/7/jobs?status=running', [2]],
    ['GET /runners/7/jobs?system_id=s_1', [1]],
  ])('%s', async (what, ids) => {
    const { body } = await ask(await given(busy), what, undefined, pat.manage);
    expect((body as Json[]).map(({ id }) => id)).toEqual(ids);
  });

  it.each<[string, string, Said]>([
    ['GET /runners/8/jobs', pat.api, message(403, '403 Forbidden - No access granted')],
    ['GET /runners/7/jobs?status=old', pat.api, error(400, 'status does not have a valid value')],
    ['GET /runners/9/jobs', pat.api, message(404, '404 Runner Not Found')],
  ])('%s is refused', async (what, token, answer) => {
    expect(await ask(await given(busy), what, undefined, token)).toEqual(answer);
  });

  it('make a runner and its manager active', async () => {
    const gitlab = await given(busy);
    const { body: runner } = await ask(gitlab, 'GET /runners/7', undefined, pat.api);
    const { body: managers } = await ask(gitlab, 'GET /runners/7/managers', undefined, pat.api);
    const states = [runner as Json, ...(managers as Json[])].map((each) => each.job_execution_status);
    expect(states).toEqual(['active', 'idle', 'active']);
  });
});

describe('assigning runners to projects', () => {
  const two: GitlabSetup = {
    projects: [...base.projects!, { id: 91, path: 'other/app', owners: ['stranger'] }],
    runners: [
      ...base.runners!,
      { id: 12, token: 'glrt-locked', type: 'project', of: [87, 88], locked: true },
      { id: 13, token: 'glrt-theirs', type: 'project', of: [91] },
    ],
  };
  const refused = (why: string) => message(403, `403 Forbidden - ${why}`);
  const owner = 'You cannot unassign a runner from the owner project. Delete the runner instead';
  const again = 'Assign to Validation failed: Runner projects is invalid - runner_error';

  it.each<[string, Json | undefined, string, number | Said]>([
    ['POST /projects/88/runners', { runner_id: 7 }, pat.api, 201],
    ['POST /projects/acme%2Fother/runners', { runner_id: 7 }, pat.api, 201],
    ['POST /projects/88/runners', { runner_id: 12 }, pat.admin, message(400, again)],
    ['POST /projects/88/runners', {}, pat.api, error(400, 'runner_id is missing')],
    ['POST /projects/88/runners', { runner_id: 7 }, pat.manage, tooSmall('manage_runner api read_api')],
    ['POST /projects/88/runners', { runner_id: 7 }, pat.read, tooSmall('manage_runner api read_api')],
    ['POST /projects/88/runners', { runner_id: 999 }, pat.api, message(404, '404 Runner Not Found')],
    ['POST /projects/90/runners', { runner_id: 7 }, pat.api, message(404, '404 Project Not Found')],
    ['POST /projects/91/runners', { runner_id: 7 }, pat.api, message(403, '403 Forbidden')],
    ['POST /projects/88/runners', { runner_id: 11 }, pat.admin, refused('Runner is a group runner')],
    ['POST /projects/88/runners', { runner_id: 12 }, pat.api, refused('Runner is locked')],
    ['POST /projects/88/runners', { runner_id: 13 }, pat.api, refused('No access granted')],
    ['POST /projects/88/runners', { runner_id: 8 }, pat.api, refused('No access granted')],
    ['POST /projects/88/runners', { runner_id: 8 }, pat.admin, message(500, '500 Internal Server Error')],
    ['DELETE /projects/88/runners/10', undefined, pat.api, said(204, null)],
    ['DELETE /projects/87/runners/10', undefined, pat.api, refused(owner)],
    ['DELETE /projects/88/runners/7', undefined, pat.api, message(404, '404 Runner Not Found')],
    ['DELETE /projects/88/runners/12', undefined, pat.api, refused('Runner is locked')],
    ['DELETE /projects/88/runners/12', undefined, pat.admin, said(204, null)],
    ['DELETE /projects/88/runners/x', undefined, pat.api, error(400, 'runner_id is invalid')],
  ])('%s %j', async (what, body, token, answer) => {
    const gitlab = await given(two);
    const got = await ask(gitlab, what, body, token);
    if (typeof answer === 'number') expect(got).toMatchObject({ status: answer, body: { id: 7 } });
    else expect(got).toEqual(answer);
    if (answer === 201) expect(gitlab.state.runners[0]?.of).toEqual([87, 88]);
  });
});

describe('CI/CD variables', () => {
  const key = 'DOCKER_AUTH_CONFIG';
  const value = '{"auths":{"registry.example.com:5000":{"auth":"dXNlcjpwYXNz"}}}';
  const shown = {
    variable_type: 'env_var',
    key,
    value,
    hidden: false,
    protected: false,
    masked: true,
    raw: true,
    environment_scope: '*',
    description: null,
  };
  const { hidden: _, environment_scope: __, ...instanceShown } = shown;
  const homes: [string, string, string, Json][] = [
    ['/projects/87/variables', 'Variable', pat.api, shown],
    ['/projects/acme%2Fapp/variables', 'Variable', pat.api, shown],
    ['/groups/42/variables', 'GroupVariable', pat.api, shown],
    ['/admin/ci/variables', 'InstanceVariable', pat.admin, instanceShown],
  ];

  it.each(homes)('lives at %s', async (path, noun, token, entity) => {
    const gitlab = await given();
    const body = { key, value, masked: true, raw: true };
    const one = `${path}/${key}`;
    expect(await ask(gitlab, `GET ${one}`, undefined, token)).toEqual(message(404, `404 ${noun} Not Found`));
    expect(await ask(gitlab, `POST ${path}`, body, token)).toEqual(said(201, entity));
    expect(await ask(gitlab, `POST ${path}`, body, token)).toEqual(
      message(400, { key: [`(${key}) has already been taken`] }),
    );
    expect(await ask(gitlab, `GET ${path}`, undefined, token)).toEqual(said(200, [entity]));
    expect(await ask(gitlab, `PUT ${one}`, { value: 'otherwise' }, token)).toEqual(
      said(200, { ...entity, value: 'otherwise' }),
    );
    expect(await ask(gitlab, `DELETE ${one}`, undefined, token)).toEqual(said(204, null));
    expect(await ask(gitlab, `DELETE ${one}`, undefined, token)).toEqual(
      message(404, `404 ${noun} Not Found`),
    );
  });

  const unmaskable = message(400, { value: ['is invalid'] });
  it.each<[string, string, Json, Said]>([
    ['no value', '/projects/87', { key }, error(400, 'value is missing')],
    ['no key', '/projects/87', { value }, error(400, 'key is missing')],
    [
      'bad key',
      '/projects/87',
      { key: 'a-b', value },
      message(400, { key: ["can contain only letters, digits and '_'."] }),
    ],
    [
      'long key',
      '/projects/87',
      { key: 'A'.repeat(256), value },
      message(400, { key: ['is too long (maximum is 255 characters)'] }),
    ],
    ['JSON masked, expanded', '/projects/87', { key, value, masked: true }, unmaskable],
    [
      'JSON with spaces masked',
      '/projects/87',
      { key, value: '{"auths": {}}', masked: true, raw: true },
      unmaskable,
    ],
    ['too short to mask', '/projects/87', { key, value: 'short', masked: true, raw: true }, unmaskable],
    [
      'two lines masked',
      '/projects/87',
      { key, value: 'long enough\n', masked: true, raw: true },
      unmaskable,
    ],
    [
      'wrong kind',
      '/groups/42',
      { key, value, variable_type: 'x' },
      error(400, 'variable_type does not have a valid value'),
    ],
    ['unknown project', '/projects/999', { key, value }, message(404, '404 Project Not Found')],
    ['unknown group', '/groups/999', { key, value }, message(404, '404 Group Not Found')],
    ['project of others', '/projects/90', { key, value }, message(404, '404 Project Not Found')],
    ['instance', '/admin/ci', { key, value }, message(403, '403 Forbidden')],
  ])('refuses: %s', async (_, home, body, refusal) => {
    expect(await ask(await given(), `POST ${home}/variables`, body, pat.api)).toEqual(refusal);
  });

  it('refuses who may not', async () => {
    const refused = await ask(await given(), 'POST /groups/42/variables', { key, value }, pat.stranger);
    expect(refused).toEqual(message(403, '403 Forbidden'));
  });

  it('limits what the instance takes', async () => {
    const body = { key, value: 'x'.repeat(10_001) };
    expect(await ask(await given(), 'POST /admin/ci/variables', body, pat.admin)).toEqual(
      message(400, { value: ['The value of the provided variable exceeds the 10000 character limit'] }),
    );
  });

  it('hides for good', async () => {
    const gitlab = await given();
    const body = { key, value: 'hidden-value', masked_and_hidden: true };
    const hidden = { ...shown, value: null, hidden: true, raw: false };
    expect(await ask(gitlab, 'POST /projects/87/variables', body, pat.api)).toEqual(said(201, hidden));
    expect(await ask(gitlab, `PUT /projects/87/variables/${key}`, { masked: false }, pat.api)).toEqual(
      message(400, { masked: ['should be true when variable is hidden'] }),
    );
  });

  it('asks which of several is meant', async () => {
    const of = { project: 87 };
    const variables = [
      { of, key, value: 'one' },
      { of, key, value: 'two', environmentScope: 'production' },
    ];
    const gitlab = await given({ variables });
    const one = `/projects/87/variables/${key}`;
    expect(await ask(gitlab, `PUT ${one}`, { value: 'x' }, pat.api)).toEqual(
      message(
        409,
        "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
      ),
    );
    const found = await ask(gitlab, `GET ${one}?filter[environment_scope]=production`, undefined, pat.api);
    expect(found.body).toEqual({
      ...shown,
      value: 'two',
      masked: false,
      raw: false,
      environment_scope: 'production',
    });
  });
});

describe('versions, projects and groups', () => {
  it('tells its version', async () => {
    const kas = {
      enabled: true,
      externalUrl: 'grpc://gitlab.example.com:8150',
      externalK8sProxyUrl: 'https://gitlab.example.com:8150/k8s-proxy',
      version: '19.4.0',
    };
    const answer = said(200, { version: '19.4.0-ee', revision: 'ceb07b24cb0', kas, enterprise: true });
    const gitlab = await given();
    expect(await ask(gitlab, 'GET /version', undefined, pat.read)).toEqual(answer);
    expect(await ask(gitlab, 'GET /metadata', undefined, pat.api)).toEqual(answer);
    const old = await given({ version: '14.10.5' });
    expect(await ask(old, 'GET /version', undefined, pat.api)).toEqual(
      said(200, { version: '14.10.5', revision: 'ceb07b24cb0' }),
    );
    expect(await ask(old, 'GET /metadata', undefined, pat.api)).toEqual(error(404, '404 Not Found'));
  });

  it('finds a project by id and by path', async () => {
    const gitlab = await given();
    const project = said(200, {
      id: 87,
      description: null,
      name: 'app',
      name_with_namespace: 'Acme / app',
      path: 'app',
      path_with_namespace: 'acme/app',
      created_at: '2026-01-01T00:00:00.000Z',
      web_url: `${gitlab.url}/acme/app`,
      visibility: 'internal',
      namespace: { id: 42, name: 'Acme', path: 'acme', kind: 'group', full_path: 'acme' },
    });
    expect(await ask(gitlab, 'GET /projects/87', undefined, pat.read)).toEqual(project);
    expect(await ask(gitlab, 'GET /projects/acme%2Fapp', undefined, pat.api)).toEqual(project);
    const hidden = message(404, '404 Project Not Found');
    expect(await ask(gitlab, 'GET /projects/secret%2Fapp', undefined, pat.api)).toEqual(hidden);
    expect(await ask(gitlab, 'GET /projects/acme/app', undefined, pat.api)).toEqual(
      error(404, '404 Not Found'),
    );
  });

  it('finds a group by id and by path', async () => {
    const gitlab = await given();
    const group = said(200, {
      id: 42,
      web_url: `${gitlab.url}/groups/acme`,
      name: 'Acme',
      path: 'acme',
      description: '',
      visibility: 'internal',
      full_name: 'Acme',
      full_path: 'acme',
      parent_id: null,
    });
    expect(await ask(gitlab, 'GET /groups/42', undefined, pat.read)).toEqual(group);
    expect(await ask(gitlab, 'GET /groups/acme', undefined, pat.api)).toEqual(group);
    const hidden = message(404, '404 Group Not Found');
    expect(await ask(gitlab, 'GET /groups/50', undefined, pat.api)).toEqual(hidden);
  });
});

describe('the one job', () => {
  const job = { script: ['echo hi'], project: 87 };
  const token = 'glcbt-madeJobToken00000001';
  const queue = (status: string) => createHash('md5').update(`queue ${status}`).digest('hex');
  const trace = (gitlab: StandIn, range: string | undefined, words: string, jobToken = token) =>
    send(gitlab, 'PATCH /jobs/1001/trace', {
      headers: {
        'JOB-TOKEN': jobToken,
        ...(range && { 'Content-Range': range }),
        'Content-Type': 'text/plain',
      },
      body: words,
    });
  const put = (gitlab: StandIn, body: Json) =>
    send(gitlab, 'PUT /jobs/1001', { body: JSON.stringify(body), headers: jsonType });

  it('goes from the queue to its end', async () => {
    const gitlab = await given({ job: { ...job, pollsBeforeDone: 1 } });
    const handed = await ask(gitlab, 'POST /jobs/request', { token: auth, system_id: 's_one' });
    expect(handed.status).toBe(201);
    expect(handed.body).toMatchObject({
      id: 1001,
      token,
      git_info: { repo_url: `http://gitlab-ci-token:${token}@${gitlab.url.slice(7)}/acme/app.git` },
      runner_info: { timeout: 3600 },
      steps: [
        { name: 'script', script: ['echo hi'], timeout: 3600, when: 'on_success', allow_failure: false },
      ],
    });
    const early = await trace(gitlab, '0-1', 'hi');
    expect([early.status, early.body, early.headers.get('Job-Status')]).toEqual([
      403,
      { message: '403 Forbidden - Job is not processing on runner' },
      'pending',
    ]);
    const running = await put(gitlab, { token, state: 'running', output: {} });
    expect([running.status, running.body, running.headers.get('Job-Status')]).toEqual([
      200,
      '200',
      'running',
    ]);
    const first = await trace(gitlab, '0-1', 'hi');
    const names = ['Job-Status', 'Range', 'X-GitLab-Trace-Update-Interval'];
    expect([first.status, first.body, ...names.map((name) => first.headers.get(name))]).toEqual([
      202,
      null,
      'running',
      '0-2',
      '3',
    ]);
    const gap = await trace(gitlab, '5-6', 'xx');
    expect([gap.status, gap.body, gap.headers.get('Range')]).toEqual([
      416,
      { error: '416 Range Not Satisfiable' },
      '0-2',
    ]);
    const done = { token, state: 'success' };
    expect([(await put(gitlab, done)).status, (await put(gitlab, done)).status]).toEqual([202, 200]);
    const again = await put(gitlab, done);
    expect([again.status, again.body, again.headers.get('Job-Status')]).toEqual([
      403,
      { message: '403 Forbidden - Job is not processing on runner' },
      'success',
    ]);
    expect([gitlab.state.job!.status, gitlab.state.job!.trace.toString()]).toEqual(['success', 'hi']);
  });

  it.each<[string, GitlabSetup, Json, string]>([
    ['no job', {}, { token: auth }, 'empty'],
    ['paused', { job }, { token: 'glrt-paused' }, 'queued'],
    ['nothing new', { job }, { token: auth, last_update: queue('queued') }, 'queued'],
    ['other tags', { job: { ...job, tags: ['windows'] } }, { token: auth }, 'queued'],
  ])('answers 204: %s', async (_, setup, body, status) => {
    const gitlab = await given(setup);
    const answer = await send(gitlab, 'POST /jobs/request', {
      body: JSON.stringify(body),
      headers: jsonType,
    });
    expect([answer.status, answer.body, answer.headers.get('X-GitLab-Last-Update')]).toEqual([
      204,
      null,
      queue(status),
    ]);
  });

  it('marks a created runner as finished', async () => {
    const gitlab = await given();
    await ask(gitlab, 'POST /jobs/request', { token: 'glrt-t1_given00000000000008', system_id: 's_one' });
    const { creationState, contactedAt, managers } = gitlab.state.runners[1]!;
    expect([creationState, contactedAt, managers.length]).toEqual(['finished', base.now, 1]);
  });

  it.each<[string, string, Json, Said]>([
    ['no token', 'POST /jobs/request', {}, error(400, 'token is missing')],
    ['wrong token', 'POST /jobs/request', { token: 'x' }, message(403, '403 Forbidden')],
    ['no job token', 'PUT /jobs/1001', { state: 'running' }, error(400, 'token is missing')],
    ['wrong job token', 'PUT /jobs/1001', { token: 'x' }, message(403, '403 Forbidden')],
    ['no such job', 'PUT /jobs/1', { token }, message(403, '403 Forbidden')],
    ['unknown state', 'PUT /jobs/1001', { token, state: 'x' }, said(400, '400')],
  ])('refuses: %s', async (_, what, body, refusal) => {
    expect(await ask(await given({ job }), what, body)).toEqual(refusal);
  });

  it('refuses a wrong log', async () => {
    const gitlab = await given({ job: { ...job, traceLimit: 3, cancel: 'canceling' } });
    const running = await put(gitlab, { token, state: 'running' });
    expect(running.headers.get('Job-Status')).toBe('canceling');
    const answers = [
      await trace(gitlab, undefined, 'hi'),
      await trace(gitlab, '0-1', 'hi', 'x'),
      await trace(gitlab, '0-3', 'four'),
    ];
    expect(answers.map(({ status, body }) => said(status, body))).toEqual([
      error(400, '400 Missing header Content-Range'),
      message(403, '403 Forbidden'),
      error(403, '403 Forbidden'),
    ]);
  });
});

describe('addresses', () => {
  const get = async (gitlab: StandIn, path: string, method = 'GET') => {
    const answer = await fetch(new URL(path, gitlab.url), { method, redirect: 'manual' });
    await answer.text();
    const location = answer.headers.get('location');
    return [answer.status, answer.headers.get('content-type')!.split(';')[0], location];
  };
  const html = (status: number) => [status, 'text/html', null];

  it.each([
    ['/api/v3/version', 410, { error: 'API V3 is no longer supported. Use API V4 instead.' }],
    ['/api/v4/no/such', 404, { error: '404 Not Found' }],
    ['/api/v4/api/v4/version', 404, { error: '404 Not Found' }],
  ])('%s', async (path, status, body) => {
    const answer = await fetch((await given()).url + path);
    expect([answer.status, await answer.json()]).toEqual([status, body]);
  });

  it('shows pages outside the API', async () => {
    const gitlab = await given();
    const signIn = [302, 'text/html', `${gitlab.url}/users/sign_in`];
    expect(await get(gitlab, '/acme/app')).toEqual(html(200));
    expect(await get(gitlab, '/users/sign_in')).toEqual(html(200));
    expect(await get(gitlab, '/')).toEqual(signIn);
    expect(await get(gitlab, '/secret/app')).toEqual(signIn);
    expect(await get(gitlab, '/admin/runners')).toEqual(signIn);
    expect(await get(gitlab, '/acme/app/-/settings/ci_cd')).toEqual(signIn);
    expect(await get(gitlab, '/acme/app/api/v4/runners', 'POST')).toEqual(html(404));
    expect(await get(gitlab, '/acme/app', 'POST')).toEqual(html(422));
    expect(await get(gitlab, `/${'x'.repeat(8001)}`)).toEqual(html(414));
  });

  it('lives below a relative root', async () => {
    const gitlab = await given({ root: '/gitlab' });
    expect(gitlab.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/gitlab$/);
    expect((await ask(gitlab, 'POST /runners/verify', { token: auth })).status).toBe(200);
    expect(await get(gitlab, '/api/v4/version')).toEqual(html(404));
    expect(gitlab.requests.map((each) => each.path)).toEqual(['/api/v4/runners/verify', '/api/v4/version']);
  });

  it('remembers what was asked and names each request', async () => {
    const gitlab = await given();
    await ask(gitlab, 'POST /runners/verify?x=1', { token: 'x' });
    await send(gitlab, 'GET /version');
    expect(
      gitlab.requests.map(({ headers, ...rest }) => ({ ...rest, type: headers['content-type'] })),
    ).toEqual([
      {
        method: 'POST',
        path: '/api/v4/runners/verify?x=1',
        body: { token: 'x' },
        raw: '{"token":"x"}',
        status: 403,
        type: 'application/json',
      },
      { method: 'GET', path: '/api/v4/version', body: undefined, raw: '', status: 401, type: undefined },
    ]);
    const { headers } = await send(gitlab, 'GET /version');
    const names = ['X-Request-Id', 'X-Gitlab-Meta', 'X-Content-Type-Options', 'X-Frame-Options'];
    expect(names.map((name) => headers.get(name))).toEqual([
      '01STANDIN00000000000000003',
      '{"correlation_id":"01STANDIN00000000000000003","version":"1"}',
      'nosniff',
      'SAMEORIGIN',
    ]);
  });
});

describe('faults', () => {
  const verify = (gitlab: StandIn) =>
    ask(gitlab, 'POST /runners/verify', { token: auth, system_id: 's_one' });
  const fine = said(200, { id: 7, token: auth, token_expires_at: null });
  const struck = (gitlab: StandIn) => gitlab.state.runners[0]!.managers.length;

  it.each<[Fault, Said]>([
    [{ kind: 'status', status: 500 }, message(500, '500 Internal Server Error')],
    [{ kind: 'status', status: 503 }, message(503, '503 Service Unavailable')],
    [{ kind: 'status', status: 409 }, message(409, '409 Conflict: Resource lock')],
    [{ kind: 'status', status: 403, body: { message: 'own' } }, message(403, 'own')],
    [{ kind: 'rack-attack' }, said(429, 'Retry later\n')],
    [
      { kind: 'app-limit' },
      message(429, { error: 'This endpoint has been requested too many times. Try again later.' }),
    ],
    [{ kind: 'migrations' }, message(429, 'Executing database migrations. Please retry later.')],
  ])('%j, then all is well', async (fault, answer) => {
    const gitlab = await given({ faults: [{ ...fault, times: 2, on: 'POST /runners/verify' }] });
    expect((await ask(gitlab, 'GET /version')).status).toBe(401);
    expect([await verify(gitlab), await verify(gitlab)]).toEqual([answer, answer]);
    expect(struck(gitlab)).toBe(0);
    expect(await verify(gitlab)).toEqual(fine);
  });

  it('tells the time to wait in the wanted headers', async () => {
    const names = ['Retry-After', 'RateLimit-Reset', 'RateLimit-ResetTime'] as const;
    const gitlab = await given();
    for (const name of names) {
      gitlab.setFaults([{ kind: 'rack-attack', wait: 5, tell: [name] }]);
      const { headers } = await send(gitlab, 'GET /version');
      expect(names.filter((each) => headers.has(each))).toEqual([name]);
      expect(headers.get('RateLimit-Name')).toBe('throttle_unauthenticated_api');
    }
    gitlab.setFaults([{ kind: 'migrations' }]);
    expect((await send(gitlab, 'GET /version')).headers.get('Retry-After')).toBe('60');
  });

  it.each<[Fault, number, string]>([
    [{ kind: 'html' }, 200, 'text/html; charset=utf-8'],
    [{ kind: 'html', status: 502 }, 502, 'text/html; charset=utf-8'],
    [{ kind: 'status', status: 502 }, 502, 'text/html; charset=utf-8'],
    [{ kind: 'not-json' }, 200, 'application/json'],
  ])('%j', async (fault, status, type) => {
    const gitlab = await given({ faults: [fault] });
    const answer = await fetch(`${gitlab.url}/api/v4/runners/verify`, {
      method: 'POST',
      body: new URLSearchParams({ token: auth }),
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, type]);
    const words = await answer.text();
    expect(() => JSON.parse(words)).toThrow(SyntaxError);
  });

  it('redirects to https, or wherever it is told', async () => {
    const gitlab = await given({ faults: [{ kind: 'redirect', times: 1 }] });
    const first = await send(gitlab, 'POST /runners/verify');
    const { host } = new URL(gitlab.url);
    expect([first.status, first.headers.get('location')]).toEqual([
      301,
      `https://${host}/api/v4/runners/verify`,
    ]);
    gitlab.setFaults([{ kind: 'redirect', status: 302, location: 'http://other.example.com/users/sign_in' }]);
    const second = await send(gitlab, 'POST /runners/verify');
    expect([second.status, second.headers.get('location')]).toEqual([
      302,
      'http://other.example.com/users/sign_in',
    ]);
  });

  it.each<[Fault, number]>([
    [{ kind: 'drop-before' }, 0],
    [{ kind: 'drop-after' }, 1],
    [{ kind: 'truncate' }, 1],
  ])('%j breaks the connection', async (fault, acted) => {
    const gitlab = await given({ faults: [{ ...fault, times: 1 }] });
    await expect(verify(gitlab)).rejects.toThrow();
    expect(struck(gitlab)).toBe(acted);
    expect(gitlab.requests[0]!.status).toBe(fault.kind === 'truncate' ? 200 : null);
    expect(await verify(gitlab)).toEqual(fine);
  });

  it('answers too much, without an id, or what it is told', async () => {
    const gitlab = await given();
    gitlab.setFaults([{ kind: 'huge', size: 1_000_000 }]);
    expect(await verify(gitlab)).toEqual(
      said(200, { ...(fine.body as Json), padding: 'x'.repeat(1_000_000) }),
    );
    gitlab.setFaults([{ kind: 'no-id' }]);
    expect(await verify(gitlab)).toEqual(said(200, { token: auth, token_expires_at: null }));
    gitlab.setFaults([{ kind: 'answer', body: { id: 'seven' } }]);
    expect(await verify(gitlab)).toEqual(said(200, { id: 'seven' }));
  });

  it('keeps the client waiting', async () => {
    const gitlab = await given();
    const impatient = () => fetch(`${gitlab.url}/api/v4/version`, { signal: AbortSignal.timeout(50) });
    gitlab.setFaults([{ kind: 'slow', delay: 60_000 }]);
    await expect(impatient()).rejects.toThrow(/timeout/);
    gitlab.setFaults([{ kind: 'hang' }]);
    await expect(impatient()).rejects.toThrow(/timeout/);
    gitlab.setFaults([{ kind: 'slow-body', delay: 60_000 }]);
    const client = new AbortController();
    const late = await fetch(`${gitlab.url}/api/v4/version`, { signal: client.signal });
    expect(late.status).toBe(401);
    const reading = late.text();
    client.abort();
    await expect(reading).rejects.toThrow(/abort/);
    gitlab.setFaults([
      { kind: 'slow', delay: 1, times: 1 },
      { kind: 'status', status: 500, times: 1, after: 1 },
    ]);
    const statuses = [await verify(gitlab), await verify(gitlab), await verify(gitlab)].map(
      (each) => each.status,
    );
    expect(statuses).toEqual([200, 500, 200]);
  });
});

describe('https', () => {
  const handshake = (gitlab: StandIn, options: { ca?: string; host?: string; client?: boolean } = {}) =>
    new Promise<{ error?: string; chain: string[]; page?: string }>((resolve) => {
      const { port } = new URL(gitlab.url);
      const { certificate: cert, key } = gitlab.certificates!.client;
      const socket = connect({
        host: '127.0.0.1',
        port: Number(port),
        servername: options.host ?? 'localhost',
        rejectUnauthorized: false,
        ...(options.ca && { ca: options.ca }),
        ...(options.client && { cert, key }),
      });
      socket.once('secureConnect', () => {
        const chain: string[] = [];
        for (let each = socket.getPeerX509Certificate(); each; each = each.issuerCertificate) {
          chain.push(each.subject);
          if (each.subject === each.issuer) break;
        }
        const failed = socket.authorizationError as unknown as string | Error | undefined;
        const error = failed && (failed instanceof Error ? (failed as NodeJS.ErrnoException).code : failed);
        socket.once('data', (data) => {
          socket.destroy();
          resolve({ ...(error && { error }), chain, page: data.toString().split('\r\n')[0]! });
        });
        socket.write('GET /users/sign_in HTTP/1.1\r\nHost: localhost\r\n\r\n');
      });
    });
  const leaf = 'CN=Stand-in GitLab';
  const page = 'HTTP/1.1 200 OK';

  it('is trusted with its CA, and not without', async () => {
    const gitlab = await given({ https: { names: ['gitlab.example.com'] } });
    expect(gitlab.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const chain = [leaf, 'CN=Stand-in CA'];
    expect(await handshake(gitlab, { ca: gitlab.ca! })).toEqual({ chain, page });
    expect(await handshake(gitlab, { ca: gitlab.ca!, host: 'gitlab.example.com' })).toEqual({ chain, page });
    expect((await handshake(gitlab)).error).toBe('SELF_SIGNED_CERT_IN_CHAIN');
    const { certificates } = gitlab;
    expect(new X509Certificate(certificates!.leaf).fingerprint256).toBe(certificates!.fingerprint);
  });

  it.each<[string, GitlabSetup['https'], string]>([
    ['self-signed', { selfSigned: true }, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['leaf alone', { sendCa: false }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('is not trusted: %s', async (_, https, failure) => {
    const gitlab = await given({ https: https! });
    expect((await handshake(gitlab)).error).toBe(failure);
    expect((await handshake(gitlab, { ca: gitlab.ca! })).error).toBeUndefined();
  });

  it.each<[string, GitlabSetup['https'], string]>([
    ['expired', { expired: true }, 'CERT_HAS_EXPIRED'],
    ['wrong name', { wrongName: true }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('is refused even with its CA: %s', async (_, https, failure) => {
    const gitlab = await given({ https: https! });
    expect((await handshake(gitlab, { ca: gitlab.ca! })).error).toBe(failure);
  });

  it('wants a client certificate', async () => {
    const gitlab = await given({ https: { requireClientCertificate: true } });
    expect((await handshake(gitlab)).page).toBe('HTTP/1.1 400 Bad Request');
    expect((await handshake(gitlab, { client: true })).page).toBe(page);
  });
});

describe('the demo', () => {
  it('prints its address and every token', async () => {
    const words: string[] = [];
    const gitlab = await serve([], { write: (each: string) => words.push(each) });
    open.push(gitlab);
    const { registrationTokens, accessTokens, runners } = demoSetup;
    const tokens = [...registrationTokens!, ...accessTokens!, ...runners!].map((each) => each.token);
    const lines = words.join('').split('\n');
    expect(lines[0]).toBe(`Stand-in GitLab 19.4.0-ee at ${gitlab.url}`);
    expect(tokens.filter((token) => !lines.some((line) => line.includes(token)))).toEqual([]);
  });

  it('takes a token of each kind', async () => {
    const gitlab = await startGitlab(demoSetup);
    open.push(gitlab);
    const statuses = [
      await ask(gitlab, 'POST /runners/verify', { token: demoSetup.runners![0]!.token }),
      await ask(gitlab, 'POST /runners', { token: demoSetup.registrationTokens![0]!.token }),
      await ask(
        gitlab,
        'POST /user/runners',
        { runner_type: 'instance_type' },
        demoSetup.accessTokens![0]!.token,
      ),
    ].map((each) => each.status);
    expect(statuses).toEqual([200, 201, 201]);
  });
});
