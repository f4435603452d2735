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

test('the review shows the lines to be written, and the same without questions', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url], { rows: 80 });
  await journey.answer(terminal, ['Token', tokens.authentication], ...answers);
  await terminal.waitFor(asked('Register this runner?'));
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
  expect(shown.slice(shown.indexOf('<FOLDER>/config.toml (new)'))).toBe(
    `<FOLDER>/config.toml (new)
@@ -0,0 +1,33 @@
${lines.trimEnd().replace(/^/gm, '+ ').replace(/ $/gm, '')}

The same without questions:
  runner-setup register -n \\
    --url <URL> \\
    --description 'Ada'\\''s runner' \\
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
  No, leave everything as it is

↑↓ navigate, ⏎ select`,
  );
});

test('the command without questions gives the same file elsewhere', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url], { rows: 80, columns: 200 });
  await journey.answer(terminal, ['Token', tokens.authentication], ...answers, ['Register this runner?']);
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
  const last = terminal.screen().slice(terminal.screen().lastIndexOf('The same without questions'));
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
