import { afterEach, describe, expect, test } from 'vitest';
import {
  asRoot,
  brokenLine,
  bySudo,
  contentOf,
  copyFile,
  position,
  quote,
  quoteAtEnd,
  removeFile,
  rewritten,
  type Shell,
  shellLine,
  showFile,
  showRights,
  unsetVariables,
  withVariable,
  writeFor,
} from '../../../src/text/shell-quote.ts';

afterEach(() => writeFor({ shell: 'posix', hasSudo: true }));

describe.each<[Shell, Record<string, string>]>([
  [
    'posix',
    {
      'C:\\GitLab-Runner\\a.toml': "'C:\\GitLab-Runner\\a.toml'",
      "it's": `'it'\\''s'`,
      'a "b"': `'a "b"'`,
      '#2': `'#2'`,
      '50%': '50%',
      'a,b': 'a,b',
      '': "''",
    },
  ],
  [
    'powershell',
    {
      'C:\\GitLab-Runner\\a.toml': 'C:\\GitLab-Runner\\a.toml',
      "it's": `'it''s'`,
      'it’s': `'it’’s'`,
      $HOME: `'$HOME'`,
      '#2': `'#2'`,
      '@x': `'@x'`,
      'a,b': `'a,b'`,
      '': "''",
    },
  ],
  [
    'cmd',
    {
      'C:\\Program Files\\a': '"C:\\Program Files\\a"',
      'C:\\a b\\': '"C:\\a b\\\\"',
      "it's": `"it's"`,
      'a "b"': '"a \\"b\\""',
      'a\\"b': '"a\\\\\\"b"',
      'a&b': '"a&b"',
      // With a quotation mark inside, the command prompt would take what follows for a command of its own.
      'a"&calc&"': '^"a\\^"^&calc^&\\^"^"',
      '100%': '"100%"',
      'a%PATH%b': '^"a^%PATH^%b^"',
      '#2': '#2',
      '': '""',
    },
  ],
])('%s', (shell, words) => {
  test.each(Object.entries(words))('reads back %j', (word, written) => {
    writeFor({ shell, hasSudo: shell === 'posix' });
    expect(quote(word)).toBe(written);
  });
});

test.each<[Shell, string[]]>([
  [
    'posix',
    [
      "ls -ld /a '/b c'",
      'ls -l /a',
      "rm '/b c'",
      'X=$(cat FILE) run \\\n    -n',
      "'#1'",
      'c\\ d',
      "cp /a '/b c'",
      'unset A B',
      'sudo run',
      'yes',
    ],
  ],
  [
    'powershell',
    [
      "icacls /a\nicacls '/b c'",
      'dir /a',
      "del '/b c'",
      '$env:X = (Get-Content FILE); run `\n    -n',
      "'#1'",
      "'c d'",
      "copy /a '/b c'",
      'Remove-Item Env:A, Env:B',
      'run',
      'no',
    ],
  ],
  [
    'cmd',
    [
      'icacls /a\nicacls "/b c"',
      'dir /a',
      'del "/b c"',
      'set /p X=<FILE&& run ^\n    -n',
      '#1',
      '"c d"',
      'copy /a "/b c"',
      'set A=&& set B=',
      'run',
      'no',
    ],
  ],
])('the commands of %s', (shell, commands) => {
  writeFor({ shell, hasSudo: shell === 'posix' });
  expect([
    showRights('/a', '/b c'),
    showFile('/a'),
    removeFile('/b c'),
    brokenLine([`${withVariable('X', contentOf('FILE'))}run`, '-n']),
    position(0),
    quoteAtEnd('c d'),
    copyFile('/a', '/b c'),
    unsetVariables('A', 'B'),
    asRoot(shellLine(['run'])),
    bySudo('yes', 'no'),
  ]).toEqual(commands);
});

const example = `KEY=ci SECRET="$SECRET" sudo runner-setup edit '#2' --test`;

test.each<[Shell, boolean, string]>([
  ['posix', true, example],
  ['posix', false, example.replace('sudo ', '')],
  ['powershell', false, `$env:KEY = 'ci'; $env:SECRET = "$SECRET"; runner-setup edit '#2' --test`],
  ['cmd', false, 'set KEY=ci&& set SECRET="$SECRET"&& runner-setup edit #2 --test'],
])('an example for %s, with sudo: %s', (shell, hasSudo, line) => {
  writeFor({ shell, hasSudo });
  expect(rewritten(example)).toBe(line);
});
