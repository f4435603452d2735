import { X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGitlab } from '../gitlab/index.ts';
import { accessToken, openScene, type Ran, type Scene, textOf } from './scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene(3);
});

afterAll(() => scene.close());

const register = (place: string, hook: { at?: number; do?: string; log?: string }): Promise<Ran> =>
  scene.run('register', place, ['--executor', 'shell', '--runner-type', 'instance', '--leave-runner'], {
    token: accessToken,
    hook,
    env: { HOME: join(place, 'no-such-home') },
  });

/** The number, from 1, of the last call of this kind. */
async function lastCall(call: string): Promise<number> {
  const place = scene.newFolder();
  const log = join(scene.folder, `calls-${Math.random()}`);
  await register(place, { log });
  return readFileSync(log, 'utf8').trim().split('\n').lastIndexOf(call) + 1;
}

const idIn = ({ stderr }: Ran): string => /the runner (\d+)/.exec(stderr)![1]!;

test('the token of a runner that is left in GitLab is saved when config.toml cannot be written', async () => {
  const place = scene.newFolder();
  const ran = await register(place, { at: await lastCall('renameSync config.toml'), do: 'ENOSPC' });
  const kept = join(place, 'config.toml.new-token');
  const id = idIn(ran);
  const made = scene.gitlab.state.runners.find((runner) => runner.id === Number(id))!;
  expect(ran).toEqual({
    code: 1,
    stdout: '',
    stderr: `Rolled back: <PLACE>/.runner_system_id.
Kept as requested: the runner ${id} in GitLab.
error: <PLACE>/config.toml cannot be written
       The token of the runner ${id} is in <PLACE>/config.toml.new-token
  why: The disk is full.
 next: Free some space, then run the command again. The file was not changed.
       To save the runner in config.toml: runner-setup doctor -c <PLACE>/config.toml --fix
`,
  });
  expect(textOf(kept)).toContain(`  token = "${made.token}"\n`);
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  expect(textOf(join(place, 'config.toml'))).toBeUndefined();
  const next = await register(place, {});
  expect(next.stderr).toContain(`(id ${id}) at <GITLAB>. It is now saved in <PLACE>/config.toml.`);
  expect(next.stdout).toContain(`Nothing to change: `);
  expect(textOf(kept)).toBeUndefined();
});

test('where the disk takes neither config.toml nor the token it is said how to get another', async () => {
  const place = scene.newFolder();
  writeFileSync(join(place, 'config.toml'), 'concurrent = 1\n');
  mkdirSync(join(place, '.config.toml.previous/in-the-way'), { recursive: true });
  const at = await lastCall('writeSync config.toml.new-token');
  const ran = await register(place, { at, do: 'ENOSPC' });
  const id = idIn(ran);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain(`The token of the runner ${id} could not be saved and is lost.\n`);
  expect(ran.stderr).toContain(
    `Get a new token: curl -X POST -H "PRIVATE-TOKEN: ACCESS_TOKEN" <GITLAB>/api/v4/runners/${id}/reset_authentication_token\n`,
  );
});

test('a kill while a runner is deleted again leaves none in config.toml', async () => {
  const gitlab = await startGitlab({
    accessTokens: [{ token: accessToken, scopes: ['api'], admin: true }],
    faults: [{ kind: 'status', on: 'POST /runners/verify', status: 403 }],
  });
  const place = scene.newFolder();
  const run = (hook: { at?: number; do?: string; log?: string }) =>
    scene.run('register', place, ['--executor', 'shell', '--runner-type', 'instance'], {
      token: accessToken,
      url: gitlab.url,
      hook: { ...hook, requests: true },
    });
  const log = join(scene.folder, 'calls-of-taking-back');
  await run({ log });
  const at = readFileSync(log, 'utf8').trim().split('\n').indexOf('answer DELETE /api/v4/runners') + 1;
  expect((await run({ at, do: 'kill' })).code).toBe('SIGKILL');
  const kept = join(place, 'config.toml.new-token');
  const next = await scene.run('doctor', place, ['--fix', '--yes', '--offline'], { token: '' });
  expect(next.stdout).toContain('An interrupted run asked GitLab to create the runner');
  expect(textOf(join(place, 'config.toml'))).toBeUndefined();
  expect(textOf(kept)).toBeDefined();
  gitlab.setFaults([]);
  expect((await run({})).stderr).toContain(
    'The access token shows no such runner, so there is nothing to delete.',
  );
  expect(gitlab.state.runners.length).toBe(1);
  expect(readdirSync(place)).not.toContain('config.toml.new-token');
  await gitlab.close();
});

test('a kill while a new runner is deleted again leaves the old one in config.toml', async () => {
  const old = { id: 1, token: 'glrtr-oldtoken1111', type: 'instance' as const };
  const gitlab = await startGitlab({
    accessTokens: [{ token: accessToken, scopes: ['api'], admin: true }],
    runners: [old],
    faults: [{ kind: 'status', on: 'POST /runners/verify', status: 403 }],
  });
  const place = scene.newFolder();
  const config = join(place, 'config.toml');
  writeFileSync(
    config,
    `[[runners]]\n  name = "old"\n  url = "${gitlab.url}"\n  id = 1\n  token = "${old.token}"\n`,
  );
  const run = (hook: { at?: number; do?: string; log?: string }) =>
    scene.run('migrate', place, ['--yes', '--access-token', accessToken], {
      token: '',
      url: gitlab.url,
      hook: { ...hook, requests: true },
    });
  const log = join(scene.folder, 'calls-of-taking-back-a-migration');
  await run({ log });
  const at = readFileSync(log, 'utf8').trim().split('\n').indexOf('answer DELETE /api/v4/runners') + 1;
  expect((await run({ at, do: 'kill' })).code).toBe('SIGKILL');
  await scene.run('doctor', place, ['--fix', '--yes', '--offline'], { token: '' });
  expect(textOf(config)).toContain(old.token);
  gitlab.setFaults([]);
  expect((await run({})).stdout).toContain('The old runner 1 was deleted in GitLab.');
  expect(gitlab.state.runners.map(({ token }) => token)).toEqual([
    /token = "(.*)"/.exec(textOf(config)!)![1],
  ]);
  expect(readdirSync(place)).not.toContain('config.toml.new-token');
  await gitlab.close();
});

test('a kill after GitLab has answered leaves the certificate that was trusted', async () => {
  const gitlab = await startGitlab({
    https: true,
    accessTokens: [{ token: accessToken, scopes: ['api'], admin: true }],
  });
  const leaf = new X509Certificate(gitlab.chain!);
  const place = scene.newFolder();
  const run = (hook: { at?: number; do?: string; log?: string }) =>
    scene.run(
      'register',
      place,
      ['--executor', 'shell', '--runner-type', 'instance', '--tls-trust', leaf.fingerprint256],
      { token: accessToken, url: gitlab.url, hook: { ...hook, requests: true } },
    );
  const log = join(scene.folder, 'calls-of-trusting');
  await run({ log });
  const at = readFileSync(log, 'utf8').trim().split('\n').indexOf('answer POST /api/v4/user/runners') + 1;
  rmSync(place, { recursive: true });
  mkdirSync(place);
  expect((await run({ at, do: 'kill' })).code).toBe('SIGKILL');
  const next = await scene.run('doctor', place, ['--fix', '--yes', '--offline'], { token: '' });
  expect(next.stderr).toContain('It is now saved in');
  const verified = await scene.run('verify', place, [], { token: '' });
  expect(verified.stdout).toContain(': alive');
  await gitlab.close();
});
