import { expect, onTestFinished, test } from 'vitest';
import { atPrompt } from '../../../src/errors.ts';
import type { Gitlab } from '../../../src/gitlab/calls.ts';
import { refusalOf } from '../../../src/gitlab/refusals.ts';
import { startGitlab } from '../../gitlab/index.ts';
import type { GitlabSetup } from '../../gitlab/setup.ts';
import { gitlabAt, scripted, trouble } from './serve.ts';

const tokens = {
  runner: 'glrt-t1_FAKE0123456789abcdef',
  expired: 'glrt-t1_FAKEexpired0000000000',
  orphan: 'glrt-t3_FAKEorphan00000000000',
  registration: 'GR1348941FAKEprojRegTokenBBB',
  create: 'glpat-FAKEcreateRunner00000',
  manage: 'glpat-FAKEmanageRunner00000',
  api: 'glpat-FAKEapi00000000000000',
  old: 'glpat-FAKEold00000000000000',
  revoked: 'glpat-FAKErevoked0000000000',
};

const house: GitlabSetup = {
  version: '18.5.0-ee',
  legacy: true,
  groups: [{ id: 42, path: 'acme', owners: ['boss'] }],
  projects: [{ id: 87, path: 'acme/app' }],
  registrationTokens: [{ token: tokens.registration, type: 'project', of: 87 }],
  accessTokens: [
    { token: tokens.create, scopes: ['create_runner'] },
    { token: tokens.manage, scopes: ['manage_runner'] },
    { token: tokens.api, scopes: ['api'] },
    { token: tokens.old, scopes: ['api'], expired: true },
    { token: tokens.revoked, scopes: ['api'], revoked: true },
  ],
  runners: [
    { id: 1, token: tokens.runner, type: 'instance' },
    { id: 5, token: tokens.expired, type: 'instance', expiresAt: '2020-01-01T00:00:00.000Z' },
    { id: 6, token: tokens.orphan, type: 'project', of: [87], orphaned: true },
  ],
};

async function refused(call: (gitlab: Gitlab) => Promise<unknown>, setup: GitlabSetup = {}) {
  const server = await startGitlab({ ...house, ...setup });
  onTestFinished(() => server.close());
  const said = await trouble(call(gitlabAt(server.url)));
  const shown = JSON.stringify(said).replaceAll(server.url, 'https://gitlab.test');
  for (const token of Object.values(tokens)) expect(shown).not.toContain(token);
  return JSON.parse(shown) as Awaited<ReturnType<typeof trouble>>;
}

const verify = (token: string) => (gitlab: Gitlab) => gitlab.verify({ token, system_id: 's_1', info: {} });
const register = (more: object) => (gitlab: Gitlab) =>
  gitlab.register({ token: tokens.registration, ...more });
const create = (token: string, body: object) => (gitlab: Gitlab) =>
  gitlab.createRunner(token, { runner_type: 'project_type', ...body });

const newRunner =
  'Create the runner in GitLab (https://gitlab.test/admin/runners/new, or the Runners page of the group or project), and use its glrt- token with --token. Or let runner-setup create the runner: --access-token with the scope create_runner.';
const newToken = 'Create a new one: https://gitlab.test/-/user_settings/personal_access_tokens';
const refusedToken = 'The token is unknown or expired, or its runner was deleted. GitLab does not say which.';
const unknownToken = `${refusedToken} Check that it was copied completely, and that its runner is at https://gitlab.test.`;
const otherToken = `${refusedToken} Use the authentication token (glrt-…) of a runner at https://gitlab.test, not a registration or access token.`;
const instanceOnly =
  'Only an administrator can create instance runners. With Admin Mode, the token also requires the scope admin_mode. To create a group runner instead: --runner-type group --group ID';

const rows: [string, (gitlab: Gitlab) => Promise<unknown>, string, string, string, GitlabSetup?][] = [
  [
    'an unknown runner token',
    verify('glrt-unknown000000000000'),
    'the runner token',
    '403 Forbidden',
    unknownToken,
  ],
  ['an expired runner token', verify(tokens.expired), 'the runner token', '403 Forbidden', unknownToken],
  [
    'a registration token to verify',
    verify(tokens.registration),
    'the runner token',
    '403 Forbidden',
    otherToken,
  ],
  [
    'an orphaned runner',
    verify(tokens.orphan),
    'the runner token',
    '403 Forbidden - Runner is orphaned',
    `The group or project of this runner was deleted, so the runner no longer works. ${newRunner}`,
  ],
  [
    'an unknown registration token',
    (g) => g.register({ token: 'GR1348941unknown' }),
    'to register the runner',
    '403 Forbidden - invalid token supplied',
    `The registration token is not valid at this GitLab, and registration tokens are deprecated. ${newRunner}`,
  ],
  [
    'registration switched off',
    register({}),
    'to register the runner',
    '410 Gone - runner registration disallowed',
    `Registration tokens are turned off at this GitLab. ${newRunner}`,
    { legacy: false },
  ],
  [
    'no tags and no untagged jobs',
    register({ run_untagged: false }),
    'to register the runner',
    '(400): tags_list: can not be empty when runner is not allowed to pick untagged jobs',
    'Add tags with --tag-list, or allow untagged jobs with --run-untagged.',
  ],
  [
    'a short timeout',
    register({ maximum_timeout: 5 }),
    'to register the runner',
    '(400): maximum_timeout: needs to be at least 10 minutes',
    'Use --maximum-timeout with 600 seconds or more, or omit it.',
  ],
  [
    'a long note',
    register({ maintenance_note: 'x'.repeat(1025) }),
    'to register the runner',
    '(400): maintenance_note: is too long (maximum is 1024 characters)',
    'Shorten --maintenance-note to at most 1024 characters.',
  ],
  [
    'a wrong access level',
    register({ access_level: 'bogus' }),
    'to register the runner',
    '(400): access_level does not have a valid value',
    'Use --access-level not_protected or --access-level ref_protected.',
  ],
  [
    'no project',
    create(tokens.create, {}),
    'to create the runner',
    '(400): project_id is missing',
    'Select the group with --group, or the project with --project.',
  ],
  [
    'an unknown project',
    create(tokens.create, { project_id: 9 }),
    'to create the runner',
    '400 Bad request - Missing/invalid project',
    'No group or project has this ID. Check --group or --project. The ID is on the start page of the group or project.',
  ],
  [
    'a short timeout to create',
    create(tokens.create, { project_id: 87, maximum_timeout: 5 }),
    'to create the runner',
    '400 Bad request - Maximum timeout needs to be at least 10 minutes',
    'Use --maximum-timeout with 600 seconds or more, or omit it.',
  ],
  [
    'an instance runner of a nobody',
    create(tokens.create, { runner_type: 'instance_type' }),
    'to create the runner',
    '403 Forbidden - Insufficient permissions',
    instanceOnly,
  ],
  [
    'a group runner of a stranger',
    create(tokens.create, { runner_type: 'group_type', group_id: 42 }),
    'to create the runner',
    '403 Forbidden - Insufficient permissions',
    'Only an Owner of the group can create group runners. The group or instance can also forbid it.',
  ],
  [
    'an unknown access token',
    create('glpat-unknown000000', {}),
    'to create the runner',
    '401 Unauthorized',
    'This GitLab does not know the access token. Check that it is complete and was created at https://gitlab.test. Use runner tokens (glrt-) with --token.',
  ],
  [
    'an expired access token',
    create(tokens.old, {}),
    'to create the runner',
    '(401): Token is expired. You can either do re-authorization or token refresh.',
    `The access token has expired. ${newToken}`,
  ],
  [
    'a revoked access token',
    create(tokens.revoked, {}),
    'to create the runner',
    '(401): Token was revoked. You have to re-authorize from the user.',
    `The access token was revoked. ${newToken}`,
  ],
  [
    'a scope that is missing',
    create(tokens.manage, {}),
    'to create the runner',
    '(403): The request requires higher privileges than provided by the access token.',
    `The access token requires the scope create_runner (or api). ${newToken}`,
  ],
  [
    'a look-up without the scope',
    (g) => g.findProject(tokens.create, 'acme/app'),
    'to show the project',
    '(403): The request requires higher privileges than provided by the access token.',
    `The access token requires the scope read_api (or api); without it, use the ID instead of the path. ${newToken}`,
  ],
  [
    'an unknown group',
    (g) => g.findGroup(tokens.api, 'nowhere'),
    'to show the group',
    '404 Group Not Found',
    'Check the path or ID of the group. GitLab gives the same answer when the token owner cannot see it.',
  ],
  [
    'an unknown project path',
    (g) => g.findProject(tokens.api, 'acme/none'),
    'to show the project',
    '404 Project Not Found',
    'Check the path (group/project) or ID of the project. GitLab gives the same answer when the token owner cannot see it.',
  ],
  [
    'a machine that is not there',
    (g) => g.removeManager(tokens.runner, 's_9'),
    'to remove this machine from the runner',
    '404 Runner manager not found Not Found',
    'This machine is no longer registered with the runner. Nothing is left to remove in GitLab.',
  ],
  [
    'a runner that is gone',
    (g) => g.removeRunner('glrt-gone00000000000'),
    'to remove the runner',
    '403 Forbidden',
    unknownToken,
  ],
];

test.each(rows)('%s', async (_, call, purpose, words, hint, setup) => {
  expect(await refused(call, setup)).toEqual({
    message: `GitLab at https://gitlab.test refused ${purpose}.`,
    why: words.startsWith('(') ? `GitLab says ${words}` : `GitLab says: ${words}`,
    hint,
    code: 3,
  });
});

test('a wrong base address is no refusal of the token', async () => {
  const server = await startGitlab(house);
  onTestFinished(() => server.close());
  const gitlab = gitlabAt(`${server.url}/api/v4`);
  expect(await trouble(gitlab.removeRunner(tokens.runner))).toEqual({
    message: `${server.url}/api/v4 does not have this API endpoint.`,
    why: 'GitLab says: 404 Not Found',
    hint: `Use the URL of the GitLab start page: --url ${server.url}`,
    code: 3,
  });
});

test('a redirect is not followed, and the new address is named', async () => {
  const server = await startGitlab({
    ...house,
    faults: [{ kind: 'redirect', location: 'https://secure.test' }],
  });
  onTestFinished(() => server.close());
  expect(await trouble(gitlabAt(server.url).register({ token: tokens.registration }))).toEqual({
    message: `${server.url} is not the URL of this GitLab.`,
    why: 'It redirects to https://secure.test/api/v4/runners (HTTP 301). The redirect is not followed, because it would drop the request data.',
    hint: 'Use the new URL: --url https://secure.test',
    code: 1,
  });
});

// What a person is asked for has no flag at a prompt.
test.each([
  ['verify', 403, '403 Forbidden'],
  ['verify', 403, 'Runner is orphaned'],
  ['verify', 404, '404 Not Found'],
  ['readToken', 401, '401 Unauthorized'],
  ['findGroup', 403, 'insufficient_scope'],
  ['findProject', 404, '404 Project Not Found'],
  ['register', 403, '403 Forbidden - invalid token supplied'],
  ['register', 410, '410 Gone'],
  ['register', 400, 'tag_list: too many tags'],
  ['register', 400, 'tags_list can not be empty'],
  ['register', 400, 'maximum_timeout needs to be at least 10 minutes'],
  ['register', 400, 'maintenance_note is too long'],
  ['register', 400, 'description is too long'],
  ['create', 403, '403 Forbidden'],
  ['create', 400, 'missing/invalid group'],
  ['create', 400, 'group_id is missing'],
  ['create', 400, 'access_level does not have a valid value'],
  ['create', 302, ''],
] as const)('a refusal of %s with %i %s names no flags at a prompt', (name, status, message) => {
  const call = { name, method: 'POST', path: 'x', reads: true, acts: true } as const;
  const body = { runner_type: 'instance_type' };
  const headers = { location: 'https://other.test/api/v4/x' };
  const answer = { status, headers, text: '', body: { message }, attempts: 1, mayHaveActed: false };
  const refusal = refusalOf(
    { ...call, body },
    answer,
    { url: 'https://gitlab.test', agent: '', proxies: {} },
    [],
  );
  expect(atPrompt(refusal).hint).not.toContain('--');
});

test('text of a server is made harmless, short, and keeps no secret', async () => {
  const message = `\u001b[31mno\u0007 \u202e${tokens.runner}\n${'long '.repeat(100)}`;
  const { url } = await scripted({ status: 400, body: { message } });
  const { why } = await trouble(gitlabAt(url).verify({ token: tokens.runner, system_id: 's_1', info: {} }));
  expect(why).toBe(
    `GitLab says (400): no\ufffd \ufffd[hidden] ${'long '.repeat(100)}`
      .slice(0, 'GitLab says (400): '.length + 299)
      .concat('…'),
  );
});
