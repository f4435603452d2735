import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { launchdServices, runningJobs } from '../../../../src/host/services/launchd.ts';
import { runnersByPs, runnersInPs } from '../../../../src/host/services/ps.ts';

const me = { uid: 501, home: '/Users/me' };

test.each<[string, string, unknown[]]>([
  [
    'of a launch agent',
    '  812   501 /usr/local/bin/gitlab-runner run --working-directory /Users/me --config /Users/me/.gitlab-runner/config.toml --service gitlab-runner --syslog',
    [812, 501, '/Users/me/.gitlab-runner/config.toml', undefined],
  ],
  ['without a file', '1 501 gitlab-runner run', [1, 501, '/Users/me/.gitlab-runner/config.toml', undefined]],
  ['of root', '1 0 gitlab-runner run --user build', [1, 0, '/etc/gitlab-runner/config.toml', 'build']],
  ['of somebody else', '1 502 gitlab-runner run', [1, 502, undefined, undefined]],
  [
    'with blanks in its paths',
    '1 501 /Users/me/My Tools/gitlab-runner --debug run --config /Users/me/My Files/c.toml --user ci',
    [1, 501, '/Users/me/My Files/c.toml', 'ci'],
  ],
  ['with a relative path', '1 501 gitlab-runner run -c c.toml -d /srv', [1, 501, '/srv/c.toml', undefined]],
  [
    'with a path relative to nothing',
    '1 501 gitlab-runner --log-level info run --config=c.toml',
    [1, 501, undefined, undefined],
  ],
])('a process %s', (_, line, expected) => {
  const found = runnersInPs(`    1     0 /sbin/launchd\n${line}\n`, me);
  expect(found.map(({ pid, uid, config, user }) => [pid, uid, config, user])).toEqual([expected]);
});

test.each([
  '1 501 vim /etc/gitlab-runner/config.toml run',
  '1 501 grep gitlab-runner run',
  '1 501 gitlab-runner verify --config /run/c.toml',
  '1 0 sudo /usr/local/bin/gitlab-runner run',
  '1 501 (gitlab-runner)',
  'words gitlab-runner run',
  '',
])('no gitlab-runner: %s', (line) => {
  expect(runnersInPs(line, me)).toEqual([]);
});

test('a real process, by the ps of this machine', async () => {
  const script = join(mkdtempSync(join(tmpdir(), 'ps-')), 'wait.js');
  writeFileSync(script, 'console.log(1); setTimeout(() => {}, 60_000);');
  const words = [script, 'run', '--config', '/srv/a b.toml'];
  const runner = spawn(process.execPath, words, { argv0: 'gitlab-runner' });
  await once(runner.stdout, 'data');
  const { uid } = userInfo();
  const found = runnersByPs({ uid, home: '/home/me' });
  runner.kill();
  // Alpine's knows other flags.
  if (found !== undefined)
    expect(found.find(({ pid }) => pid === runner.pid)).toMatchObject({ uid, config: '/srv/a b.toml' });
});

const agent = (...more: string[]) => `<?xml version='1.0' encoding='UTF-8'?>
<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version='1.0'>
  <dict>
    <key>Label</key><string>gitlab-runner</string>
    ${more.join('\n    ')}
  </dict>
</plist>
`;

const starting = (...words: string[]) =>
  `<key>ProgramArguments</key><array>${['/usr/local/bin/gitlab-runner', 'run', ...words]
    .map((word) => `<string>${word}</string>`)
    .join('\n')}</array>`;

const always = '<key>KeepAlive</key><true/>';

function jobs(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'launchd-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return launchdServices({ root, uid: 501, home: join(root, 'Users/me') }).map((one) => ({
    ...one,
    file: one.file.slice(root.length),
    config: one.config?.replace(root, ''),
  }));
}

const mine = '/Users/me/Library/LaunchAgents/gitlab-runner.plist';

test('the launch agent of gitlab-runner install', () => {
  const text = agent(
    starting(
      '--working-directory',
      '/Users/me',
      '--config',
      '/Users/me/R&amp;D/c.toml',
      '--service',
      'gitlab-runner',
    ),
    '<key>SessionCreate</key><false/>',
    always,
    '<key>RunAtLoad</key><true/>\n<key>Disabled</key><false/>',
  );
  expect(jobs({ [mine]: text })).toEqual([
    {
      manager: 'launchd',
      name: 'gitlab-runner',
      file: mine,
      isEnabled: true,
      program: '/usr/local/bin/gitlab-runner',
      config: '/Users/me/R&D/c.toml',
      user: undefined,
      uid: 501,
      pid: undefined,
    },
  ]);
});

const variable =
  '<key>EnvironmentVariables</key><dict><key>A</key><string>b</string><key>CONFIG_FILE</key><string>/v.toml</string></dict>';

test.each<[string, Record<string, string>, unknown[]]>([
  [
    'without a file',
    { [mine]: agent(starting(), always) },
    ['/Users/me/.gitlab-runner/config.toml', true, 501],
  ],
  ['with a variable', { [mine]: agent(variable, starting()) }, ['/v.toml', false, 501]],
  [
    'that keeps alive under conditions',
    { [mine]: agent(starting(), '<key>KeepAlive</key>\n<dict></dict>') },
    ['/Users/me/.gitlab-runner/config.toml', true, 501],
  ],
  [
    'that is disabled',
    { [mine]: agent(starting(), always, '<key>Disabled</key><true/>') },
    ['/Users/me/.gitlab-runner/config.toml', false, 501],
  ],
  [
    'of root',
    { '/Library/LaunchDaemons/gitlab-runner.plist': agent(starting(), always) },
    ['/etc/gitlab-runner/config.toml', true, 0],
  ],
  [
    'of root as somebody else',
    {
      '/Library/LaunchDaemons/gitlab-runner.plist': agent(
        starting(),
        '<key>UserName</key><string>ci</string>',
      ),
    },
    [undefined, false, undefined],
  ],
  [
    'in a folder',
    { [mine]: agent(starting('-c', 'c.toml'), '<key>WorkingDirectory</key><string>/srv</string>') },
    ['/srv/c.toml', false, 501],
  ],
])('a job of launchd %s', (_, files, expected) => {
  expect(jobs(files).map(({ config, isEnabled, uid }) => [config, isEnabled, uid])).toEqual([expected]);
});

test('comments are none of a job', () => {
  const text = agent(`<!-- ${starting('-c', '/old')} -->`, starting('-c', '/new'), '<!-- open');
  expect(jobs({ [mine]: text }).map(({ config }) => config)).toEqual(['/new']);
});

test('characters by number or name, and an empty text', () => {
  const config = (text: string) => jobs({ [mine]: agent(starting('-c', text)) }).map((one) => one.config);
  expect(config('/R&#x26;&#68;')).toEqual(['/R&D']);
  expect(config('/&#x110000;&#99999999999;&constructor;')).toEqual([
    '/&#x110000;&#99999999999;&constructor;',
  ]);
  const empty = agent(starting('-c', 'none', '--user', 'ci').replace('<string>none</string>', '<string/>'));
  expect(jobs({ [mine]: empty }).map((one) => [one.config, one.user])).toEqual([[undefined, 'ci']]);
});

test('other jobs, and what is no list, are none', () => {
  const other = agent(starting().replace('<string>run</string>', '<string>verify</string>'));
  const files = { [mine]: other, '/Users/me/Library/LaunchAgents/runner2.plist': 'bplist00' };
  expect(jobs(files)).toEqual([]);
});

test('the jobs that run', () => {
  const printed = 'PID\tStatus\tLabel\n-\t0\tcom.apple.x\n812\t0\tgitlab-runner\n-\t78\tother\n';
  expect([...runningJobs(printed)]).toEqual([['gitlab-runner', 812]]);
});
