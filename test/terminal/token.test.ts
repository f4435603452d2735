import { expect, test } from 'vitest';
import { block, head } from './blocks.ts';
import { asked, everyday, setOut, tokens } from './journey.ts';

const asShell = ['--executor', 'shell', '--concurrent', '1', '--name', 'build-1'];

test('a token of another use is told at once, and another one is taken', async () => {
  const journey = await setOut();
  const { url } = journey.gitlab;
  const terminal = journey.register([...asShell, '--url', url], { columns: 200 });
  await journey.answer(terminal, ['Token', 'glcbt-64_thisisthetokenofajob']);
  await terminal.waitFor('next:');
  await terminal.waitFor('? Token');
  expect(terminal.screen()).toBe(
    `note: Create a token here:
        instance runner  ${url}/admin/runners/new
        group runner     ${url}/groups/GROUP/-/runners/new
        project runner   ${url}/GROUP/PROJECT/-/runners/new
        access token     ${url}/-/user_settings/personal_access_tokens?name=runner-setup&scopes=create_runner
error: This is a CI/CD job token, which cannot register a runner.
 next: Enter an authentication token (glrt-…, from "New runner" in GitLab), or an access token (glpat-…, scope create_runner).
? Token (glrt-…, glpat-…, or a registration token)`,
  );
  await journey.answer(terminal, ['Token', tokens.authentication], ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.everSent()).not.toContain('thisisthetokenofajob');
  expect(journey.file()).toBe(
    head(1) + block({ name: 'build-1', id: 7, token: tokens.authentication }, 'shell'),
  );
});

test.each([
  [
    'authentication',
    'Authentication token of runner 7. Its tags and other settings are kept in',
    'POST /api/v4/runners/verify',
  ],
  [
    'registration',
    'Registration token. GitLab plans to remove registration tokens in 20.0.',
    'POST /api/v4/runners',
  ],
  ['access', 'Access token "automation" (create_runner).', 'POST /api/v4/user/runners'],
])('a token that tells nothing is taken for %s when the person says so', async (kind, note, request) => {
  const token = 'tellsNothing00000001';
  const journey = await setOut({
    ...everyday,
    registrationTokens: kind === 'registration' ? [{ token, type: 'instance' }] : [],
    accessTokens: kind === 'access' ? [{ token, scopes: ['create_runner'], admin: true }] : [],
    runners: kind === 'authentication' ? [{ id: 7, token, type: 'instance', registered: true }] : [],
  });
  const words = ['--url', journey.gitlab.url, '--yes', '--runner-type', 'instance'];
  const owner = kind === 'access' ? words : words.slice(0, 3);
  const terminal = journey.register([...asShell, ...owner], { rows: 60 });
  await journey.answer(terminal, ['Token', token], ['What kind of token is it?', kind]);
  await terminal.waitFor(`note: ${note}`);
  const more = { authentication: [], registration: ['Tags', 'Maintenance note'], access: accessQuestions }[
    kind
  ];
  await journey.answer(terminal, ...(more ?? []).map((question) => [question] as const));
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const acted = journey.requests().find((line) => !line.startsWith('GET '));
  expect(acted?.split(' {')[0]).toBe(request);
});

const accessQuestions = ['Tags', 'Maximum job timeout in seconds', 'Run jobs from protected branches only?'];

test('a refused token: GitLab says why, another answer, done', async () => {
  const journey = await setOut();
  const terminal = journey.register([...asShell, '--url', journey.gitlab.url], { rows: 70 });
  await journey.answer(terminal, ['Token', 'glrt-t3_notknownhere000001']);
  await terminal.waitFor('refused');
  await journey.answer(terminal, ['Token', tokens.authentication], ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.everSent()).not.toContain('notknownhere');
  expect(journey.file()).toBe(
    head(1) + block({ name: 'build-1', id: 7, token: tokens.authentication }, 'shell'),
  );
});

test('a URL at the question about the token is told as one, and sent nowhere', async () => {
  const journey = await setOut();
  const { url } = journey.gitlab;
  const terminal = journey.register([...asShell, '--url', url], { columns: 200 });
  await journey.answer(terminal, ['Token', url]);
  await terminal.waitFor('error: This is a URL, not a token.');
  await terminal.waitFor(' next: Enter an authentication token (glrt-…, from');
  await journey.answer(terminal, ['Token', tokens.authentication], ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.scrollback()).toContain(`In GitLab at ${url}`);
  expect(terminal.scrollback()).not.toContain('What kind of token');
});

test.each([
  ['glrt-t3_half', 'The token has 12 characters and begins with glrt-t3_.', 'refused the runner token'],
  ['glpat-half', 'The token has 10 characters and begins with glpat-.', 'refused the access token'],
])('of a half token %s that GitLab refuses its length is said', async (token, length, refusal) => {
  const journey = await setOut();
  const terminal = journey.register([...asShell, '--url', journey.gitlab.url], { columns: 200, rows: 60 });
  await journey.answer(terminal, ['Token', token]);
  await terminal.waitFor(length);
  await terminal.waitFor(/next: .*copied completely/);
  expect(terminal.screen()).toContain(refusal);
  expect(terminal.screen()).not.toMatch(/next: .* --/);
  await terminal.waitFor(asked('Token'));
});

test.each(['glrt-', 'glrt-t1_', 'GR1348941', 'glpat-'])(
  'a token that is nothing but %s is refused at once',
  async (token) => {
    const journey = await setOut();
    const terminal = journey.register([...asShell, '--url', journey.gitlab.url], { columns: 200 });
    await journey.answer(terminal, ['Token', token]);
    await terminal.waitFor('error: The token is only a prefix, so it was not copied completely.');
    await terminal.waitFor(asked('Token'));
    expect(journey.requests()).toEqual([]);
  },
);

test('of a short registration token it is asked whether it is whole, before all other questions', async () => {
  const journey = await setOut();
  const terminal = journey.register([...asShell, '--url', journey.gitlab.url], { rows: 60 });
  await journey.answer(terminal, ['Token', 'GR1348941half']);
  const question = 'The token has 13 characters and begins with GR1348941. Was it';
  await journey.answer(
    terminal,
    [question, 'n'],
    ['Token', tokens.registration],
    ['Tags'],
    ['Maintenance note'],
  );
  await journey.answer(terminal, ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
});

test('a registration token that GitLab refuses: what is next names no flags', async () => {
  const journey = await setOut();
  const terminal = journey.register([...asShell, '--url', journey.gitlab.url], { columns: 200, rows: 60 });
  await journey.answer(terminal, ['Token', 'GR1348941notknownhere0001'], ['Tags'], ['Maintenance note']);
  await journey.answer(terminal, ['Register this runner?']);
  await terminal.waitFor(/next: Check that the registration token was copied completely\./);
  await terminal.waitFor('Correct an answer and try again?');
  expect(terminal.screen()).not.toMatch(/next: .* --/);
});

test('an access token that may not create: the missing scope is named, with the page where another is made', async () => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--runner-type', 'instance', '--tag-list', '', '--yes'];
  const terminal = journey.register([...asShell, ...words]);
  await journey.answer(terminal, ['Token', tokens.powerless]);
  await terminal.waitFor('the scope create_runner (or api)');
  await terminal.waitFor('Its scopes: read_api.');
  await terminal.waitFor(asked('Token'));
  expect(journey.requests()).toEqual(['GET /api/v4/personal_access_tokens/self']);
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(journey.file()).toBeUndefined();
});

test.each([
  ['group', '42', 'acme'],
  ['project', '87', 'acme/app'],
] as const)(
  'a token that cannot look up paths: the %s is asked for by its ID, also where a path was given',
  async (type, id, path) => {
    const token = 'glpat-scoped000000000001';
    const accessTokens = [{ token, scopes: ['create_runner'], admin: true }];
    const title = type === 'group' ? 'Group ID' : 'Project ID';
    for (const given of [[], [`--${type}`, path]]) {
      const journey = await setOut({ ...everyday, accessTokens });
      const words = ['--url', journey.gitlab.url, '--runner-type', type, ...given];
      const terminal = journey.register([...asShell, ...words], { columns: 200, rows: 60 });
      await journey.answer(terminal, ['Token', token], [title, path]);
      await terminal.waitFor(`> Enter the ${type} ID, which is a number.`);
      expect(terminal.screen()).toContain(
        `note: the token cannot look up a path, because the scope read_api is missing. The ID is on the start page of the ${type}, or in its menu (⋮).`,
      );
      terminal.press('ctrl-u');
      terminal.type(`${id}\r`);
      await terminal.waitFor(asked('Tags'));
      expect(terminal.screen()).toContain(`✔ ${title} ${id}`);
    }
  },
);

test('another kind of token leaves no trace of the answers that only the first one needed', async () => {
  const journey = await setOut();
  const terminal = journey.register([...asShell, '--url', journey.gitlab.url], { rows: 70 });
  await journey.answer(
    terminal,
    ['Token', tokens.access],
    ['Kind of runner', 'project'],
    ['Project (ID or path)', '87'],
    ['Tags', 'linux'],
    ['Run jobs without tags?', 'n'],
    ['Lock to its project?', 'y'],
    ['Maximum job timeout in seconds', '600'],
    ['Run jobs from protected branches only?', 'yes'],
    ['Register this runner?', 'Change'],
    ['Which answer?', 'Token'],
    ['Token', tokens.authentication],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const verified = `POST /api/v4/runners/verify {"info":"…","system_id":"<SYSTEM>","token":"${tokens.authentication}"}`;
  expect(journey.requests()).toEqual(['GET /api/v4/personal_access_tokens/self', verified, verified]);
});

test('another token: this machine is taken off the runner of the first one', async () => {
  const second = 'glrt-t3_authentication0002';
  const runners = [...everyday.runners!, { id: 8, token: second, type: 'project' as const, of: [87] }];
  const journey = await setOut({ ...everyday, runners });
  const terminal = journey.register([...asShell, '--url', journey.gitlab.url], { rows: 60 });
  await journey.answer(
    terminal,
    ['Token', tokens.authentication],
    ['Register this runner?', 'Change'],
    ['Which answer?', 'Token'],
    ['Token', second],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.gitlab.state.runners.map(({ managers }) => managers.length)).toEqual([0, 1]);
});

test('a token that was given is verified before the first question, and asked for when GitLab refuses it', async () => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--token', 'glrt-t3_notknownhere000001', '--yes'];
  const terminal = journey.register(words, { rows: 60 });
  await terminal.waitFor('refused the runner token');
  await journey.answer(terminal, ['Token', tokens.authentication], ['Name of this runner', 'build-1']);
  await journey.answer(terminal, ['Executor', 'shell'], ['Concurrent jobs', '1']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.everSent()).not.toContain('notknownhere');
});

test('a GitLab that cannot answer now: the token is taken unchecked only when the person says so', async () => {
  const faults = [{ kind: 'status' as const, on: 'POST /runners/verify', status: 500, times: 5 }];
  const journey = await setOut({ ...everyday, faults });
  const terminal = journey.register([...asShell, '--url', journey.gitlab.url, '--yes'], { rows: 60 });
  await journey.answer(terminal, ['Token', tokens.authentication]);
  await journey.answer(terminal, ['Continue without checking the token?', 'y']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.gitlab.state.runners[0]!.managers).toHaveLength(1);
});

test('a token that is pasted at another question is refused there, gone from the screen, and sent nowhere', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url, '--yes'], { rows: 60 });
  const pasted = 'glpat-pastedattheWrongplace1';
  await journey.answer(terminal, ['Token', tokens.authentication], ['Name of this runner', pasted]);
  await terminal.waitFor('This is a GitLab token.');
  expect(terminal.screen()).not.toContain('pastedatthe');
  await journey.answer(terminal, ['Name of this runner', 'build-1']);
  await journey.answer(terminal, ['Executor', 'shell'], ['Concurrent jobs', '1']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(JSON.stringify(journey.gitlab.requests)).not.toContain('pastedatthe');
  expect(journey.file()).not.toContain('pastedatthe');
});

test('a token that is pasted at a yes/no question is gone from the screen once it is refused', async () => {
  const journey = await setOut();
  const terminal = journey.register([...asShell, '--url', journey.gitlab.url, '--runner-type', 'instance'], {
    rows: 60,
  });
  await journey.answer(terminal, ['Token', tokens.access], ['Tags', 'linux']);
  await journey.answer(terminal, ['Run jobs without tags?', 'glpat-pastedattheWrongplace1']);
  await terminal.waitFor('Enter y or n.');
  expect(terminal.screen()).not.toContain('pastedatthe');
  terminal.type('y\r');
  await terminal.waitFor('Run jobs without tags? Yes');
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
});

test('after a registration: what runs the runner on this machine, and its page in GitLab', async () => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--yes', '--runner-type', 'project', '--project', 'acme/app'];
  const terminal = journey.register([...asShell, ...words], { rows: 60, env: { PATH: '/nowhere' } });
  await journey.answer(
    terminal,
    ['Token', tokens.access],
    ['Tags'],
    ['Lock to its project?'],
    ['Maximum job timeout in seconds'],
    ['Run jobs from protected branches only?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.screen()).toContain(`Runner in GitLab: ${journey.gitlab.url}/acme/app/-/runners/101`);
  // Another test may run one meanwhile.
  expect(terminal.screen()).toMatch(/gitlab-runner (is not installed on this machine|\(process \d+\) uses)/);
});

test.each([
  ['project', '87', ['create_runner', 'read_api'], '/acme/app/-/runners/101'],
  ['project', '87', ['create_runner'], '/projects/87 in Settings > CI/CD > Runners'],
  ['group', '42', ['create_runner', 'read_api'], '/groups/acme/-/runners/101'],
  ['group', '42', ['create_runner'], '/-/g/42 in Build > Runners'],
] as const)('a %s known by its number %s, with the scopes %s: its pages in GitLab', async (...given) => {
  const [type, id, scopes, page] = given;
  const token = 'glpat-scoped000000000001';
  const accessTokens = [{ token, scopes: [...scopes], admin: true }];
  const journey = await setOut({ ...everyday, accessTokens });
  const { url } = journey.gitlab;
  const words = ['--url', url, '--yes', `--${type}`, id];
  const terminal = journey.register([...asShell, ...words], { columns: 120, rows: 60 });
  await terminal.waitFor(asked('Token'));
  const first =
    type === 'project'
      ? `project runner  ${url}/projects/87\n                        in Settings > CI/CD > Runners\n`
      : `group runner  ${url}/-/g/42\n                      in Build > Runners\n`;
  expect(terminal.screen()).toContain(first);
  await journey.answer(
    terminal,
    ['Token', token],
    ['Kind of runner'],
    ['Tags'],
    ...(type === 'project' ? [['Lock to its project?'] as const] : []),
    ['Maximum job timeout in seconds'],
    ['Run jobs from protected branches only?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.screen()).toContain(`Runner in GitLab: ${url}${page}\n`.trimEnd());
});
