import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { linuxServices } from '../../../../src/host/services/linux.ts';

const unit = '/etc/systemd/system/gitlab-runner.service';
const wanted = '/etc/systemd/system/multi-user.target.wants';

/** A machine of these files; a value that begins with `-> ` is a link. */
function machine(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'services-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), join(root, path));
    else writeFileSync(join(root, path), text);
  }
  return root;
}

const services = (files: Readonly<Record<string, string>>, uid = 0) => {
  const root = machine(files);
  const found = linuxServices({ root, uid, home: join(root, 'home/me') });
  return found.map((one) => ({
    ...one,
    file: one.file.slice(root.length),
    config: one.config?.replace(root, ''),
  }));
};

const starting = (exec: string, ...more: string[]) =>
  `[Unit]\nDescription=GitLab Runner\n\n[Service]\nExecStart=${exec}\n${more.join('\n')}\n\n[Install]\nWantedBy=multi-user.target\n`;

const packaged =
  '/usr/bin/gitlab-runner "run" "--config" "/srv/runner/config.toml" "--working-directory" "/home/gitlab-runner" "--service" "gitlab-runner" "--user" "gitlab-runner"';

test('the unit of the package, enabled', () => {
  expect(services({ [unit]: starting(packaged), [`${wanted}/gitlab-runner.service`]: `-> ${unit}` })).toEqual(
    [
      {
        manager: 'systemd',
        name: 'gitlab-runner.service',
        file: unit,
        isEnabled: true,
        program: '/usr/bin/gitlab-runner',
        config: '/srv/runner/config.toml',
        user: 'gitlab-runner',
        uid: 0,
      },
    ],
  );
});

const passwd = 'root:x:0:0:root:/root:/bin/sh\nci:x:990:990::/home/ci:/bin/sh\n';

test.each<[string, string, string | undefined]>([
  ['without a file, as root', starting('/usr/bin/gitlab-runner run'), '/etc/gitlab-runner/config.toml'],
  [
    'without a file, as another user',
    starting('gitlab-runner run', 'User=ci'),
    '/home/ci/.gitlab-runner/config.toml',
  ],
  ['as a user that is not there', starting('gitlab-runner run', 'User=who'), undefined],
  ['by a variable', starting('gitlab-runner run', 'Environment="A=b c" CONFIG_FILE=/a.toml'), '/a.toml'],
  [
    'by the last of several variables',
    starting('gitlab-runner run', 'Environment=CONFIG_FILE=/a', 'Environment=CONFIG_FILE=/b'),
    '/b',
  ],
  [
    'by a variable that was taken back',
    starting('gitlab-runner run', 'Environment=CONFIG_FILE=/a', 'Environment='),
    '/etc/gitlab-runner/config.toml',
  ],
  [
    'by a file of variables',
    starting('gitlab-runner run', 'EnvironmentFile=-/etc/default/r', 'Environment=CONFIG_FILE=/a'),
    '/from/file.toml',
  ],
  ['with an equals sign', starting("gitlab-runner run '--config=/a b.toml'"), '/a b.toml'],
  ['with escapes', starting('/opt/my\\x20tools/gitlab-runner run -c /a\\x20b'), '/a b'],
  [
    'relative to a folder of its own',
    starting('gitlab-runner run -c c.toml -d /srv', 'WorkingDirectory=/var'),
    '/srv/c.toml',
  ],
  [
    'relative to the folder of the unit',
    starting('gitlab-runner run -c c.toml', 'WorkingDirectory=-/var'),
    '/var/c.toml',
  ],
  [
    'relative to a home',
    starting('gitlab-runner run -c c.toml', 'User=ci', 'WorkingDirectory=~'),
    '/home/ci/c.toml',
  ],
  ['relative to nothing', starting('gitlab-runner run -c c.toml'), '/c.toml'],
  ['behind another program', starting('-/usr/bin/nice -n 5 /usr/bin/gitlab-runner run -c /a'), '/a'],
  ['on several lines', starting('/usr/bin/gitlab-runner run \\\n# why\n  --config /a'), '/a'],
  [
    'with a name that systemd puts in',
    starting('gitlab-runner run -c /etc/%N/c.toml'),
    '/etc/gitlab-runner/c.toml',
  ],
  ['with a percent sign', starting('gitlab-runner run -c /50%%/$$c'), '/50%/$c'],
  ['with the last of two files', starting('gitlab-runner run -c /a --config /b'), '/b'],
  ['with an empty name of a file', starting('gitlab-runner run --config= --service ci'), undefined],
  ['with no name of a file', starting('gitlab-runner run --config "" --service ci'), undefined],
  [
    'with the words of a variable',
    starting('gitlab-runner run $MORE', 'Environment="MORE=--service ci -c /more"'),
    '/more',
  ],
  [
    'with a variable in a word',
    starting('gitlab-runner run -c /srv/${NAME}.toml', 'Environment="NAME=a b"'),
    '/srv/a b.toml',
  ],
  ['with words that cannot be known', starting('gitlab-runner run $MORE'), undefined],
  ['with what cannot be known', starting('gitlab-runner run -c %h/c.toml'), undefined],
  ['with a dollar sign', starting('gitlab-runner run -c /a/$b'), '/a/$b'],
  ['with a variable that cannot be known', starting('gitlab-runner run -c ${FILE}'), undefined],
])('a unit %s', (_, text, config) => {
  const files = {
    [unit]: text,
    '/etc/passwd': passwd,
    '/etc/default/r': '# own\nCONFIG_FILE="/from/file.toml"\n',
  };
  expect(services(files).map((one) => one.config)).toEqual([config]);
});

test.each<[string, Record<string, string>]>([
  ['starts another program', { [unit]: starting('/usr/bin/runner run') }],
  ['does something else', { [unit]: starting('/usr/bin/gitlab-runner verify') }],
  [
    'is masked',
    { [unit]: '-> /dev/null', '/usr/lib/systemd/system/gitlab-runner.service': starting(packaged) },
  ],
  ['is masked and has a drop-in', { [unit]: '-> /dev/null', [`${unit}.d/a.conf`]: starting(packaged) }],
  ['is empty', { [unit]: '' }],
  [
    'runs a container',
    {
      [unit]: starting(
        '/usr/bin/docker run --name gitlab-runner -v /srv/gitlab-runner:/etc/gitlab-runner gitlab/gitlab-runner run',
      ),
    },
  ],
  ['is a folder', { [`${unit}/x`]: '' }],
  [
    'was undone by a drop-in',
    { [unit]: starting(packaged), [`${unit}.d/a.conf`]: '[Service]\nExecStart=\nExecStart=/bin/true\n' },
  ],
])('no service is a unit that %s', (_, files) => {
  expect(services(files)).toEqual([]);
});

test('drop-ins come after the unit, in the order of their names, and the first folder counts', () => {
  const found = services({
    '/usr/lib/systemd/system/gitlab-runner.service': starting(packaged),
    '/usr/lib/systemd/system/gitlab-runner.service.d/20.conf':
      '[Service]\nExecStart=\nExecStart=gitlab-runner run -c /vendor\n',
    '/etc/systemd/system/gitlab-runner.service.d/20.conf':
      '[Service]\nExecStart=\nExecStart=gitlab-runner run\n',
    '/etc/systemd/system/gitlab-runner.service.d/10.conf': '[Service]\nEnvironment=CONFIG_FILE=/ten\n',
    '/etc/systemd/system/gitlab-runner.service.d/none.txt': '[Service]\nEnvironment=CONFIG_FILE=/none\n',
  });
  expect(found.map(({ config, isEnabled }) => [config, isEnabled])).toEqual([['/ten', false]]);
});

test('units of other names, instances, and those of the user are found', () => {
  const exec = (file: string) => starting(`/usr/local/bin/gitlab-runner run --config ${file}`);
  const found = services(
    {
      '/etc/systemd/system/ci.service': exec('/one'),
      '/etc/systemd/system/gitlab-runner@.service': exec('/srv/%i.toml'),
      [`${wanted}/gitlab-runner@blue.service`]: '-> x',
      [`${wanted}/gitlab-runner@green.service`]: '-> x',
      '/home/me/.config/systemd/user/runner.service': exec('/mine'),
      '/home/me/.config/systemd/user/default.target.wants/runner.service': '-> x',
    },
    1000,
  );
  expect(found.map(({ name, config, isEnabled, uid }) => [name, config, isEnabled, uid])).toEqual([
    ['ci.service', '/one', false, 0],
    ['gitlab-runner@blue.service', '/srv/blue.toml', true, 0],
    ['gitlab-runner@green.service', '/srv/green.toml', true, 0],
    ['runner.service', '/mine', true, 1000],
  ]);
});

test('an instance has its name, and what it stands for, in its words and its file of variables', () => {
  const text = starting('gitlab-runner run -d /srv/%I', 'EnvironmentFile=/etc/ci/%i.env');
  const found = services({
    '/etc/systemd/system/gitlab-runner@.service': text,
    '/etc/ci/team-a\\x2db.env': 'CONFIG_FILE=c.toml\n',
    [`${wanted}/gitlab-runner@team-a\\x2db.service`]: '-> x',
  });
  expect(found.map(({ config }) => config)).toEqual(['/srv/team/a-b/c.toml']);
});

test('a unit of the user has files in the home', () => {
  const found = services(
    { '/home/me/.config/systemd/user/runner.service': starting('%h/bin/gitlab-runner run -c %h/c.toml') },
    1000,
  );
  expect(found.map(({ config, program }) => [config, program?.slice(-17)])).toEqual([
    ['/home/me/c.toml', 'bin/gitlab-runner'],
  ]);
});

test('among thousands of units the one of gitlab-runner is found, in the time that one takes', () => {
  const others = Array.from({ length: 2000 }, (_, at) => [
    `/etc/systemd/system/${at % 2 ? 'aaa' : 'runner'}-${at}.service`,
    starting(at % 2 ? '/bin/true' : packaged),
  ]);
  const root = machine({ ...Object.fromEntries(others), [unit]: starting(packaged) });
  const before = process.cpuUsage();
  const names = linuxServices({ root, uid: 0, home: '/root' }).map(({ name }) => name);
  expect(process.cpuUsage(before).user).toBeLessThan(1_500_000);
  expect(names).toContain('gitlab-runner.service');
});

test.skipIf(process.getuid?.() !== 0)('folders that the user may not look into are passed over', () => {
  const lib = '/usr/lib/systemd/system/gitlab-runner.service';
  const files = {
    [unit]: starting(packaged),
    [lib]: starting(packaged),
    [`${wanted}/gitlab-runner.service`]: '',
  };
  const found = (closed: string) => {
    const root = machine(files);
    chmodSync(root, 0o755);
    chmodSync(join(root, closed), 0o700);
    process.seteuid!(65534);
    try {
      return linuxServices({ root, uid: 65534, home: root }).map(({ file, isEnabled }) => [
        file.slice(root.length),
        isEnabled,
      ]);
    } finally {
      process.seteuid!(0);
    }
  };
  expect(found('/etc/systemd')).toEqual([[lib, false]]);
  expect(found(wanted)).toEqual([[unit, false]]);
});

test('long files cost no more than their length', () => {
  const long = starting(`gitlab-runner run \\\n${'x \\\n'.repeat(60_000)}`);
  const grown = `cmd="gitlab-runner run $a"\na=xxxx\n${'a=$a$a$a\n'.repeat(60)}`;
  const files = {
    [unit]: long,
    '/etc/init.d/runner': grown,
    '/etc/systemd/system/runner.service': 'x'.repeat(300_000),
    '/etc/systemd/system/runner-2.service': starting(
      `gitlab-runner run ${'$A ${A}'.repeat(9000)}`,
      `Environment="A=${'x '.repeat(50_000)}"`,
    ),
  };
  expect(services(files).map(({ manager }) => manager)).toEqual(['systemd', 'systemd', 'init']);
});

const script = `#!/bin/sh
# chkconfig: - 99 01
cmd="/usr/bin/gitlab-runner "run" "--working-directory" "/home/ci" "--config" "/srv/init.toml" "--user" "ci""
name=$(basename $(readlink -f $0))
[ -e /etc/sysconfig/$name ] && . /etc/sysconfig/$name
case "$1" in
  start) $cmd & ;;
esac
`;

const openRc = `#!/sbin/openrc-run
: \${runner_config:=/etc/gitlab-runner/config.toml}
command="/usr/bin/gitlab-runner"
command_args="run --config $runner_config \\
  --service gitlab-runner"
command_user="ci:ci"
`;

// As a package of Alpine has it.
const openRcOnLines = `#!/sbin/openrc-run
: \${cfgfile:="/etc/gitlab-runner/config.toml"}
: \${datadir:="/var/lib/gitlab-runner"}
: \${start_wait:=50}  # milliseconds
: \${command_user:="\${GITLAB_RUNNER_USER:-ci}:\${GITLAB_RUNNER_GROUP:-ci}"}

command="/usr/bin/gitlab-runner"
command_args="run
\t--config $cfgfile
\t--working-directory $datadir
\t--service $RC_SVCNAME
\t\${command_args:-$GITLAB_RUNNER_OPTS}
\t"
command_background="yes"
`;

test.each<[string, Record<string, string>, unknown[]]>([
  [
    'of gitlab-runner install',
    { '/etc/init.d/gitlab-runner': script, '/etc/rc3.d/S99gitlab-runner': '-> x' },
    ['/srv/init.toml', true, 0, 'ci'],
  ],
  [
    'that is off',
    { '/etc/init.d/gitlab-runner': script, '/etc/rc3.d/K01gitlab-runner': '-> x' },
    ['/srv/init.toml', false, 0, 'ci'],
  ],
  [
    'of OpenRC',
    { '/etc/init.d/gitlab-runner': openRc, '/etc/runlevels/default/gitlab-runner': '-> x' },
    ['/etc/gitlab-runner/config.toml', true, 990, undefined],
  ],
  [
    'of OpenRC with a file of settings',
    {
      '/etc/init.d/gitlab-runner': openRc,
      '/etc/conf.d/gitlab-runner': "runner_config='/srv/rc.toml' # own\n",
    },
    ['/srv/rc.toml', false, 990, undefined],
  ],
  [
    'of OpenRC with its words on several lines',
    {
      '/etc/init.d/gitlab-runner': openRcOnLines,
      '/etc/conf.d/gitlab-runner': 'log_syslog=yes\n#cfgfile="/no.toml"\nsupervisor=supervise-daemon\n',
    },
    ['/etc/gitlab-runner/config.toml', false, 990, undefined],
  ],
  [
    'of OpenRC with a file of settings for words on several lines',
    {
      '/etc/init.d/gitlab-runner': openRcOnLines,
      '/etc/conf.d/gitlab-runner': 'cfgfile="/srv/lines.toml"\ncommand_user="root"\n',
    },
    ['/srv/lines.toml', false, 0, undefined],
  ],
  [
    'with what cannot be known',
    { '/etc/init.d/gitlab-runner': script.replace('/srv/init.toml', '$(cat /x)') },
    [undefined, false, 0, 'ci'],
  ],
])('a script %s', (_, files, expected) => {
  const found = services({ ...files, '/etc/passwd': passwd });
  expect(found.map(({ config, isEnabled, uid, user }) => [config, isEnabled, uid, user])).toEqual([expected]);
});

test('a unit takes the place of a script of its name', () => {
  const found = services({ '/etc/init.d/gitlab-runner': script, [unit]: starting(packaged) });
  expect(found.map(({ manager }) => manager)).toEqual(['systemd']);
});

const quadlet = '/etc/containers/systemd/gitlab-runner.container';

test.each([
  ['in a folder', 'Volume=/srv/config:/etc/gitlab-runner:Z', '/srv/config/config.toml'],
  ['in a folder above', 'Volume=/srv/etc:/etc', '/srv/etc/gitlab-runner/config.toml'],
  ['by its words', 'Volume=/srv/c:/c\nExec=run --config /c/my.toml', '/srv/c/my.toml'],
  ['by a variable', 'Volume=/srv/c:/c\nEnvironment=CONFIG_FILE=/c/my.toml', '/srv/c/my.toml'],
  ['in a volume', 'Volume=config:/etc/gitlab-runner', undefined],
  ['in the container alone', '', undefined],
])('a Quadlet with its file %s', (_, lines, config) => {
  const text = `[Container]\nImage=docker.io/gitlab/gitlab-runner:alpine\n${lines}\n[Install]\nWantedBy=default.target\n`;
  expect(services({ [quadlet]: text })).toEqual([
    {
      manager: 'Quadlet',
      name: 'gitlab-runner.service',
      file: quadlet,
      isEnabled: true,
      config,
      user: undefined,
      uid: 0,
    },
  ]);
});

test('Quadlets of other images are none, and those of the user are of the user', () => {
  const other = '[Container]\nImage=docker.io/gitlab/gitlab-runner-helper:x\n';
  const mine = '[Container]\nImage=quay.io/me/gitlab-runner\nVolume=/srv/me:/etc/gitlab-runner\n';
  const found = services({ [quadlet]: other, '/home/me/.config/containers/systemd/r.container': mine }, 1000);
  expect(found.map(({ name, uid, isEnabled }) => [name, uid, isEnabled])).toEqual([
    ['r.service', 1000, false],
  ]);
});
