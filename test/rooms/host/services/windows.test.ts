import { expect, test } from 'vitest';
import { shownIn } from '../../../../src/host/services/windows.ts';
import { windowsWords } from '../../../../src/text/windows-words.ts';

const installed =
  'C:\\GitLab-Runner\\gitlab-runner.exe run --working-directory C:\\GitLab-Runner --config C:\\GitLab-Runner\\config.toml --service gitlab-runner --syslog';

const program = 'C:\\GitLab-Runner\\gitlab-runner.exe';

const service = { Name: 'gitlab-runner', StartMode: 'Auto', PathName: installed, ProcessId: 4120 };

test('the service and its process, as an administrator sees them', () => {
  const printed = JSON.stringify({
    services: [service],
    processes: [{ ProcessId: 4120, CommandLine: installed }],
  });
  expect(shownIn(`\ufeff${printed}\r\n`)).toEqual({
    running: [
      { pid: 4120, config: 'C:\\GitLab-Runner\\config.toml', user: undefined, uid: undefined, program },
    ],
    services: [
      {
        manager: 'Windows',
        name: 'gitlab-runner',
        file: 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\gitlab-runner',
        isEnabled: true,
        program,
        config: 'C:\\GitLab-Runner\\config.toml',
        user: undefined,
        uid: undefined,
        pid: 4120,
      },
    ],
  });
});

test('a process whose command line is hidden has the file of its service', () => {
  const processes = [4120, 9].map((ProcessId) => ({ ProcessId, CommandLine: null }));
  const { running } = shownIn(JSON.stringify({ services: [service], processes }));
  expect(running.map(({ pid, config }) => [pid, config])).toEqual([
    [4120, 'C:\\GitLab-Runner\\config.toml'],
    [9, undefined],
  ]);
});

test.each([
  [
    'relative to its folder',
    '"C:\\Program Files\\gitlab-runner.exe" run -c c.toml -d "D:\\my ci"',
    'D:\\my ci\\c.toml',
  ],
  ['without a file', 'gitlab-runner.exe run', undefined],
  [
    'with a blank in the path of its program',
    'C:\\Program Files\\GitLab Runner\\gitlab-runner.exe run -c D:\\c.toml',
    'D:\\c.toml',
    'C:\\Program Files\\GitLab Runner\\gitlab-runner.exe',
  ],
  [
    'in capital letters',
    'C:\\CI\\GitLab-Runner.EXE run -c D:\\c.toml',
    'D:\\c.toml',
    'C:\\CI\\GitLab-Runner.EXE',
  ],
  ['of another name', 'gitlab-runner-windows-amd64.exe run --config=E:/c.toml', 'E:/c.toml'],
] as [string, string, string | undefined, string?][])(
  'a process %s',
  (_, CommandLine, config, program = expect.any(String)) => {
    const { running } = shownIn(JSON.stringify({ services: [], processes: [{ ProcessId: 7, CommandLine }] }));
    expect(running).toMatchObject([{ pid: 7, config, program }]);
  },
);

test('a service that does not run and does not start by itself, and others', () => {
  const all = [
    { ...service, Name: 'ci', StartMode: 'Disabled', ProcessId: 0 },
    { ...service, PathName: 'C:\\x\\gitlab-runner-helper.exe serve' },
    { ...service, PathName: null },
  ];
  const { services } = shownIn(JSON.stringify({ services: all, processes: [] }));
  expect(services.map(({ name, isEnabled, pid }) => [name, isEnabled, pid])).toEqual([
    ['ci', false, undefined],
  ]);
});

test.each([
  ['a b\tc', ['a', 'b', 'c']],
  ['  a  ""  ', ['a', '']],
  ['"C:\\a b\\\\" x', ['C:\\a b\\', 'x']],
  ['C:\\a\\b \\\\server\\x', ['C:\\a\\b', '\\\\server\\x']],
  ['a\\"b \\\\"c d"', ['a"b', '\\c d']],
  ['--config="C:\\a b"', ['--config=C:\\a b']],
  ['', []],
])('the words of the command line %s', (line, words) => {
  expect(windowsWords(line)).toEqual(words);
});
