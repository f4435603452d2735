import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { GitlabSetup } from '../gitlab/index.ts';
import { cleanEnvironment } from '../harness/program.ts';
import { openTerminal, type Terminal } from '../harness/terminal.ts';
import { hasDebian, startDebian } from '../registry/debian.ts';
import { type Registry, startRegistry } from '../registry/stand-in.ts';
import { type AtHand, takeInHand } from './at-hand.ts';
import { asked } from './journey.ts';

const auth = (words: string) => Buffer.from(words).toString('base64');

const entry = { auth: auth('ci:a-deploy-password') };

const docker = {
  auths: {
    'registry.example.com:5000': entry,
    'https://index.docker.io/v1/': { auth: auth('me:a-hub-password') },
  },
  credHelpers: { '1.dkr.ecr.eu-west-1.amazonaws.com': 'ecr-login' },
};

const one = `# ours
[[runners]]
  name = "build"
  url = "<URL>"
  id = 1
  token = "glrt-t1_first000000000001"
  executor = "docker" # the usual one
  [runners.docker]
    image = "alpine:3.22"
`;

const access = 'glpat-api0000000000000001';

const known: GitlabSetup = {
  runners: [{ id: 1, token: 'glrt-t1_first000000000001', type: 'instance' }],
  accessTokens: [{ token: access, scopes: ['api'], admin: true }],
  groups: [{ id: 42, path: 'acme' }],
  projects: [{ id: 87, path: 'acme/app' }],
};

const secrets = [
  access,
  ...['a-deploy-password', 'a-hub-password', 'a-right-password', 'a-wrong-password', entry.auth],
  auth('me:a-hub-password'),
  auth('ci:a-right-password'),
];

const terminals: Terminal[] = [];

// Whatever a journey is about: no secret is ever seen.
afterEach(() => {
  const seen = terminals.splice(0).map((terminal) => terminal.everSent().replaceAll('\n', ''));
  expect(secrets.filter((secret) => seen.some((text) => text.includes(secret)))).toEqual([]);
});

async function setOut(setup: GitlabSetup = known, config: object = docker): Promise<AtHand> {
  const hand = await takeInHand(one, setup);
  mkdirSync(join(hand.folder, 'home', '.docker'), { recursive: true });
  writeFileSync(join(hand.folder, 'home', '.docker', 'config.json'), JSON.stringify(config));
  return hand;
}

function open(hand: AtHand, ...words: string[]): Terminal {
  const terminal = hand.open(['registry-auth', ...words]);
  terminals.push(terminal);
  return terminal;
}

async function answer(terminal: Terminal, question: string, words = ''): Promise<void> {
  await terminal.waitFor(asked(question));
  if (words !== '') terminal.type(words);
  terminal.press('enter');
}

async function point(terminal: Terminal, entryName: string): Promise<void> {
  while (!new RegExp(`^❯.?.? ?${entryName}`, 'm').test(terminal.screen())) {
    const before = terminal.screen();
    terminal.press('down');
    while (terminal.screen() === before) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function take(terminal: Terminal, question: string, entryName: string): Promise<void> {
  await terminal.waitFor(asked(question));
  await point(terminal, entryName);
  terminal.press('enter');
}

const variable = ({ gitlab }: AtHand) => gitlab.state.variables[0];

test('a login goes from a docker config into a project variable, and then into the runner', async () => {
  const hand = await setOut();
  const terminal = open(hand, 'add');
  await terminal.waitFor(asked('Credentials'));
  expect(terminal.screen()).toContain('registry.example.com:5000          ci');
  await point(terminal, 'registry.example.com:5000');
  terminal.press('space');
  await terminal.waitFor('❯◉ registry.example.com:5000');
  terminal.press('enter');
  await terminal.waitFor('Maintainers of the project can');
  await take(terminal, 'Add credentials to', 'A CI/CD variable of a project');
  await answer(terminal, 'Project (ID or path)', 'acme/nowhere');
  await answer(terminal, 'Restrict to protected branches and tags?');
  await answer(terminal, 'Access token', access);
  await terminal.waitFor('GitLab says: 404 Project Not Found');
  await take(terminal, 'Add credentials to', 'A CI/CD variable of a project');
  await answer(terminal, 'Project (ID or path)', 'acme/app');
  await answer(terminal, 'Restrict to protected branches and tags?', 'y');
  await terminal.waitFor('+ registry.example.com:5000  ci');
  expect(variable(hand)).toBeUndefined();
  await answer(terminal, 'Add these credentials?');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(variable(hand)).toMatchObject({
    home: 'project 87',
    value: JSON.stringify({ auths: { 'registry.example.com:5000': entry } }),
    masked: true,
    raw: true,
    protected: true,
  });

  const second = open(hand, 'add', 'registry.example.com:5000');
  await take(second, 'Add credentials to', 'A runner in config.toml');
  await second.waitFor("+   environment = ['DOCKER_AUTH_CONFIG=[hidden]']");
  await second.waitFor('every job on runner #1 can read these credentials.');
  await answer(second, 'Add these credentials?');
  expect(await second.ended).toEqual({ code: 0, signal: undefined });
  const text = JSON.stringify({ auths: { 'registry.example.com:5000': entry } });
  const line = '  executor = "docker" # the usual one\n';
  expect(hand.file()).toBe(one.replace(line, `${line}  environment = ['DOCKER_AUTH_CONFIG=${text}']\n`));
});

test('each place says who can read the logins in it, and what comes before it', async () => {
  const terminal = open(await setOut(), 'add', 'registry.example.com:5000');
  await terminal.waitFor(asked('Add credentials to'));
  const told: Record<string, string> = {
    'A CI/CD variable of a project':
      'Every job of the project gets it, on any runner. Maintainers of the project can read it. It overrides the same variable of the group, the instance, and the runner. They are not merged.',
    'A CI/CD variable of a group':
      'Every job in the group gets it. Owners of the group can read it. The same variable of a project overrides it. It overrides that of the instance and the runner.',
    'A CI/CD variable of the instance':
      'Every job of the instance gets it. Administrators can read it. The same variable of a group or project overrides it. It overrides that of the runner.',
    'A runner in config.toml':
      'Every job on the runner can read it. It takes precedence over the Docker config of the runner user. A CI/CD variable with the same name overrides it.',
    'The Docker config of the gitlab-runner user':
      'gitlab-runner uses it for registries that are not in the DOCKER_AUTH_CONFIG of a job. Jobs cannot read it, except with the shell executor. A runner in a container has its own home folder.',
  };
  for (const [place, words] of Object.entries(told)) {
    await point(terminal, place);
    expect(terminal.screen().replace(/\s+/g, ' ')).toContain(words);
  }
  terminal.press('ctrl-c');
  expect((await terminal.ended).code).toBe(130);
});

const registries: [string, () => Promise<Registry>][] = [
  ['the stand-in registry', () => startRegistry({ users: { ci: 'a-right-password' }, flow: 'token' })],
];
if (hasDebian()) registries.push(["Debian's docker-registry", () => startDebian('ci', 'a-right-password')]);

test.each(registries)('%s is asked about a login that is typed', async (_, start) => {
  const registry = await start();
  const hand = await setOut(known, {});
  const terminal = open(hand, 'add', '--host');
  await answer(terminal, 'Registry', 'alpine');
  await terminal.waitFor('is not a registry name');
  await answer(terminal, 'Registry', registry.host);
  await answer(terminal, 'User name at', 'ci');
  await answer(terminal, 'Password or token of ci', 'a-wrong-password');
  await terminal.waitFor('refused the credentials');
  await answer(terminal, 'Use these credentials anyway?');
  await answer(terminal, 'User name at', 'ci');
  await answer(terminal, 'Password or token of ci', 'a-right-password');
  await terminal.waitFor(`${registry.host} accepts the credentials.`);
  await answer(terminal, 'Add these credentials?');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  const file = join(hand.folder, 'home', '.docker', 'config.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    auths: { [registry.host]: { auth: auth('ci:a-right-password') } },
  });
  expect(existsSync(join(hand.folder, 'home', '.docker', '.config.json.previous'))).toBe(false);
  const tried = open(hand, 'test');
  expect(await tried.ended).toEqual({ code: 0, signal: undefined });
  expect(tried.screen()).toContain(`${registry.host}: right`);
  await registry.close();
});

test('a credential helper can be left to the runner', async () => {
  const hand = await setOut();
  const terminal = open(hand, 'add', '1.dkr.ecr.eu-west-1.amazonaws.com', '--runner', 'build');
  await terminal.waitFor('are in\n   docker-credential-ecr-login.');
  await take(terminal, 'Add for', 'The helper');
  await answer(terminal, 'Add these credentials?');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(hand.file()).toContain(`{"credHelpers":{"1.dkr.ecr.eu-west-1.amazonaws.com":"ecr-login"}}`);
});

test('a helper that is not there is said, and the question asked anew', async () => {
  const hand = await setOut();
  const terminal = open(hand, 'add', '1.dkr.ecr.eu-west-1.amazonaws.com', '--runner', 'build');
  await take(terminal, 'Add for', 'The secret');
  await terminal.waitFor('docker-credential-ecr-login is not installed.');
  await take(terminal, 'Add for', 'Nothing');
  expect((await terminal.ended).code).toBe(130);
});

test('the store of a docker config is opened when the person agrees', async () => {
  const hand = await setOut(known, { credsStore: 'nowhere' });
  const terminal = open(hand, 'add', '--runner', 'build');
  await answer(terminal, 'Look for credentials in docker-credential-nowhere, too?');
  await terminal.waitFor('docker-credential-nowhere is not installed.');
  await terminal.waitFor(asked('Registry'));
  terminal.press('ctrl-c');
  expect((await terminal.ended).code).toBe(130);
  const second = open(hand, 'add', '--runner', 'build');
  await answer(second, 'Look for credentials in docker-credential-nowhere, too?', 'n');
  await second.waitFor(asked('Registry'));
  expect(second.screen()).not.toContain('is not installed');
  second.press('ctrl-c');
  expect((await second.ended).code).toBe(130);
});

test('a store is asked for the logins that are tried only when the person agrees', async () => {
  const auths = { 'a.example.com': {}, 'b.example.com': {} };
  const hand = await setOut(known, { auths, credsStore: 'nowhere' });
  const terminal = open(hand, 'test');
  await answer(terminal, 'Also test the credentials in docker-credential-nowhere?', 'n');
  expect((await terminal.ended).code).toBe(1);
  expect(terminal.scrollback()).toContain('b.example.com: no credentials');
  expect(terminal.scrollback()).not.toContain('is not installed');
  const second = open(hand, 'test', 'a.example.com');
  await answer(second, 'Also test the credentials in docker-credential-nowhere?');
  expect((await second.ended).code).toBe(1);
  expect(second.scrollback()).toContain('docker-credential-nowhere is not installed');
});

test('an empty entry is filled by the person', async () => {
  const hand = await setOut(known, { auths: { '127.0.0.1:9': {} } });
  const terminal = open(hand, 'add', '127.0.0.1:9', '--runner', 'build', '--yes');
  await answer(terminal, 'User name at 127.0.0.1:9', 'a:b');
  await terminal.waitFor('is empty or contains a colon');
  await answer(terminal, 'User name at 127.0.0.1:9', 'ci');
  await answer(terminal, 'Password or token of ci', 'a-right-password');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.scrollback()).toContain('warning: The credentials were not checked');
  expect(hand.file()).toContain(`"127.0.0.1:9":{"auth":"${auth('ci:a-right-password')}"}`);
});

test('a docker config that gets a login is for its owner alone from then on', async () => {
  const hand = await setOut();
  const from = join(hand.folder, 'from.json');
  writeFileSync(from, JSON.stringify(docker));
  const file = join(hand.folder, 'home', '.docker', 'config.json');
  writeFileSync(file, '{}');
  expect(statSync(file).mode & 0o777).toBe(0o644);
  const terminal = open(hand, 'add', 'docker.io', '--docker-config', from, '--host', '--yes');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')).auths)).toEqual(['https://index.docker.io/v1/']);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(terminal.scrollback().replaceAll(/\n +/g, ' ')).toContain(
    `note: other users could access ${file}. Now only its owner can (mode 0600).`,
  );
});

test('a docker config with a second name is written in place, and no former password is kept', async () => {
  const hand = await setOut();
  const from = join(hand.folder, 'from.json');
  writeFileSync(from, JSON.stringify({ auths: { 'docker.io': entry } }));
  const folder = join(hand.folder, 'home', '.docker');
  linkSync(join(folder, 'config.json'), join(folder, 'other.json'));
  const terminal = open(hand, 'add', 'docker.io', '--docker-config', from, '--host', '--yes');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(terminal.scrollback().replace(/\s+/g, ' ')).toContain('rewritten in place');
  expect(terminal.scrollback()).not.toContain('.config.json.previous');
  expect(readdirSync(folder).sort()).toEqual(['config.json', 'other.json']);
  expect(readFileSync(join(folder, 'other.json'), 'utf8')).toContain(entry.auth);
});

test('what GitLab cannot mask is kept only when the person wants it so', async () => {
  const hand = await setOut({ ...known, version: '15.11.0-ee' });
  const terminal = open(hand, 'add', 'docker.io', '--project', 'acme/app', '--yes');
  await answer(terminal, 'Access token', access);
  await answer(terminal, 'Store it unmasked?', 'n');
  expect((await terminal.ended).code).toBe(130);
  expect(variable(hand)).toBeUndefined();
  const second = open(hand, 'add', 'docker.io', '--project', 'acme/app', '--yes');
  await answer(second, 'Access token', access);
  await answer(second, 'Store it unmasked?', 'y');
  expect(await second.ended).toEqual({ code: 0, signal: undefined });
  expect(variable(hand)).toMatchObject({ masked: false, raw: true });
});

test('one of several logins is taken away', async () => {
  const value = JSON.stringify({ auths: docker.auths });
  const hand = await setOut({
    ...known,
    variables: [{ of: { project: 87 }, key: 'DOCKER_AUTH_CONFIG', value, masked: true, raw: true }],
  });
  const terminal = open(hand, 'remove', '--project', '87');
  await answer(terminal, 'Access token', access);
  await terminal.waitFor(asked('Credentials'));
  await point(terminal, 'docker.io');
  terminal.press('space');
  await terminal.waitFor('❯◉ docker.io');
  terminal.press('enter');
  await terminal.waitFor('- docker.io  me');
  await answer(terminal, 'Remove it?');
  expect(await terminal.ended).toEqual({ code: 0, signal: undefined });
  expect(variable(hand)!.value).toBe(JSON.stringify({ auths: { 'registry.example.com:5000': entry } }));
});

describe('Ctrl-C leaves everything as it was', () => {
  const way: [string, string?][] = [
    ['Add credentials to'],
    ['Project (ID or path)', 'acme/app'],
    ['Restrict to protected branches and tags?'],
    ['Access token', access],
    ['Add these credentials?'],
  ];

  test.each(way.map(([question], at) => [question, at] as const))('at "%s"', async (question, at) => {
    const hand = await setOut();
    const terminal = open(hand, 'add', 'docker.io');
    for (const [each, words] of way.slice(0, at)) await answer(terminal, each, words);
    await terminal.waitFor(asked(question));
    terminal.press('ctrl-c');
    expect((await terminal.ended).code).toBe(130);
    expect(hand.gitlab.state.variables).toEqual([]);
  });

  test('while GitLab makes the first of two variables', async () => {
    const slow = [{ kind: 'slow', on: 'POST /projects/:id/variables', delay: 700 }] as const;
    const hand = await setOut({ ...known, faults: [...slow] });
    const places = ['--project', '87', '--group', '42'];
    const terminal = open(hand, 'add', 'docker.io', ...places, '--yes', '--access-token', access);
    await hand.asked('/api/v4/projects/87/variables');
    terminal.press('ctrl-c');
    expect((await terminal.ended).code).toBe(130);
    expect(terminal.screen()).toContain('Rolled back: the CI/CD variable');
    expect(hand.gitlab.state.variables).toEqual([]);
    expect(hand.requests().filter((line) => line.startsWith('POST')).length).toBe(1);
  });

  test('while a later place waits for its lock, and what undo leads to', async () => {
    const hand = await setOut();
    const from = join(hand.folder, 'from.json');
    writeFileSync(from, JSON.stringify(docker));
    const folder = join(hand.folder, 'home', '.docker');
    writeFileSync(join(folder, 'config.json'), '{}');
    const lock = JSON.stringify({ pid: 1, host: 'another', mark: '0123456789abcdef' });
    writeFileSync(join(folder, '.config.json.lock'), lock);
    const kept = join(hand.folder, '.config.toml.previous');
    writeFileSync(kept, '# older\n');
    const places = ['--runner', 'build', '--host', '--yes'];
    const terminal = open(hand, 'add', 'docker.io', '--docker-config', from, ...places);
    await terminal.waitFor('Waiting for');
    expect(hand.file()).toContain('DOCKER_AUTH_CONFIG');
    terminal.press('ctrl-c');
    expect((await terminal.ended).code).toBe(130);
    expect(terminal.scrollback()).toContain('Canceled. Nothing was left behind.');
    expect([hand.file(), readFileSync(kept, 'utf8')]).toEqual([one, '# older\n']);
    expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe('{}');
    expect(statSync(join(folder, 'config.json')).mode & 0o777).toBe(0o644);
    expect(readdirSync(folder).sort()).toEqual(['.config.json.lock', 'config.json']);
  });

  describe('while a credential helper does not answer', () => {
    async function setOutSlowly() {
      const hand = await setOut(known, { auths: { 'a.example.com': {} }, credsStore: 'slow' });
      const helper = join(hand.folder, 'docker-credential-slow');
      writeFileSync(helper, '#!/bin/sh\n: > "$0.began"\nexec sleep 60\n', { mode: 0o755 });
      const clean = cleanEnvironment(hand.folder);
      const args = ['registry-auth', 'add', 'a.example.com', '--read-store', '--host', '--yes'];
      const began = async () => {
        while (!existsSync(`${helper}.began`)) await wait(10);
      };
      return { args, env: { ...clean, PATH: `${hand.folder}:${clean.PATH}` }, cwd: hand.folder, began };
    }

    test('in a terminal', async () => {
      const { began, ...start } = await setOutSlowly();
      const terminal = openTerminal(start);
      await terminal.waitFor('Asking docker-credential-slow');
      await began();
      terminal.press('ctrl-c');
      expect((await terminal.ended).code).toBe(130);
      expect(terminal.screen()).toContain('Canceled.');
    });

    test('in a script, by SIGTERM', async () => {
      const { args, began, ...start } = await setOutSlowly();
      const script = join(import.meta.dirname, '../../bin/runner-setup.js');
      const child = spawn(process.execPath, [script, ...args], { ...start, stdio: 'pipe' });
      const said: string[] = [];
      child.stderr.on('data', (bytes) => said.push(String(bytes)));
      await began();
      child.kill('SIGTERM');
      expect(await once(child, 'close')).toEqual([130, null]);
      expect(said.join('')).toContain('Canceled.');
    });
  });

  test('while a registry does not answer', async () => {
    const hand = await setOut({ ...known, faults: [{ kind: 'hang' }] }, {});
    const { host } = new URL(hand.gitlab.url);
    const terminal = open(hand, 'add', host, '--host', '--insecure');
    await answer(terminal, 'User name at', 'ci');
    await answer(terminal, 'Password or token of ci', 'a-right-password');
    await hand.asked('/v2/');
    terminal.press('ctrl-c');
    expect((await terminal.ended).code).toBe(130);
    expect(readFileSync(join(hand.folder, 'home', '.docker', 'config.json'), 'utf8')).toBe('{}');
  });
});
