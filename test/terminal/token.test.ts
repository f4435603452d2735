import { expect, test } from 'vitest';
import { block, head } from './blocks.ts';
import { everyday, setOut, tokens } from './journey.ts';

const asShell = ['--executor', 'shell', '--concurrent', '1', '--name', 'build-1'];

test('a token of another use is told at once, and another one is taken', async () => {
  const journey = await setOut();
  const { url } = journey.gitlab;
  const terminal = journey.register([...asShell, '--url', url], { columns: 200 });
  await journey.answer(terminal, ['Token', 'glcbt-64_thisisthetokenofajob']);
  await terminal.waitFor('next:');
  await terminal.waitFor('? Token');
  expect(terminal.screen()).toBe(
    `✔ Token (glrt-…, glpat-… or a registration token)
error: This is a CI/CD job token; a runner cannot be registered with it.
 next: Give an authentication token (glrt-…, from "New runner" in GitLab; --token) or an access token (glpat-… with the scope create_runner; --access-token).
? Token (glrt-…, glpat-… or a registration token) [input is masked]`,
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
    'authentication token: the runner exists; its tags are set in GitLab.',
    'POST /api/v4/runners/verify',
  ],
  [
    'registration',
    'registration token: an older kind; GitLab 20.0 will not take it any more.',
    'POST /api/v4/runners',
  ],
  ['access', 'access token: the runner will be created in GitLab first.', 'POST /api/v4/user/runners'],
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
  const terminal = journey.register([...asShell, ...owner]);
  await journey.answer(terminal, ['Token', token], ['What kind of token is it?', kind]);
  await terminal.waitFor(`note: ${note}`);
  const more = { authentication: [], registration: ['Tags', 'Maintenance note'], access: accessQuestions }[
    kind
  ];
  await journey.answer(terminal, ...(more ?? []).map((question) => [question] as const));
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.requests()[0]?.split(' {')[0]).toBe(request);
});

const accessQuestions = ['Tags', 'Which branches and tags may use it', 'Maximum job timeout in seconds'];

test('a refused token: GitLab says why, another answer, done', async () => {
  const journey = await setOut();
  const terminal = journey.register([...asShell, '--url', journey.gitlab.url], { rows: 70 });
  await journey.answer(terminal, ['Token', 'glrt-t3_notknownhere000001'], ['Register this runner?']);
  await terminal.waitFor('refused');
  await journey.answer(
    terminal,
    ['Correct an answer and try again?'],
    ['Which answer?', 'Token'],
    ['Token', tokens.authentication],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.everSent()).not.toContain('notknownhere');
  expect(journey.file()).toBe(
    head(1) + block({ name: 'build-1', id: 7, token: tokens.authentication }, 'shell'),
  );
});

test('an access token that may not create: said, and left with the code for refused', async () => {
  const journey = await setOut();
  const words = ['--url', journey.gitlab.url, '--runner-type', 'instance', '--tag-list', '', '--yes'];
  const terminal = journey.register([...asShell, ...words]);
  await journey.answer(
    terminal,
    ['Token', tokens.powerless],
    ['Which branches and tags may use it'],
    ['Maximum job timeout in seconds'],
  );
  await terminal.waitFor('create_runner');
  await journey.answer(terminal, ['Correct an answer and try again?', 'n']);
  expect(await terminal.ended).toEqual({ code: 3, signal: undefined });
  expect(journey.file()).toBeUndefined();
});

test('another kind of token leaves no trace of the answers that only the first one needed', async () => {
  const journey = await setOut();
  const terminal = journey.register([...asShell, '--url', journey.gitlab.url], { rows: 70 });
  await journey.answer(
    terminal,
    ['Token', tokens.access],
    ['Kind of runner', 'project'],
    ['Project (id or path)', '87'],
    ['Tags', 'linux'],
    ['Run jobs without tags?', 'n'],
    ['Which branches and tags may use it', 'ref'],
    ['Lock to its project?', 'y'],
    ['Maximum job timeout in seconds', '600'],
    ['Register this runner?', 'Change'],
    ['Which answer?', 'Token'],
    ['Token', tokens.authentication],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.requests()).toEqual([
    `POST /api/v4/runners/verify {"info":"…","system_id":"<SYSTEM>","token":"${tokens.authentication}"}`,
  ]);
});
