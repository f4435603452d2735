import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type FreshHost, layHost } from '../harness/fresh-host.ts';
import { openTerminal } from '../harness/terminal.ts';

const program = resolve(import.meta.dirname, '../../bin/runner-setup.js');
const setup = `${process.execPath} ${program}`;

let host: FreshHost | undefined;

afterEach(() => {
  host?.remove();
  host = undefined;
});

/** Lays a machine with these files. */
function lay(files: Readonly<Record<string, string>>): FreshHost {
  const laid = layHost();
  host = laid;
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(laid.folder, path)), { recursive: true });
    laid.write(path, text);
  }
  return laid;
}

/** Runs a line of shell there, and gives all that it said. */
function run(line: string): string {
  const [command, ...words] = host!.enter;
  const { stdout, stderr } = spawnSync(command!, [...words, '/bin/sh', '-c', line], {
    encoding: 'utf8',
    timeout: 20_000,
    env: host!.env,
  });
  return stdout + stderr;
}

const config = (name: string) =>
  `concurrent = 1\n\n[[runners]]\n  name = "${name}"\n  url = "http://127.0.0.1:1"\n  token = "glrt-abcdefghijklmnopqrst"\n  executor = "shell"\n`;

const unit = (file: string) =>
  `[Unit]\nDescription=GitLab Runner\n\n[Service]\nExecStart=/usr/bin/gitlab-runner "run" "--config" "${file}" "--working-directory" "/root" "--service" "gitlab-runner" "--user" "ci"\n\n[Install]\nWantedBy=multi-user.target\n`;

const wanted = 'etc/systemd/system/multi-user.target.wants/gitlab-runner.service';

const service = {
  'etc/ci/config.toml': config('of-service'),
  'etc/two/config.toml': config('of-process'),
  'etc/systemd/system/gitlab-runner.service': unit('/etc/ci/config.toml'),
  [wanted]: '',
};

test('the file of a service that is not running is taken, and another one is warned of', () => {
  lay(service);
  expect(run(`${setup} list`)).toContain(
    'note: using /etc/ci/config.toml of the service gitlab-runner.service.',
  );
  expect(run(`printf 'verify\\0of\\0' | ${setup} __complete fish`)).toContain('of-service');
  expect(run(`${setup} edit '#1' --limit 3 --config /etc/two/config.toml`)).toContain(
    'warning: The service gitlab-runner.service uses /etc/ci/config.toml, not /etc/two/config.toml. To use that file, add: --config /etc/ci/config.toml',
  );
  expect(run(`${setup} doctor --offline`)).toContain(
    'service gitlab-runner.service: note: the service of this file is not running\n  next: systemctl start gitlab-runner',
  );
});

test('a drop-in counts, and a service that is not enabled does not', () => {
  lay({
    ...service,
    'etc/systemd/system/gitlab-runner.service.d/own.conf':
      '[Service]\nExecStart=\nExecStart=gitlab-runner run -c /etc/two/config.toml\n',
  });
  expect(run(`${setup} list`)).toContain('using /etc/two/config.toml of the service');
  expect(run(`rm /${wanted}; ${setup} list`)).toContain('/etc/gitlab-runner/config.toml does not exist');
});

const start = `/host/node/gitlab-runner -e 'setTimeout(() => {}, 20000)' run --config /etc/two/config.toml --user ci &
  for n in 1 2 3 4 5 6 7 8 9; do /usr/bin/grep -aq two /proc/$!/cmdline && break; /usr/bin/sleep 0.1; done`;

test('the file of a process comes before that of a service', () => {
  lay(service);
  const said = run(
    `${start}; ${setup} list --json; ${setup} edit '#1' --limit 3 -c /etc/ci/config.toml; kill $!`,
  );
  expect(said).toContain('"file": "/etc/two/config.toml"');
  expect(said).toMatch(
    /warning: The running gitlab-runner \(process \d+\) uses \/etc\/two\/config\.toml, not/,
  );
  const { gitlabRunners } = JSON.parse(/^\{.*?^\}/ms.exec(said)![0]);
  expect(gitlabRunners).toEqual([
    {
      kind: 'process',
      running: true,
      pid: expect.any(Number),
      config: '/etc/two/config.toml',
      user: 'root',
      jobUser: 'ci',
    },
    {
      kind: 'service',
      running: false,
      name: 'gitlab-runner.service',
      enabled: true,
      config: '/etc/ci/config.toml',
      user: 'root',
      jobUser: 'ci',
    },
  ]);
});

test.each([
  [
    'the file in use',
    '/etc/two/config.toml',
    /gitlab-runner \(process \d+\) loads the change within seconds\./,
  ],
  [
    'another file',
    '/etc/ci/config.toml',
    /\(process \d+\) uses \/etc\/two\/config\.toml, so it does not load the change\./,
  ],
])('after a change of %s', async (_, file, words) => {
  const { enter, env } = lay(service);
  const [command, ...args] = [
    ...enter,
    '/bin/sh',
    '-c',
    `${start}; ${setup} edit '#1' --limit 3 -y -c ${file}; kill $!`,
  ];
  const terminal = openTerminal({ command: command!, args, env, cwd: '/', rows: 40, columns: 200 });
  await terminal.ended;
  expect(terminal.screen()).toMatch(words);
  await terminal.close();
});

test('no running gitlab-runner, no promise', async () => {
  const { enter, env } = lay(service);
  const [command, ...args] = [...enter, '/bin/sh', '-c', `${setup} edit '#1' --limit 3 -y`];
  const terminal = openTerminal({ command: command!, args, env, cwd: '/', rows: 40, columns: 200 });
  await terminal.ended;
  expect(terminal.screen()).toContain('gitlab-runner is not running. It loads the change when it starts.');
  await terminal.close();
});

test('the address of the metrics is read at the next start, and the command for it is named', async () => {
  const { enter, env } = lay(service);
  const line = `${start}; ${setup} edit --metrics -y -c /etc/two/config.toml; kill $!`;
  const [command, ...args] = [...enter, '/bin/sh', '-c', line];
  const terminal = openTerminal({ command: command!, args, env, cwd: '/', rows: 60, columns: 200 });
  await terminal.ended;
  expect(terminal.screen()).toContain(
    'listen_address is only read when gitlab-runner starts. To restart it, which ends its running jobs: systemctl restart gitlab-runner',
  );
  await terminal.close();
});
