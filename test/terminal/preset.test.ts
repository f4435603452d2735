import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { templates } from '../harness/template.ts';
import { type AtHand, takeInHand } from './at-hand.ts';
import { editing } from './edit-journey.ts';
import { asked, setOut, tokens } from './journey.ts';

const gitlab = {
  projects: [{ id: 87, path: 'acme/app', name: 'app' }],
  runners: [{ id: 7, token: tokens.authentication, type: 'project' as const, of: [87] }],
};

type Step = readonly [question: string, words?: string];

async function run(hand: AtHand, words: readonly string[], ...steps: readonly Step[]): Promise<string> {
  const terminal = hand.open(words);
  for (const [question, typed = ''] of steps) {
    await terminal.waitFor(asked(question));
    if (typed !== '') terminal.type(typed);
    terminal.press('enter');
  }
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  return terminal.scrollback();
}

const builds = (hand: AtHand) =>
  hand
    .file()
    .split('\n')
    .flatMap((line) =>
      /^ +(privileged|services_privileged|volumes|image) =/.test(line) ? [line.trim()] : [],
    );

test('a runner is registered with Docker-in-Docker and its CI file, goes over to the socket, and comes back', async () => {
  const hand = await takeInHand('', gitlab);
  const registering: Step[] = [
    ['GitLab URL', hand.gitlab.url],
    ['Token', tokens.authentication],
    ['Name of this runner', 'build-1'],
    ['Extra volumes', '/srv/data:/data'],
    ['Pull policy'],
    ['Concurrent jobs', '4'],
    ['Register this runner?'],
  ];
  const registered = await run(hand, ['register', '--preset', 'docker-dind', '--verbose'], ...registering);
  expect(registered).toContain('--preset docker-dind \\');
  expect(registered).toContain('Registered "build-1" (id 7, docker) at');
  expect(registered).toContain('\n  runner-setup preset show docker-dind --ci > .gitlab-ci.yml');
  const dind = [
    'image = "alpine:3.22"',
    'privileged = true',
    'volumes = ["/certs/client", "/cache", "/srv/data:/data"]',
  ];
  expect(builds(hand)).toEqual(dind);

  const sample = readFileSync(join(templates, 'docker-dind.gitlab-ci.yml'), 'utf8');
  expect(`${await run(hand, ['preset', 'show', 'docker-dind', '--ci'])}\n`).toBe(sample);

  const before = hand.file();
  const over = await run(hand, ['edit', '--preset', 'docker-socket'], ['Apply these changes?']);
  expect(over).toContain('-     privileged = true\n+     privileged = false\n');
  expect(over).toContain('-     volumes = ["/certs/client", "/cache", "/srv/data:/data"]\n');
  expect(over).toContain('Changed docker.privileged, docker.volumes of #1 "build-1" in');
  expect(over).toContain('\n  runner-setup preset show docker-socket --ci > .gitlab-ci.yml');
  const socket = 'volumes = ["/cache", "/srv/data:/data", "/var/run/docker.sock:/var/run/docker.sock"]';
  expect(builds(hand)).toEqual(['image = "alpine:3.22"', 'privileged = false', socket]);

  await run(hand, ['edit', '#1', '--preset', 'docker-dind'], ['Apply these changes?']);
  const volumes = 'volumes = ["/cache", "/srv/data:/data", "/certs/client"]';
  expect(hand.file()).toBe(before.replace(dind[2]!, volumes));
  expect(await run(hand, ['edit', '--preset', 'docker-dind'])).toContain('Nothing to change');
  expect(hand.file()).toBe(before.replace(dind[2]!, volumes));
});

test("the wizard's answer on images has a CI file, too", async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url, '--executor', 'docker']);
  await journey.answer(
    terminal,
    ['Token', tokens.authentication],
    ['Name of this runner', 'build-1'],
    ['Default image for jobs', 'alpine:3.22'],
    ['Do jobs build container images?', 'Buildah'],
    ['Extra volumes'],
    ['Pull policy'],
    ['Concurrent jobs', '4'],
    ['Register this runner?'],
  );
  await terminal.waitFor('runner-setup preset show docker-buildah --ci > .gitlab-ci.yml');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toContain('security_opt = ["seccomp:unconfined", "apparmor:unconfined"]\n');
});

test('what a preset cannot know is asked, and has to be right', async () => {
  const journey = await setOut();
  const terminal = journey.register(['--url', journey.gitlab.url, '--preset', 'ssh', '--name', 'build-1']);
  await journey.answer(terminal, ['Token', tokens.authentication], ['SSH host (such as build.example.com)']);
  await terminal.waitFor('A value is required.');
  terminal.type('10.0.0.4');
  terminal.press('enter');
  await journey.answer(
    terminal,
    ['SSH user (such as gitlab)', 'ci'],
    ['SSH password'],
    ['SSH private key file'],
    ['Concurrent jobs', '4'],
  );
  await journey.answer(terminal, ['Register this runner?']);
  await terminal.waitFor('Registered "build-1"');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(journey.file()).toMatch(/host = "10\.0\.0\.4"\n +port = "22"\n/);
});

const one = `# mine
[[runners]]
  name = "build-1"
  url = "https://gitlab.example.com"
  token = "glrt-t1_journey00000001"
  executor = "docker"
  [runners.docker]
    image = "alpine:3.22" # keep
    privileged = true # for dind
    volumes = ["/certs/client", "/cache"] # both
`;

test('the menu has the presets; other changes stand beside', async () => {
  const { terminal, take, file } = editing(one);
  await take('#1 "build-1"', 'Build images with');
  await take('Build images with', 'Docker socket of the host');
  await terminal.waitFor(/docker\.privileged +\* false/);
  await take('#1 "build-1", 2 changes', 'Build images with');
  await take('Build images with', 'Docker-in-Docker, rootless');
  await terminal.waitFor(/docker\.services_privileged +\* true/);
  await take('#1 "build-1", 4 changes', 'Show the changes');
  await take('Save these changes?', 'Save');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const services = '["docker.io/library/docker:*-dind-rootless", "docker:*-dind-rootless"]';
  expect(file()).toBe(
    one
      .replace(
        'privileged = true # for dind\n',
        'privileged = false # for dind\n    services_privileged = true\n',
      )
      .replace(
        '["/certs/client", "/cache"] # both\n',
        `["/cache", "/certs/client"] # both\n    allowed_privileged_services = ${services}\n`,
      ),
  );
});

test('Podman asks where it listens; a path alone is not taken', async () => {
  const { terminal, file } = editing(one, ['--preset', 'docker-podman']);
  await terminal.waitFor('? Container engine socket');
  terminal.type('/run/podman/podman.sock');
  terminal.press('enter');
  await terminal.waitFor('Enter the address of a container engine');
  terminal.press('ctrl-u');
  terminal.type('unix:///run/podman/podman.sock');
  terminal.press('enter');
  await terminal.waitFor('? Apply these changes?');
  terminal.press('enter');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(file()).toContain('host = "unix:///run/podman/podman.sock"\n');
  expect(file()).toContain('privileged = false # for dind\n');
});

test.each([
  ['Ctrl-C', (terminal: { press(key: 'ctrl-c'): void }) => terminal.press('ctrl-c')],
  ['no', (terminal: { type(text: string): void }) => terminal.type('n\r')],
])('%s at the lines of a preset leaves everything as it is', async (_, refuse) => {
  const { terminal, file, names } = editing(one, ['--preset', 'docker-socket']);
  await terminal.waitFor('? Apply these changes?');
  refuse(terminal);
  expect(await terminal.ended).toEqual({ code: 130, signal: undefined });
  expect([file(), names()]).toEqual([one, ['config.toml', 'home']]);
});
