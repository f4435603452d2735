import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessToken, openScene, type Scene, tokenOf, type Verb } from './scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene(30);
});

afterAll(() => scene.close());

let count = 0;

const refused = 'glrt-t1_refused00000000000';
const renewed = 'glrt-t1_renewed00000000000';

/** A config.toml with a runner that GitLab knows, and another. */
function newRunner() {
  const at = count++;
  const block = (name: string, id: number, token: string) => `
[[runners]]
  name = "${name}"
  url = "${scene.gitlab.url}"
  id = ${id}
  token = "${token}"
  executor = "shell"
`;
  const other = block('other', 999, refused);
  const own = block('raced', at + 1, tokenOf(at));
  return { id: at + 1, token: tokenOf(at), text: `concurrent = 9\n${own}${other}`, own };
}

interface Told {
  readonly words: readonly string[];
  readonly env?: Record<string, string>;
}

type Runner = ReturnType<typeof newRunner>;

async function run(
  verb: Verb,
  told: (runner: Runner) => Told,
  hookIn: (config: string, runner: Runner) => object,
) {
  const runner = newRunner();
  const place = scene.newFolder();
  const config = join(place, 'config.toml');
  writeFileSync(config, runner.text, { mode: 0o600 });
  const { words, env = {} } = told(runner);
  const ran = await scene.run(verb, place, words, { token: '', env, hook: hookIn(config, runner) });
  return { ...ran, runner, file: readFileSync(config, 'utf8') };
}

/** Runs a command while gitlab-runner renews the token of a runner, right before config.toml is replaced. */
async function race(verb: Verb, told: (runner: Runner) => Told, raced?: string) {
  const log = join(scene.folder, `calls-${verb}-${count}`);
  await run(verb, told, () => ({ log }));
  const last = readFileSync(log, 'utf8').trim().split('\n').indexOf('renameSync config.toml');
  expect(last).toBeGreaterThan(0);
  return run(verb, told, (config, { token }) => ({
    at: last,
    do: `sh:sed -i s/${raced ?? token}/${renewed}/ ${config}`,
  }));
}

test('edit changes a runner whose token gitlab-runner renews', async () => {
  const { code, stderr, file, runner } = await race('edit', () => ({ words: ['#1', '--set', 'limit=4'] }));
  expect([code, stderr]).toEqual([0, '']);
  expect(file).toBe(
    runner.text.replace(runner.token, renewed).replace('name = "raced"\n', 'name = "raced"\n  limit = 4\n'),
  );
});

test('register changes a runner whose token gitlab-runner renews', async () => {
  const { code, stderr, file, runner } = await race('register', ({ token }) => ({
    words: ['--limit', '4'],
    env: { CI_SERVER_TOKEN: token },
  }));
  expect([code, stderr]).toEqual([0, '']);
  expect(file).toBe(
    runner.text.replace(runner.token, renewed).replace('name = "raced"\n', 'name = "raced"\n  limit = 4\n'),
  );
});

test.each([[['--local']], [[]], [['--runner']]])('unregister %j removes it', async (more) => {
  const { code, stderr, file, runner } = await race('unregister', () => ({
    words: ['raced', '--yes', ...more, ...(more[0] === '--runner' ? ['--access-token', accessToken] : [])],
  }));
  expect([code, stderr]).toEqual([0, expect.stringContaining('#1 "raced"')]);
  expect(file).toBe(runner.text.replace(runner.own, ''));
});

test('reset-token puts the newest token in its place', async () => {
  const { code, file } = await race('reset-token', () => ({
    words: ['#1', '--yes', '--access-token', accessToken],
  }));
  expect(code).toBe(0);
  expect(file).not.toContain(renewed);
});

test('registry-auth gives it the login', async () => {
  const { code, file } = await race('registry-auth', () => ({
    words: ['add', '1.dkr.ecr.eu-west-1.amazonaws.com', '--helper', 'ecr-login', '--runner', 'raced'],
  }));
  expect(code).toBe(0);
  expect(file).toContain(renewed);
  expect(file).toContain('DOCKER_AUTH_CONFIG');
});

test('verify --delete leaves a runner whose new token was not refused', async () => {
  const words = ['--name', 'other', '--delete', '--yes'];
  const { code, stdout, stderr, file, runner } = await race('verify', () => ({ words }), refused);
  expect(code).toBe(3);
  expect(stdout).not.toContain('Removed');
  expect(stderr).toContain('has a new token and was not removed. Run verify again.');
  expect(file).toBe(runner.text.replace(refused, renewed));
});
