import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { emulation, systemOf } from '../harness/platform.ts';
import { cleanEnvironment, runProgram } from '../harness/program.ts';
import { type Answer, type Journey, setOut, tokens } from './journey.ts';

const script = resolve(import.meta.dirname, '../../bin/runner-setup.js');

const answers = ({ gitlab }: Journey): Answer[] => [
  ['GitLab URL', gitlab.url],
  ['Token', tokens.authentication],
  ['Name of this runner', "it's mine"],
  ['Executor', 'shell'],
  ['Concurrent jobs', '4'],
];

/** Runs a command after the wizard, in the same folder and on the same system; gives all that it said, and its exit code. */
async function after(journey: Journey, platform: string, ...args: string[]): Promise<string> {
  const { folder: dir } = journey;
  const { node, env } = emulation(platform, { dir, system: systemOf(dir), env: cleanEnvironment(dir) });
  const { code, stdout, stderr } = await runProgram({ node, script, args, env, cwd: dir });
  return shown(
    journey,
    `$ runner-setup ${args.join(' ')}\n${stdout}${stderr}${code === 0 ? '' : `exit ${code}\n`}`,
  );
}

const shown = ({ gitlab }: Journey, text: string): string =>
  text
    .replaceAll(gitlab.url, '<URL>')
    .replaceAll(new URL(gitlab.url).host, '<HOST>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<NOW>');

test.each(['windows', 'windows cmd', 'macos'])(
  'a person registers, lists, edits, verifies, and diagnoses on %s',
  async (platform) => {
    const journey = await setOut();
    const terminal = journey.register([], { platform, columns: 120, rows: 90 });
    await journey.answer(terminal, ...answers(journey), ['Register this runner?', 'Details']);
    await terminal.waitFor('Equivalent command');
    await journey.answer(terminal, ['Register this runner?'], ['Install gitlab-runner?', 'Not']);
    expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
    const said = [shown(journey, terminal.scrollback())];
    const name = "it's mine";
    for (const words of [
      ['list'],
      ['edit', name, '--set', 'limit=2'],
      ['verify'],
      ['doctor'],
      ['undo', '--list'],
    ])
      said.push(await after(journey, platform, ...words));
    expect(said.join('\n')).toMatchSnapshot();
  },
);

test.each([
  ['windows', 'C:\\GitLab-Runner\\config.toml', 'C:\\GitLab-Runner\\gitlab-runner.exe install'],
  ['macos', '/Users/ci/.gitlab-runner/config.toml', '/usr/local/bin/gitlab-runner install'],
])('a person on %s is offered the binary, and says no to its commands', async (platform, path, command) => {
  const journey = await setOut();
  const terminal = journey.register([], { platform, columns: 200, rows: 120 });
  await journey.answer(terminal, ...answers(journey), ['Register this runner?']);
  await terminal.waitFor("Binary   GitLab's binary, with a service");
  await journey.answer(terminal, ['Install gitlab-runner?']);
  await terminal.waitFor('Apply these changes?');
  expect(terminal.screen()).toContain(command);
  await journey.answer(terminal, ['Apply these changes?', 'n']);
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect(terminal.screen().split('\n').slice(-3)).toEqual([
    'Canceled. gitlab-runner was not installed.',
    `The runner stays registered in ${path}.`,
    ' next: To install gitlab-runner: runner-setup install',
  ]);
});
