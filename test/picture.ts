import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGitlab } from './gitlab/index.ts';
import type { Cell } from './harness/screen.ts';
import { toSvg } from './harness/svg.ts';
import { openTerminal } from './harness/terminal.ts';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

// The picture of the README: the real wizard in a real terminal, answered by hand as it were.
const folder = mkdtempSync(join(tmpdir(), 'picture-'));
const gitlab = await startGitlab({
  runners: [{ id: 12345, token: 'glrt-t1_picture0000000001', type: 'instance' }],
});
// The name of the reader's GitLab leads to the stand-in.
const names = join(folder, 'names.cjs');
writeFileSync(
  names,
  `const dns = require('node:dns');
   const { lookup } = dns;
   dns.lookup = (host, ...rest) => lookup(host === 'gitlab.example.com' ? '127.0.0.1' : host, ...rest);`,
);
const url = gitlab.url.replace('127.0.0.1', 'gitlab.example.com');
const terminal = openTerminal({
  args: ['register', '--config', 'config.toml'],
  env: {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    NO_UPDATE_NOTIFIER: '1',
    NODE_OPTIONS: `--require=${names}`,
  },
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
await answer('GitLab URL', url);
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
// As the reader's would look: without the port of the stand-in and the temporary folder.
const shown = new Map([
  [url, 'https://gitlab.example.com'],
  [folder, '/etc/gitlab-runner'],
]);
const rows = terminal.cells().map((row) => [...shown].reduce(renamed, row));
writeFileSync(at('test/wizard.svg'), toSvg({ cells: () => rows }));
await terminal.close();
await gitlab.close();
rmSync(folder, { recursive: true });

// One cell holds one letter, so that a name is found letter by letter; what follows it moves.
function renamed(row: Cell[], [from, to]: readonly [string, string]): Cell[] {
  const start = row
    .map(({ text }) => text || ' ')
    .join('')
    .indexOf(from);
  if (start < 0) return row;
  const style = row[start]!;
  const name = [...to].map((text) => ({ ...style, text }));
  return [...row.slice(0, start), ...name, ...renamed(row.slice(start + from.length), [from, to])];
}
