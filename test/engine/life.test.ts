import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { startGitlab } from '../gitlab/index.ts';
import { type Ground, layGround } from './ground.ts';

// What the gitlab-runner in the container would do as soon as it has read the new config.
async function askForJobs(url: string, folder: string): Promise<void> {
  const config = join(folder, 'config.toml');
  while (!existsSync(config) || !readFileSync(config, 'utf8').includes('token = ')) await pause(50);
  await pause(1500);
  const token = /token = "([^"]+)"/.exec(readFileSync(config, 'utf8'))![1];
  const system_id = readFileSync(join(folder, '.runner_system_id'), 'utf8').trim();
  await fetch(`${url}/api/v4/jobs/request`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, system_id, info: { version: '19.3.0' } }),
  });
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.each(inject('engines'))('container install on $label', (found) => {
  let ground: Ground;
  beforeEach(async () => {
    ground = await layGround(found);
  });
  afterEach(() => ground.remove());

  const install = (name: string, ...more: string[]) =>
    ground.runnerSetup([
      ...['container', 'install', '-n', '--engine', found.program, '--name', name, '--socket', 'none'],
      ...['--config-folder', join(ground.dir, 'config'), '--image', ground.image('x').replace(/:x$/, '')],
      ...more,
    ]);

  test('pulls, makes the folder, runs, and does nothing the second time', async () => {
    const name = ground.container();
    const first = await install(name, '--tag', 'v19.3.0');
    expect(String(first.stdout)).toBe(
      `gitlab-runner is running in the new container ${name} (${ground.image('v19.3.0')}).\n`,
    );
    expect(first.code).toBe(0);
    expect(statSync(join(ground.dir, 'config')).mode & 0o777).toBe(0o700);
    const id = await ground.engine('inspect', '--format', '{{json .}}', name);
    const second = await install(name, '--tag', 'v19.3.0');
    expect(String(second.stdout)).toContain(`Nothing to do: the container ${name}`);
    expect(second.code).toBe(0);
    const idOf = (text: string | undefined) => /"Id":\s*"(\w+)"/.exec(text ?? '')?.[1];
    expect(idOf(await ground.engine('inspect', '--format', '{{json .}}', name))).toBe(idOf(id));
    const other = await install(name, '--tag', 'v19.4.0');
    expect(String(other.stderr)).toContain('v19.3.0, requested: ');
    expect(other.code).toBe(1);
  });

  test('takes back a container that dies at once, with the reason from its log', async () => {
    const name = ground.container();
    const { code, stderr } = await install(name, '--tag', 'v19.5.0');
    expect(String(stderr)).toContain('this version does not start');
    expect(String(stderr)).toContain(`Rolled back: the container ${name}.`);
    expect(code).toBe(1);
    expect(await ground.engine('container', 'inspect', name)).toBeUndefined();
    expect(existsSync(join(ground.dir, 'config'))).toBe(false);
  });

  test('waits until GitLab has heard from the runner', async () => {
    const reads = 'glpat-readonly00000000001';
    const gitlab = await startGitlab({
      runners: [{ id: 7, token: 'glrt-t3_buildbuildbuild0001', type: 'instance' }],
      accessTokens: [{ token: reads, scopes: ['read_api'], admin: true }],
    });
    try {
      const name = ground.container();
      expect((await install(name, '--tag', 'v19.3.0')).code).toBe(0);
      const words = ['register', '-n', '--container', name, '--url', gitlab.url, '--executor', 'shell'];
      const tokens = { CI_SERVER_TOKEN: 'glrt-t3_buildbuildbuild0001', RUNNER_SETUP_ACCESS_TOKEN: reads };
      const waiting = ground.runnerSetup([...words, '--wait', '30', '--json'], tokens);
      await askForJobs(gitlab.url, join(ground.dir, 'config'));
      const { stdout, code } = await waiting;
      expect(JSON.parse(String(stdout)).online).toMatchObject({ seen: true, by: 'gitlab' });
      expect(code).toBe(0);
    } finally {
      await gitlab.close();
    }
  });

  test('registers a runner into it, and the others find its config', async () => {
    const gitlab = await startGitlab({
      runners: [{ id: 7, token: 'glrt-t3_buildbuildbuild0001', type: 'project' }],
    });
    try {
      const name = ground.container();
      expect((await install(name, '--tag', 'v19.3.0')).code).toBe(0);
      const words = [
        'register',
        '-n',
        '--container',
        name,
        '--url',
        gitlab.url,
        '--executor',
        'shell',
        '--name',
        'build',
      ];
      const { code, stderr } = await ground.runnerSetup(words, {
        CI_SERVER_TOKEN: 'glrt-t3_buildbuildbuild0001',
      });
      expect(String(stderr)).toBe('');
      expect(code).toBe(0);
      expect(readFileSync(join(ground.dir, 'config/config.toml'), 'utf8')).toContain('name = "build"');
      const list = await ground.runnerSetup(['list', '--container', name, '--json']);
      expect(JSON.parse(String(list.stdout)).runners[0].name).toBe('build');
    } finally {
      await gitlab.close();
    }
  });
});
