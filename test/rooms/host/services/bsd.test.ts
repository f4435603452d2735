import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { rcServices } from '../../../../src/host/services/rc-script.ts';

const passwd = 'root:*:0:0:Charlie:/root:/bin/sh\nci:*:962:962::/var/tmp/gitlab_runner:/bin/sh\n';
const file = '/usr/local/etc/rc.d/gitlab_runner';

// In the manner of the port devel/gitlab-runner.
const port = `#!/bin/sh
# PROVIDE: gitlab_runner
. /etc/rc.subr
name="gitlab_runner"
rcvar="gitlab_runner_enable"
load_rc_config $name
: \${gitlab_runner_enable:="NO"}
: \${gitlab_runner_dir:="/var/tmp/gitlab_runner"}
: \${gitlab_runner_user:="ci"}
export HOME=\${gitlab_runner_dir}
pidfile="/var/run/\${name}.pid"
command="/usr/sbin/daemon"
command_args="-f -p \${pidfile} env HOME=\${gitlab_runner_dir} \${gitlab_runner_env} /usr/local/bin/gitlab-runner run --syslog"
gitlab_runner_chdir="\${gitlab_runner_dir}"
run_rc_command $1
`;

// In the manner of GitLab's documentation.
const documented = `#!/bin/sh
. /etc/rc.subr
name="gitlab_runner"
rcvar="gitlab_runner_enable"
user="ci"
user_home="/home/ci"
command="/usr/local/bin/gitlab-runner"
command_args="run"
pidfile="/var/run/\${name}.pid"
start_cmd="gitlab_runner_start"
gitlab_runner_start()
{
   export HOME=\${user_home}
   if checkyesno \${rcvar}; then
      /usr/sbin/daemon -u \${user} -p \${pidfile} \${command} \${command_args} > /var/log/\${name}.log 2>&1
   fi
}
load_rc_config $name
run_rc_command $1
`;

function services(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'rc-'));
  for (const [path, text] of Object.entries({ '/etc/passwd': passwd, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return rcServices({ root, uid: 0, home: '/root' }).map((one) => ({
    ...one,
    file: one.file.slice(root.length),
  }));
}

test('the service of the port', () => {
  const files = { [file]: port, '/etc/rc.conf': 'hostname="x"\ngitlab_runner_enable="YES"\n' };
  expect(services({ ...files, '/var/run/gitlab_runner.pid': '4711\n' })).toEqual([
    {
      manager: 'rc.d',
      name: 'gitlab_runner',
      file,
      isEnabled: true,
      program: '/usr/local/bin/gitlab-runner',
      config: '/var/tmp/gitlab_runner/.gitlab-runner/config.toml',
      user: undefined,
      uid: 962,
      pid: 4711,
      log: undefined,
    },
  ]);
});

test("the service of GitLab's documentation", () => {
  expect(services({ [file]: documented, '/etc/rc.conf': 'gitlab_runner_enable=yes # own\n' })).toMatchObject([
    {
      isEnabled: true,
      config: '/home/ci/.gitlab-runner/config.toml',
      uid: 962,
      log: '/var/log/gitlab_runner.log',
    },
  ]);
});

test.each<[string, Record<string, string>, unknown[]]>([
  ['without a word of rc.conf', {}, ['/var/tmp/gitlab_runner/.gitlab-runner/config.toml', false, 962]],
  [
    'with a folder of its own',
    { '/etc/rc.conf': 'gitlab_runner_dir="/srv/ci"' },
    ['/srv/ci/.gitlab-runner/config.toml', false, 962],
  ],
  [
    'as root',
    { '/etc/rc.conf.local': 'gitlab_runner_user=root' },
    ['/usr/local/etc/gitlab-runner/config.toml', false, 0],
  ],
  [
    'with a file in its environment',
    { '/etc/rc.conf': 'gitlab_runner_user=root\ngitlab_runner_env="A=b CONFIG_FILE=/srv/c.toml"' },
    ['/srv/c.toml', false, 0],
  ],
  [
    'with files of its own',
    {
      '/etc/rc.conf': 'gitlab_runner_enable=NO',
      '/etc/rc.conf.d/gitlab_runner/10-on': 'gitlab_runner_enable=ON',
      '/usr/local/etc/rc.conf.d/gitlab_runner': 'gitlab_runner_user=nobody',
    },
    ['/var/tmp/gitlab_runner/.gitlab-runner/config.toml', true, undefined],
  ],
  ['with what cannot be known', { '/etc/rc.conf': 'gitlab_runner_dir="$(pwd)"' }, [undefined, false, 962]],
])('the port %s', (_, files, expected) => {
  const found = services({ [file]: port, ...files });
  expect(found.map(({ config, isEnabled, uid }) => [config, isEnabled, uid])).toEqual([expected]);
});

test('other scripts, and those that are no more, are none', () => {
  const folder = dirname(file);
  const other = documented.replace('command_args="run"', 'command_args="verify"');
  expect(services({ [`${folder}/gitlab_runner.sample`]: port, [`${folder}/act_runner`]: other })).toEqual([]);
});
