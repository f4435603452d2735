import { expect, test } from 'vitest';
import { asked, setOut, tokens } from './journey.ts';

test('Esc goes back from one question to the one before it, and proposes what was answered there', async () => {
  const journey = await setOut();
  const terminal = journey.register([], { rows: 70 });
  await terminal.waitFor(asked('GitLab URL'));
  expect(terminal.screen()).not.toContain('Esc');
  await journey.answer(
    terminal,
    ['GitLab URL', journey.gitlab.url],
    ['Token', tokens.access],
    ['Kind of runner', 'group'],
    ['Group (ID or path)', 'acme'],
    ['Name of this runner', 'build-1'],
    ['Tags', 'linux'],
  );
  await terminal.waitFor(/^\? Run jobs without tags\? \(y\/N\) *\nEsc back/m);
  terminal.press('escape');
  await terminal.waitFor(/^\? Tags, comma-separated \(linux; Backspace: none\) *\nEsc back/m);
  expect(terminal.screen()).not.toContain('? Run jobs');
  terminal.press('escape');
  await terminal.waitFor(/^\? Name of this runner \(build-1\)/m);
  terminal.press('escape');
  await terminal.waitFor(/^\? Group \(ID or path\) \(acme\)/m);
  terminal.press('escape');
  await terminal.waitFor(/^\? Kind of runner\n[^❯]*❯ group[\s\S]*Esc back/m);
  await journey.answer(terminal, ['Kind of runner', 'project'], ['Project', '87'], ['Name of this runner']);
  await journey.answer(
    terminal,
    ['Tags'],
    ['Run jobs without tags?'],
    ['Lock'],
    ['Maximum'],
    ['Executor', 'she'],
  );
  await journey.answer(terminal, ['Run jobs from protected'], ['Concurrent'], ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.scrollback()).toContain('✔ Lock to its project? No');
  expect(terminal.scrollback()).toContain('✔ Executor shell');
  const made = journey.gitlab.requests.find(({ path }) => path === '/api/v4/user/runners')?.body;
  expect(made).toMatchObject({ project_id: 87, description: 'build-1', tag_list: 'linux' });
});

test('Esc at the kind of a token clears what was typed there, then goes back to the token, then to the URL', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--executor', 'shell', '--concurrent', '1'], { rows: 60 });
  await journey.answer(terminal, ['GitLab URL', journey.gitlab.url], ['Token', 'tellsNothing00000001']);
  await terminal.waitFor(asked('What kind of token is it?'));
  terminal.type('z');
  await terminal.waitFor('No entry begins with "z". Press Esc to clear it.');
  terminal.press('escape');
  await terminal.waitFor('↑↓ navigate, ⏎ select, Esc back');
  terminal.press('escape');
  await terminal.waitFor(asked('Token'));
  terminal.press('escape');
  await terminal.waitFor(`? GitLab URL (${journey.gitlab.url})`);
  await journey.answer(
    terminal,
    ['GitLab URL'],
    ['Token', tokens.authentication],
    ['Name of this runner', 'b'],
  );
  await journey.answer(terminal, ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
});

test('Esc at the review leads to the answers, and from there back', async () => {
  const journey = await setOut();
  const words = [
    '--url',
    journey.gitlab.url,
    '--executor',
    'shell',
    '--concurrent',
    '1',
    '--name',
    'build-1',
  ];
  const terminal = journey.register(words, { rows: 60 });
  await journey.answer(terminal, ['Token', tokens.authentication]);
  await terminal.waitFor(asked('Register this runner?'));
  terminal.press('escape');
  await terminal.waitFor(asked('Which answer?'));
  terminal.press('escape');
  await journey.answer(terminal, ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
});
