import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { withLock } from '../../src/config/lock.ts';
import { holdFolder } from '../../src/files/folder.ts';
import { takeInHand } from './at-hand.ts';

const token = 'glrt-t3_buildbuildbuild0001';
const file = (environment: readonly string[]) => `[[runners]]
  name = "build"
  url = "<URL>"
  token = "${token}"
  executor = "shell"
  environment = ["${environment.join('", "')}"]
`;

const proxy = 'http://proxy.corp.test:3128';
const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'].map((name) => `${name}=${proxy}`);
const direct = ['no_proxy', 'NO_PROXY'].map((name) => `${name}=localhost,127.0.0.1`);

test.each(['register', 'edit'])(
  '%s --proxy keeps what somebody else put into the environment meanwhile',
  async (verb) => {
    const hand = await takeInHand(file(['TZ=UTC']), { runners: [{ id: 7, token, type: 'project' }] });
    const machine = { pid: process.pid, hostname: hostname(), isWindows: process.platform === 'win32' };
    const words = {
      register: ['register', '--url', hand.gitlab.url, '--token', token, '--executor', 'shell'],
      edit: ['edit', '#1'],
    }[verb]!;
    const folder = await holdFolder(hand.folder);
    const ended = await withLock(folder, '.config.toml.lock', { machine }, async () => {
      const terminal = hand.open([...words, '-n', '--proxy', proxy]);
      await terminal.waitFor('Waiting for');
      hand.write(file(['TZ=UTC', 'ADDED=meanwhile']));
      return { end: terminal.ended };
    });
    await folder.close();
    expect(await ended.end).toEqual({ code: 0, signal: undefined });
    expect(hand.file()).toBe(file(['TZ=UTC', 'ADDED=meanwhile', ...names, ...direct]));
  },
);

const renewed = 'glrt-t3_renewedrenewed00001';
const docker = `concurrent = 1

[[runners]]
  name = "build"
  url = "<URL>"
  id = 7
  token = "${token}"
  executor = "docker"
  environment = ["A=1"]
  [runners.docker]
    image = "alpine"
    volumes = ["/cache", "/cache"]
`;

const fix = ['doctor', '--fix', '--offline'];
const login = [
  'registry-auth',
  'add',
  '1.dkr.ecr.eu-west-1.amazonaws.com',
  '--helper',
  'ecr-login',
  '--runner',
  '7',
];

test.each([
  ['doctor --fix', fix, 'volumes = ["/cache", "/cache"]', 'volumes = ["/cache"]'],
  [
    'registry-auth add',
    login,
    'environment = ["A=1"]',
    `environment = ["A=1", 'DOCKER_AUTH_CONFIG={"credHelpers":{"1.dkr.ecr.eu-west-1.amazonaws.com":"ecr-login"}}']`,
  ],
])('%s changes the lines that were agreed to, and no others', async (_, words, line, changed) => {
  const hand = await takeInHand(docker, { runners: [{ id: 7, token, type: 'project' }] });
  const agreeMeanwhile = async (theirs: string) => {
    hand.write(docker);
    const terminal = hand.open(words, { columns: 120 });
    await terminal.waitFor('(Y/n)');
    hand.write(theirs);
    terminal.press('enter');
    await terminal.ended;
    return terminal.screen();
  };
  const others = docker.replace(line, line.replace(']', ', "/theirs"]'));
  expect(await agreeMeanwhile(others)).toContain('Another program changed');
  expect(hand.file()).toBe(others);
  await agreeMeanwhile(docker.replace(token, renewed));
  expect(hand.file()).toBe(docker.replace(token, renewed).replace(line, changed));
});
