import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, type Engine } from '../../src/engine/engine.ts';
import { run } from '../../src/engine/run.ts';
import { listHelper } from '../../src/host/credential-helper.ts';
import { runSystem } from '../../src/host/schedule-run.ts';
import { secretNames, table } from '../../src/settings/table.ts';
import { removeFolder } from '../harness/folder.ts';

/** The variables whose settings are secret, and those of GitLab and its jobs that carry tokens. */
const secrets = [
  ...secretNames.flatMap((name) => table[name].env ?? []),
  ...['CI_JOB_TOKEN', 'CI_REGISTRY_PASSWORD', 'CI_DEPLOY_PASSWORD', 'CI_REPOSITORY_URL'],
  ...['GITLAB_TOKEN', 'GITLAB_ACCESS_TOKEN', 'GITLAB_PRIVATE_TOKEN', 'RUNNER_ENV', 'MACHINE_OPTIONS'],
];

/** What programs need to work. */
const needed = [
  ...[
    'HOME',
    'LANG',
    'LC_ALL',
    'TZ',
    'TMPDIR',
    'USER',
    'XDG_RUNTIME_DIR',
    'XDG_CONFIG_HOME',
    'SSH_AUTH_SOCK',
  ],
  ...[
    'DOCKER_HOST',
    'DOCKER_CONTEXT',
    'DOCKER_CONFIG',
    'DOCKER_CERT_PATH',
    'CONTAINER_HOST',
    'CONTAINERS_CONF',
  ],
  ...['HTTPS_PROXY', 'no_proxy', 'DBUS_SESSION_BUS_ADDRESS', 'AWS_PROFILE', 'REGISTRY_AUTH_FILE'],
];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'child-'));
  const script = `#!/bin/sh\n/usr/bin/env > ${dir}/seen\necho '{}'\n`;
  for (const name of ['docker', 'systemctl', 'docker-credential-store'])
    writeFileSync(join(dir, name), script, { mode: 0o755 });
  chmodSync(dir, 0o755);
});
afterEach(() => removeFolder(dir));

const env = () => ({
  ...Object.fromEntries([...secrets, ...needed, 'DOCKER_AUTH_CONFIG'].map((name) => [name, `of-${name}`])),
  PATH: `${dir}:${process.env.PATH}`,
});

const seen = () => {
  const lines = readFileSync(join(dir, 'seen'), 'utf8').split('\n');
  return new Map(lines.map((line) => [line.split('=')[0]!, line.slice(line.indexOf('=') + 1)]));
};

const engine = (): Engine => ({ program: 'docker', host: undefined, env: env() });

test.each([
  ['the engine is asked', () => ask(engine(), ['version'])],
  ['a command of the engine is run', () => run(engine(), ['pull', 'x'])],
  ['systemctl is run', () => runSystem(['systemctl', 'x'], env())],
  ['a credential helper is asked', () => listHelper('store', env(), new AbortController().signal)],
])('when %s, it sees what it needs and no secret', async (what, act) => {
  await act();
  const variables = seen();
  expect(secrets.filter((name) => variables.has(name))).toEqual([]);
  expect(needed.filter((name) => variables.get(name) !== `of-${name}`)).toEqual([]);
  expect(variables.get('PATH')).toBe(env().PATH);
  // The logins of registries are for the engine alone.
  expect(variables.has('DOCKER_AUTH_CONFIG')).toBe(what.includes('engine'));
});

test('a container gets the variable that was asked for, also one of those', async () => {
  await run(engine(), ['run', '--env', 'CI_SERVER_TOKEN', 'x'], { env: { CI_SERVER_TOKEN: 'asked-for' } });
  expect(seen().get('CI_SERVER_TOKEN')).toBe('asked-for');
  expect(seen().has('REGISTRATION_TOKEN')).toBe(false);
});
