import { expect, onTestFinished, test } from 'vitest';
import type { Gitlab } from '../../../src/gitlab/calls.ts';
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
  'Make the runner in GitLab (https://gitlab.test/admin/runners/new, or Settings > CI/CD > Runners of the group or project) and give its glrt- token with --token; or let this program make it: --access-token with the scope create_runner.';
const newToken = 'Make a new one at https://gitlab.test/-/user_settings/personal_access_tokens.';
const unknownToken =
  'The token is unknown here, has expired, or its runner was deleted; GitLab does not say which. It must be the authentication token of a runner (glrt-…) of https://gitlab.test, not a registration or access token and not one of another GitLab.';
const instanceOnly =
  'Only an administrator may make instance runners (with Admin Mode, the token needs the scope admin_mode, too). Otherwise make a group or project runner: --runner-type group --group ID';

const rows: [string, (gitlab: Gitlab) => Promise<unknown>, string, string, string, GitlabSetup?][] = [
  [
    'an unknown runner token',
    verify('glrt-unknown000000000000'),
    'accept the runner token',
    '403 Forbidden',
    unknownToken,
  ],
  [
    'an expired runner token',
    verify(tokens.expired),
    'accept the runner token',
    '403 Forbidden',
    unknownToken,
  ],
  [
    'a registration token to verify',
    verify(tokens.registration),
    'accept the runner token',
    '403 Forbidden',
    unknownToken,
  ],
  [
    'an orphaned runner',
    verify(tokens.orphan),
    'accept the runner token',
    '403 Forbidden - Runner is orphaned',
    `The group or project of this runner was deleted, and the runner is lost with it. ${newRunner}`,
  ],
  [
    'an unknown registration token',
    (g) => g.register({ token: 'GR1348941unknown' }),
    'register the runner',
    '403 Forbidden - invalid token supplied',
    `The registration token is not valid here, and such tokens are being retired. ${newRunner}`,
  ],
  [
    'registration switched off',
    register({}),
    'register the runner',
    '410 Gone - runner registration disallowed',
    `Registration tokens are switched off there. ${newRunner}`,
    { legacy: false },
  ],
  [
    'no tags and no untagged jobs',
    register({ run_untagged: false }),
    'register the runner',
    '(400): tags_list: can not be empty when runner is not allowed to pick untagged jobs',
    'Give tags with --tag-list, or let the runner take untagged jobs with --run-untagged.',
  ],
  [
    'a short timeout',
    register({ maximum_timeout: 5 }),
    'register the runner',
    '(400): maximum_timeout: needs to be at least 10 minutes',
    'Give --maximum-timeout in seconds, 600 or more, or leave it out.',
  ],
  [
    'a long note',
    register({ maintenance_note: 'x'.repeat(1025) }),
    'register the runner',
    '(400): maintenance_note: is too long (maximum is 1024 characters)',
    'Shorten --maintenance-note to 1024 characters.',
  ],
  [
    'a wrong access level',
    register({ access_level: 'bogus' }),
    'register the runner',
    '(400): access_level does not have a valid value',
    'Give --access-level not_protected or ref_protected.',
  ],
  [
    'no project',
    create(tokens.create, {}),
    'create the runner',
    '(400): project_id is missing',
    'Give the group with --group or the project with --project.',
  ],
  [
    'an unknown project',
    create(tokens.create, { project_id: 9 }),
    'create the runner',
    '400 Bad request - Missing/invalid project',
    'No group or project has this id: check --group or --project (the id stands on its start page).',
  ],
  [
    'a short timeout to create',
    create(tokens.create, { project_id: 87, maximum_timeout: 5 }),
    'create the runner',
    '400 Bad request - Maximum timeout needs to be at least 10 minutes',
    'Give --maximum-timeout in seconds, 600 or more, or leave it out.',
  ],
  [
    'an instance runner of a nobody',
    create(tokens.create, { runner_type: 'instance_type' }),
    'create the runner',
    '403 Forbidden - Insufficient permissions',
    instanceOnly,
  ],
  [
    'a group runner of a stranger',
    create(tokens.create, { runner_type: 'group_type', group_id: 42 }),
    'create the runner',
    '403 Forbidden - Insufficient permissions',
    'Only an Owner of the group may make group runners, and the group or instance may forbid it.',
  ],
  [
    'an unknown access token',
    create('glpat-unknown000000', {}),
    'create the runner',
    '401 Unauthorized',
    'The access token is not known to this GitLab. Is it complete, and made at https://gitlab.test? Runner tokens (glrt-) go with --token.',
  ],
  [
    'an expired access token',
    create(tokens.old, {}),
    'create the runner',
    '(401): Token is expired. You can either do re-authorization or token refresh.',
    `The access token has expired. ${newToken}`,
  ],
  [
    'a revoked access token',
    create(tokens.revoked, {}),
    'create the runner',
    '(401): Token was revoked. You have to re-authorize from the user.',
    `The access token was revoked. ${newToken}`,
  ],
  [
    'a scope that is missing',
    create(tokens.manage, {}),
    'create the runner',
    '(403): The request requires higher privileges than provided by the access token.',
    `The access token needs the scope create_runner (or api). ${newToken}`,
  ],
  [
    'a look-up without the scope',
    (g) => g.findProject(tokens.create, 'acme/app'),
    'show the project',
    '(403): The request requires higher privileges than provided by the access token.',
    `The access token needs the scope read_api (or api); without it give the id instead of the path. ${newToken}`,
  ],
  [
    'an unknown group',
    (g) => g.findGroup(tokens.api, 'nowhere'),
    'show the group',
    '404 Group Not Found',
    'Check the path or id of the group; GitLab also says this when the owner of the token may not see it.',
  ],
  [
    'an unknown project path',
    (g) => g.findProject(tokens.api, 'acme/none'),
    'show the project',
    '404 Project Not Found',
    'Check the path (group/project) or id of the project; GitLab also says this when the owner of the token may not see it.',
  ],
  [
    'a machine that is not there',
    (g) => g.removeManager(tokens.runner, 's_9'),
    'remove this machine from the runner',
    '404 Runner manager not found Not Found',
    'This machine is not registered with the runner (any more): nothing is left to remove at GitLab.',
  ],
  [
    'a runner that is gone',
    (g) => g.removeRunner('glrt-gone00000000000'),
    'remove the runner',
    '403 Forbidden',
    unknownToken,
  ],
];

test.each(rows)('%s', async (_, call, purpose, words, hint, setup) => {
  expect(await refused(call, setup)).toEqual({
    message: `GitLab at https://gitlab.test refused to ${purpose}.`,
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
    message: `${server.url}/api/v4 has no such part in its API.`,
    why: 'GitLab says: 404 Not Found',
    hint: `Is the address right? It is that of the GitLab start page: --url ${server.url}`,
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
    message: `${server.url} is not where GitLab answers.`,
    why: 'It answered 301 and points to https://secure.test/api/v4/runners; a redirect would lose what is sent, so it is not followed.',
    hint: 'Use the new address: --url https://secure.test',
    code: 1,
  });
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
