import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGitlab } from './gitlab/index.ts';
import { toSvg } from './harness/svg.ts';
import { openTerminal } from './harness/terminal.ts';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

// The picture of the README: the real wizard in a real terminal, answered by hand as it were.
const folder = mkdtempSync(join(tmpdir(), 'picture-'));
const gitlab = await startGitlab({
  runners: [{ id: 12345, token: 'glrt-t1_picture0000000001', type: 'instance' }],
});
const terminal = openTerminal({
  args: ['register', '--config', 'config.toml'],
  env: { PATH: process.env.PATH ?? '', HOME: folder, NO_UPDATE_NOTIFIER: '1' },
  cwd: folder,
  columns: 92,
  rows: 78,
  script: at('bin/runner-setup.js'),
});

const answer = async (question: string, words = '') => {
  await terminal.waitFor(question);
  if (words !== '') terminal.type(words);
  terminal.press('enter');
};
await answer('GitLab URL', gitlab.url);
await answer('Token', 'glrt-t1_picture0000000001');
await terminal.waitFor('Name of this runner');
terminal.press('ctrl-u');
await answer('Name of this runner', 'build-1');
await answer('Executor');
await answer('Default image');
await terminal.waitFor('build container images?');
terminal.press('down');
await answer('build container images?');
await answer('Extra volumes');
await answer('Pull policy');
await answer('Concurrent jobs', '');
await answer('Register this runner?');
await terminal.waitFor('Registered');
await terminal.ended;
writeFileSync(at('test/wizard.svg'), toSvg(terminal));
await terminal.close();
await gitlab.close();
rmSync(folder, { recursive: true });
