import { chmodSync, mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  keepPrivate,
  makeDockerFolder,
  ownDockerConfig,
  registryCas,
  runnerUser,
} from '../../../src/host/docker-files.ts';
import type { World } from '../../../src/world.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'docker-'));

const world = (more: Partial<World>) =>
  ({ home: '/home/me', cwd: '/', env: {}, uid: 1000, ...more }) as World;

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
    'This machine has no user "no-such-user".',
  );
});

test('a folder for a docker config is made once, for its owner alone', () => {
  const file = join(folder(), '.docker', 'config.json');
  const made = makeDockerFolder(file, { name: 'you', home: '' });
  expect(statSync(made!).mode & 0o777).toBe(0o700);
  expect(makeDockerFolder(file, { name: 'you', home: '' })).toBeUndefined();
});

test('a file that others may read is closed to them; the target of a link is left alone', () => {
  const here = folder();
  for (const name of ['own', 'target']) writeFileSync(join(here, name), '{}');
  for (const name of ['own', 'target']) chmodSync(join(here, name), 0o644);
  symlinkSync(join(here, 'target'), join(here, 'link'));
  for (const name of ['own', 'link', 'nowhere']) keepPrivate(join(here, name));
  const modes = ['own', 'target'].map((name) => (statSync(join(here, name)).mode & 0o777).toString(8));
  expect(modes).toEqual(['600', '644']);
});

test("docker's CAs for a registry are found by host and port", () => {
  const below = folder();
  mkdirSync(join(below, 'registry.example.com:5000'));
  for (const name of ['ca.crt', 'client.cert', 'client.key'])
    writeFileSync(join(below, 'registry.example.com:5000', name), name);
  expect(registryCas('registry.example.com:5000', below)).toEqual(['ca.crt']);
  expect(registryCas('registry.example.com', below)).toEqual([]);
});
