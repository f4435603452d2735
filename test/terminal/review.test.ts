import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, runProgram } from '../harness/program.ts';
import { splitWords } from '../harness/words.ts';
import { block, docker, head } from './blocks.ts';
import { type Answer, asked, setOut, tokens } from './journey.ts';

const program = resolve(import.meta.dirname, '../../bin/runner-setup.js');

const answers: Answer[] = [
  ['Name of this runner', "Ada's runner"],
  ['Executor', 'docker'],
  ['Default image for jobs'],
  ['Do jobs build container images?', 'Docker-in-Docker'],
  ['Extra volumes', '/srv/data:/data:ro'],
  ['Pull policy'],
  ['Concurrent jobs', '3'],
];

const told = { name: "Ada's runner", id: 7, token: tokens.authentication };

test('d shows at once all lines to be written, and the command that does the same', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url], { rows: 80 });
  await journey.answer(terminal, ['Token', tokens.authentication], ...answers);
  await terminal.waitFor(asked('Register this runner?'));
  terminal.type('d');
  await terminal.waitFor('Equivalent command');
  expect(terminal.scrollback()).toContain('✔ Register this runner? Details');
  await terminal.waitFor(asked('Register this runner?'));
  await terminal.waitFor('navigate');
  const shown = terminal
    .screen()
    .replaceAll(journey.gitlab.url, '<URL>')
    .replaceAll(journey.folder, '<FOLDER>');
  const block_ = block(
    told,
    'docker',
    docker({ privileged: true, volumes: ['/srv/data:/data:ro', '/certs/client', '/cache'] }),
  );
  const lines = (head(3) + block_)
    .replace('id = 7', "id = … (GitLab's answer)")
    .replace(tokens.authentication, '[hidden]')
    .replace('<NOW>', "… (GitLab's answer)")
    .replace('0001-01-01T00:00:00Z', "… (GitLab's answer)");
  expect(shown.slice(shown.lastIndexOf('<FOLDER>/config.toml (new)'))).toBe(
    `<FOLDER>/config.toml (new)
@@ -0,0 +1,33 @@
${lines.trimEnd().replace(/^/gm, '+ ').replace(/ $/gm, '')}

Equivalent command:
  runner-setup register -n \\
    --url <URL> \\
    --name 'Ada'\\''s runner' \\
    --executor docker \\
    --config <FOLDER>/config.toml \\
    --concurrent 3 \\
    --docker-image alpine:3.22 \\
    --docker-privileged \\
    --docker-volumes /srv/data:/data:ro \\
    --docker-volumes /certs/client \\
    --docker-pull-policy always \\
    --token-file TOKEN_FILE

? Register this runner?
❯ Yes
  Change an answer
  No, discard

↑↓ navigate, ⏎ select, Esc back`,
  );
});

test('the command without questions gives the same file elsewhere', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url], { rows: 80, columns: 200 });
  await journey.answer(terminal, ['Token', tokens.authentication], ...answers);
  await journey.answer(terminal, ['Register this runner?', 'Details']);
  await terminal.waitFor('Equivalent command');
  await journey.answer(terminal, ['Register this runner?']);
  await terminal.ended;
  const written = journey.file();
  const command = /runner-setup (register -n[\s\S]*TOKEN_FILE)/.exec(terminal.screen())![1]!;
  const elsewhere = join(journey.folder, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'TOKEN_FILE'), tokens.authentication);
  const args = splitWords(command.replaceAll(/\\\n\s*/g, '').replaceAll(journey.folder, elsewhere));
  const run = await runProgram({ script: program, args, env: cleanEnvironment(elsewhere), cwd: elsewhere });
  expect(run.code).toBe(0);
  expect(journey.file('elsewhere')).toBe(written);
});

test('answers are changed from the review, the volumes taken away again', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url], { rows: 200, columns: 120 });
  await journey.answer(
    terminal,
    ['Token', tokens.authentication],
    ...answers,
    ['Register this runner?', 'Change'],
    ['Which answer?', 'Do jobs build'],
    ['Do jobs build container images?', 'no'],
    ['Register this runner?', 'Change'],
    ['Which answer?', 'Extra volumes'],
  );
  await terminal.waitFor('(/srv/data:/data:ro; Backspace: none)');
  terminal.press('backspace');
  await journey.answer(
    terminal,
    ['Extra volumes'],
    ['Register this runner?', 'Change'],
    ['Which answer?', 'Default image'],
    ['Default image for jobs', 'debian:13'],
    ['Register this runner?'],
  );
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toBe(head(3) + block(told, 'docker', docker({ image: 'debian:13' })));
});

test('another executor asks its own questions and keeps nothing of the first', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url], { rows: 200 });
  await journey.answer(
    terminal,
    ['Token', tokens.authentication],
    ...answers,
    ['Register this runner?', 'Change'],
    ['Which answer?', 'Executor'],
    ['Executor', 'custom'],
    ['Program that runs each step', '/opt/run'],
  );
  await terminal.waitFor(asked('Register this runner?'));
  const last = terminal.screen().slice(terminal.screen().lastIndexOf('/config.toml (new)'));
  expect(last).not.toContain('docker');
  await journey.answer(terminal, ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toBe(
    head(3) + block(told, 'custom', '  [runners.custom]\n    run_exec = "/opt/run"\n'),
  );
});

test('another GitLab can be chosen from the review', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--token', tokens.authentication, '--executor', 'shell'], { rows: 120 });
  await journey.answer(
    terminal,
    ['GitLab URL', `${journey.gitlab.url}/ci`],
    ['Name of this runner', told.name],
    ['Concurrent jobs', '3'],
    ['Register this runner?', 'Change'],
    ['Which answer?', 'GitLab URL'],
    ['GitLab URL', 'http://127.0.0.1:1'],
  );
  await terminal.waitFor('Cannot connect');
  await journey.answer(terminal, ['GitLab URL', journey.gitlab.url], ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toBe(head(3) + block(told, 'shell'));
});

const reviewOf = (screen: string, url: string, folder: string) =>
  screen.replaceAll(url, '<URL>').replaceAll(folder, '<FOLDER>');

test('on 80x24 the review shows what GitLab is told, the lines that somebody chose, and the choice', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url]);
  await journey.answer(
    terminal,
    ['Token', tokens.access],
    ['Kind of runner', 'project'],
    ['Project (ID or path)', 'acme/app'],
    ['Name of this runner', 'build-1'],
    ['Tags', 'linux,docker'],
    ['Run jobs without tags?'],
    ['Lock to its project?'],
    ['Maximum job timeout in seconds', '3600'],
    ['Executor', 'docker'],
    ['Default image for jobs'],
    ['Do jobs build container images?'],
    ['Run jobs from protected branches only?', 'yes'],
    ['Extra volumes', '/srv/data:/data:ro'],
    ['Pull policy'],
    ['Concurrent jobs', '3'],
  );
  await terminal.waitFor(asked('Register this runner?'));
  await terminal.waitFor('navigate');
  const shown = reviewOf(terminal.screen(), journey.gitlab.url, journey.folder);
  expect(shown.slice(shown.indexOf('In GitLab'))).toBe(`In GitLab at <URL>: a new project runner in acme/app
  name build-1; tags linux,docker; untagged jobs no; protected branches only
  yes; locked no; paused no; maximum timeout 3600 s
<FOLDER>/config.toml (new)
+ concurrent = 3
+ [[runners]]
+   name = "build-1"
+   url = "<URL>"
+   token = "[hidden]"
+   executor = "docker"
+   [runners.docker]
+     image = "alpine:3.22"
+     volumes = ["/srv/data:/data:ro", "/cache"]
+     pull_policy = ["always"]
  and 16 default lines (press d, or use --verbose)

? Register this runner?
❯ Yes
  Change an answer
  Details: show all lines and the equivalent command
  No, discard

↑↓ navigate, ⏎ select, Esc back`);
  terminal.press('ctrl-c');
  await terminal.ended;
});

test('the list of answers shows them, and leads back', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url], { rows: 60 });
  await journey.answer(terminal, ['Token', tokens.authentication], ...answers);
  await journey.answer(terminal, ['Register this runner?', 'Change']);
  await terminal.waitFor(asked('Which answer?'));
  await terminal.waitFor('navigate');
  const shown = reviewOf(terminal.screen(), journey.gitlab.url, journey.folder);
  expect(shown.slice(shown.indexOf('? Which answer?'))).toBe(`? Which answer?
❯ GitLab URL                      <URL>
  Token                           glrt-t3_auth…
  Name of this runner             Ada's runner
  Executor                        docker
  Default image for jobs          alpine:3.22
  Do jobs build container images  Docker-in-Docker
  Extra volumes                   /srv/data:/data:ro
  Pull policy                     always
  Concurrent jobs on this host    3
  Back

↑↓ navigate, ⏎ select, Esc back`);
  await journey.answer(terminal, ['Which answer?', 'Back'], ['Register this runner?']);
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
});
