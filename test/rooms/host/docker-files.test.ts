import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  checkPlainFor,
  makeDockerFolder,
  ownDockerConfig,
  registryCas,
  runnerUser,
  type User,
} from '../../../src/host/docker-files.ts';
import type { World } from '../../../src/world.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'docker-'));

const world = (more: Partial<World>) =>
  ({ home: '/home/me', cwd: '/', env: {}, uid: 1000, platform: 'linux', ...more }) as World;

test('the docker config is where docker looks for it, or where the flag says', () => {
  expect(ownDockerConfig(world({}))).toBe('/home/me/.docker/config.json');
  expect(ownDockerConfig(world({ env: { DOCKER_CONFIG: '/srv/d' } }))).toBe('/srv/d/config.json');
  const here = folder();
  expect(ownDockerConfig(world({}), here)).toBe(join(here, 'config.json'));
  expect(ownDockerConfig(world({ cwd: '/srv' }), 'other.json')).toBe('/srv/other.json');
});

test('the user of a runner is the one named, else whoever asks', () => {
  expect(runnerUser(world({}), '/nowhere/config.toml', 'root')).toEqual({
    name: 'root',
    home: '/root',
    ids: { uid: 0, gid: 0 },
  });
  expect(runnerUser(world({}), '/nowhere/config.toml', undefined)).toEqual({ name: 'you', home: '/home/me' });
  expect(() => runnerUser(world({}), '/nowhere/config.toml', 'no-such-user')).toThrow(
    'The user "no-such-user" does not exist on this machine.',
  );
});

test('the user of a runner that is running has the home of the user database, not $HOME', async () => {
  const config = join(folder(), 'config.toml');
  const words = ['-e', 'console.log(1); setTimeout(() => {}, 60_000)', 'run', '--config', config];
  const runner = spawn(process.execPath, words, { argv0: 'gitlab-runner' });
  await once(runner.stdout, 'data');
  const { uid, homedir } = userInfo();
  const found = runnerUser(world({ uid, home: '/srv/elsewhere' }), config, undefined);
  runner.kill();
  expect([found.home, found.ids?.uid]).toEqual([homedir, uid]);
});

test('a folder for a docker config is made once, for its owner alone', () => {
  const file = join(folder(), '.docker', 'config.json');
  const made = makeDockerFolder(file, { name: 'you', home: '' });
  expect(statSync(made!).mode & 0o777).toBe(0o700);
  expect(makeDockerFolder(file, { name: 'you', home: '' })).toBeUndefined();
});

test('what another user may have put there to lead us astray is not written', () => {
  const home = folder();
  const me = statSync(home).uid;
  const file = join(home, '.docker', 'config.json');
  const they = { name: 'they', home, ids: { uid: me + 1, gid: 0 } };
  const fault = (user: User, uid: number): string => {
    try {
      checkPlainFor(user, { uid }, file);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(fault(they, me)).toBe('');
  mkdirSync(join(home, '.docker'));
  writeFileSync(file, '{}');
  expect(fault(they, me)).toBe('');
  expect(fault({ ...they, ids: { uid: me, gid: 0 } }, 0)).toBe('');
  expect(fault(they, me + 2)).toBe(`${join(home, '.docker')} does not belong to the user they alone.`);
  linkSync(file, join(home, 'other'));
  expect(fault(they, me)).toBe(`${file} does not belong to the user they alone.`);
  unlinkSync(file);
  symlinkSync(join(home, 'other'), file);
  expect(fault(they, me)).toBe(`${file} is a symbolic link.`);
  expect(fault({ name: 'you', home }, me)).toBe('');
  renameSync(join(home, '.docker'), join(home, 'elsewhere'));
  symlinkSync(join(home, 'elsewhere'), join(home, '.docker'));
  expect(fault(they, me)).toBe(`${join(home, '.docker')} is a symbolic link.`);
});

test("docker's CAs for a registry are found by host and port", () => {
  const below = folder();
  mkdirSync(join(below, 'registry.example.com:5000'));
  for (const name of ['ca.crt', 'client.cert', 'client.key'])
    writeFileSync(join(below, 'registry.example.com:5000', name), name);
  expect(registryCas('registry.example.com:5000', below)).toEqual(['ca.crt']);
  expect(registryCas('registry.example.com', below)).toEqual([]);
});
