import { expect, test } from 'vitest';
import { platformOf } from '../../../src/host/platform/index.ts';

const windows = platformOf({ platform: 'win32' });

const profile = { USERPROFILE: 'C:\\Users\\ci', PROMPT: '$P$G' };
const ofTheMachine =
  'C:\\Program Files\\WindowsPowerShell\\Modules;C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules';

test.each([
  ['a command prompt', { ...profile, PSModulePath: ofTheMachine }, 'cmd'],
  [
    'Windows PowerShell',
    { ...profile, PSModulePath: `C:\\Users\\ci\\Documents\\WindowsPowerShell\\Modules;${ofTheMachine}` },
    'powershell',
  ],
  [
    'PowerShell 7 with a folder of documents elsewhere',
    { ...profile, PSModulePath: `H:\\PowerShell\\Modules;c:\\program files\\powershell\\7\\Modules` },
    'powershell',
  ],
  ['no prompt of cmd', { PSModulePath: ofTheMachine }, 'powershell'],
  ['Git Bash', { ...profile, MSYSTEM: 'MINGW64', PSModulePath: ofTheMachine }, 'posix'],
])('the shell of a person on Windows: %s', (_, env, shell) => {
  expect(windows.shell(env)).toBe(shell);
});

test.each(['linux', 'darwin', 'freebsd'] as const)('on %s it is a POSIX shell', (platform) => {
  expect(platformOf({ platform }).shell({ PSModulePath: '/opt/powershell/Modules' })).toBe('posix');
});

test('no command of Windows or macOS needs what only Linux has', () => {
  for (const platform of ['win32', 'darwin'] as const)
    for (const env of [{}, { PROMPT: '$P$G' }])
      for (const line of Object.values(platformOf({ platform }).usualService(env)))
        expect(line).not.toMatch(/sudo|systemctl|journalctl/);
});
