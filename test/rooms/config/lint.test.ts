import { expect, test } from 'vitest';
import { cronFault } from '../../../src/config/lint/cron.ts';
import { isGoPattern } from '../../../src/config/lint/go-regexp.ts';
import { lintText } from '../../../src/config/lint/index.ts';
import { isZone } from '../../../src/config/lint/zone.ts';

const runner = '[[runners]]\nurl = "https://gitlab.example.com"\ntoken = "glrt-abc"\n';

async function lint(text: string): Promise<string[]> {
  const { valid, findings } = await lintText(text, 'config.toml', {});
  expect(valid).toBe(findings.every(({ severity }) => severity !== 'error'));
  return findings.map(({ line, column, rule, message }) => `${line}:${column} ${rule} ${message}`);
}

test.each([
  ['nothing', ''],
  ['a comment', '# later\n'],
  ['no runners', 'concurrent = 1\n'],
  ['an empty list of runners', 'runners = []\n'],
  ['names in other letters', runner.replace('url', 'URL').replace('token', 'Token')],
  ['anything below a map', `${runner}[runners.feature_flags]\nWHAT_EVER = true\n`],
  [
    'a map with keys that every object of JavaScript has',
    `${runner}[runners.docker.sysctls]\n"__proto__" = "x"\nconstructor = "y"\ntoString = "z"\n`,
  ],
  [
    'keys of NFS volumes',
    `${runner}[[runners.kubernetes.volumes.nfs]]\nname = "a"\nmount_path = "/a"\nserver = "s"\npath = "/"\nmore = 1\n`,
  ],
  ['values of a plugin', `${runner}[runners.autoscaler.plugin_config]\nname = "a"\nzones = ["b"]\n`],
  ['no name and no executor', runner],
  ['request_concurrency = 0', `${runner}request_concurrency = 0\n`],
  ['an idle_time of nothing', `${runner}[[runners.autoscaler.policy]]\nidle_time = "0s"\n`],
  ['a map that is no table', `${runner}feature_flags = 5\n`],
  ['an empty list of tables for a map', `${runner}[[runners.docker.tmpfs]]\n`],
  [
    'the largest whole number for a float',
    `${runner}[runners.machine]\nIdleScaleFactor = 9007199254740991\n`,
  ],
  ['a float without end', `${runner}[runners.machine]\nIdleScaleFactor = inf\n`],
])('%s is valid', async (_, text) => {
  expect(await lint(text)).toEqual([]);
});

test.each([
  [
    'runners that are one table',
    '[runners]\nurl = "x"\n',
    ['1:1 type runners must be [[runners]] tables, not a table'],
  ],
  [
    'an inline table with a key too much',
    `${runner}docker = { imagee = "a" }\n`,
    ['4:1 unknown-key unknown key runners.docker.imagee; did you mean image?'],
  ],
  [
    'an unknown table, with its keys',
    `${runner}[runners.what]\na = 1\n[runners.what.b]\n`,
    [
      '4:1 unknown-key unknown key runners.what',
      '5:1 unknown-key unknown key runners.what.a, in the unknown table runners.what',
      '6:1 unknown-key unknown key runners.what.b, in the unknown table runners.what',
    ],
  ],
  [
    'keys of services in a list',
    `${runner}[runners.docker]\nservices = [{ name = "a" }, { name = "b", x = 1 }]\n`,
    ['5:1 unknown-key unknown key runners.docker.services.x'],
  ],
  [
    'an idle_time below a second',
    `${runner}[[runners.autoscaler.policy]]\nidle_time = "999ms"\n`,
    ['5:1 schema idle_time is below one second'],
  ],
  [
    'a period, a zone and a pattern below keys in other letters',
    `${runner}[runners.Machine]\n[[runners.Machine.Autoscaling]]\nperiods = ["* *"]\ntimezone = "utc"\n[[runners.monitoring.Job_Queuing_Durations]]\nJobs_running_for_project = "a{1001}"\n`,
    [
      '6:1 load "* *" is not a period: it has 2 fields, but requires at least 5',
      '7:1 load unknown time zone "utc"',
      '9:1 load "a{1001}" is not a Go regular expression',
    ],
  ],
  [
    'a number that breaks off in a list',
    'x = [1_]\n',
    ['1:8 syntax not valid TOML: an underscore must be between two digits'],
  ],
  [
    'a lone carriage return',
    'concurrent = 1\rcheck_interval = 0\n',
    ['1:15 syntax not valid TOML: a carriage return without a line feed'],
  ],
])('%s is not', async (_, text, findings) => {
  expect(await lint(text)).toEqual(findings);
});

test('what only TOML 1.1 allows is read as gitlab-runner reads it', async () => {
  const text = `${runner}[runners.docker]\nservices = [{\n  name = "a",\n}]\nimagee = "b"\n[[runners]]\nurl = "u"\ntoken = "\\x61"\n`;
  const findings = await lint(text);
  expect(findings.map((finding) => finding.split(' ')[1])).toEqual(['toml-1.1', 'unknown-key']);
});

test('a key with an escape of TOML 1.1 is found in the text', async () => {
  expect(await lint(`${runner}"\\x41\\e\\\\U" = 1\n`)).toEqual([
    '4:1 unknown-key unknown key runners.A\u001b\\U',
    '4:3 toml-1.1 only TOML 1.1 allows this: not a valid escape sequence',
  ]);
});

test('tokens that were blotted out are no duplicates', async () => {
  expect(await lint(runner.replace('glrt-abc', 'xxxxxxxx').repeat(2))).toEqual([]);
  expect(await lint(runner.repeat(2))).toEqual([
    '6:1 token-twice runner #2 has the same token as runner #1; GitLab sees one runner',
  ]);
});

test.each([
  '* * * * *',
  '*/5 0-8,20-23 * * sat,sun',
  '* * 7-17 * * mon-fri *',
  '0 0 L * ?',
  '0 12 15W jan-mar fri#2 2030',
  '@daily',
  '1,,2 * * * *',
  '? ? ? ? ? ? ?',
  '*/59 * * * *',
  '*,61 * * * *',
])('%s is a period', (period) => {
  expect(cronFault(period)).toBeUndefined();
});

test.each([
  ['* * *', 'it has 3 fields, but requires at least 5'],
  ['60 * * * *', '"60" does not fit the field minute'],
  ['* * 0 * *', '"0" does not fit the field day'],
  ['* * * * monday-frday', '"monday-frday" does not fit the field weekday'],
  ['*/0 * * * *', '"*/0" does not fit the field minute'],
  ['a * * * * * *', '"a" does not fit the field second'],
  ['*/61 * * * *', '"*/61" does not fit the field minute'],
  ['*/007 * * * *', '"*/007" does not fit the field minute'],
  ['* * 32W * *', '"32W" does not fit the field day'],
  ['* * * * *,61', '"*,61" does not fit the field weekday'],
  ['* * * * L', '"L" does not fit the field weekday'],
  ['@midnight', 'it has 1 fields, but requires at least 5'],
])('%s is none', (period, fault) => {
  expect(cronFault(period)).toBe(fault);
});

// Each of these was asked of Go's regexp.Compile.
test.each([
  '(?s:x)',
  '(?i)a(?-s:b)*',
  'a{1000}',
  'a{1001',
  '{02}',
  '(?P<n>x)(?<n>y)',
  '[]a]',
  '[[:^digit:]x-]',
  '\\pL\\p{Greek}\\P{^Lu}',
  '\\Qa*\\E*',
  '\\x{10FFFF}\\012\\_',
  '^*',
])('%s is a pattern of Go', (pattern) => {
  expect(isGoPattern(pattern)).toBe(true);
});

test.each([
  'a{1001}',
  '(a{100}){11}',
  'a{3,2}',
  'a**',
  'a??*',
  '*a',
  '(?i)*',
  '(?=x)',
  '(?<!x)y',
  '(?i-)',
  '\\1',
  '\\Z',
  '\\p{X}',
  '\\é',
  '[[:foo:]]',
  '[z-a]',
  '[a-\\d]',
  '[a',
  '(a',
  'a)',
  'a\\',
])('%s is none', (pattern) => {
  expect(isGoPattern(pattern)).toBe(false);
});

test.each([
  '',
  'Local',
  'UTC',
  'CET',
  'Etc/GMT+5',
  'America/Port-au-Prince',
  'Antarctica/DumontDUrville',
  'US/Pacific',
])('"%s" is a time zone', (name) => {
  expect(isZone(name)).toBe(true);
});

test.each([
  'utc',
  'local',
  'europe/berlin',
  'EUROPE/BERLIN',
  'America/Port-Au-Prince',
  'Europe/Berlim',
  'PST',
  '+01:00',
])('"%s" is none for Go', (name) => {
  expect(isZone(name)).toBe(false);
});

// Once each key was looked for among all of them: 50,000 took minutes, and 200,000 lines were printed.
test('of very many unknown keys the first are told, and how many more there are', async () => {
  const timeFor = async (count: number) => {
    const text = Array.from({ length: count }, (_, at) => `key${at} = ${at}\n`).join('');
    const before = performance.now();
    const { findings } = await lintText(text, 'config.toml', {});
    expect(findings.length).toBe(1001);
    expect(findings.at(-1)).toMatchObject({
      line: 1001,
      message: `${count - 1000} more unknown keys, the first of them key1000`,
    });
    return performance.now() - before;
  };
  await timeFor(1500);
  const few = await timeFor(5000);
  expect(await timeFor(40_000)).toBeLessThan(few * 30);
}, 60_000);
