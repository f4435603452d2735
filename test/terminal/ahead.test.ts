import { expect, test } from 'vitest';
import { everyday, setOut, tokens } from './journey.ts';

// Fails until the spinner keeps the terminal from echoing (src/terminal/spin.ts: discardStdin: true).
test('a token typed while GitLab is looked for is not shown', async () => {
  const journey = await setOut({ ...everyday, faults: [{ kind: 'slow', on: 'GET /version', delay: 1000 }] });
  const terminal = journey.register(['--executor', 'shell', '--concurrent', '1', '--name', 'build-1']);
  await journey.answer(terminal, ['GitLab URL', journey.gitlab.url]);
  await terminal.waitFor('Looking for GitLab at');
  terminal.type(tokens.authentication);
  terminal.press('enter');
  await terminal.waitFor('? Token');
  terminal.press('ctrl-c');
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
});
