import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readBinaryPlist } from '../../../../src/host/services/binary-plist.ts';
import { launchdServices } from '../../../../src/host/services/launchd.ts';
import { readLaunchdJob } from '../../../../src/host/services/launchd-job.ts';

// Written by plistlib of Python, from a launch agent of gitlab-runner.
const written = Buffer.from(
  [
    'YnBsaXN0MDDdAQIDBAUGBwgJCgsMDQ4PEBMVFhcpKg8rLC1URGF0YVhEaXNhYmxlZF8QFEVudmlyb25tZW50VmFyaWFibGVzWUtl',
    'ZXBBbGl2ZVVMYWJlbFROaWNlXxAQUHJvZ3JhbUFyZ3VtZW50c1VSYXRpb1lSdW5BdExvYWRdU2Vzc2lvbkNyZWF0ZVVTaW5jZV8Q',
    'EVN0YW5kYXJkRXJyb3JQYXRoXxAQVGhyb3R0bGVJbnRlcnZhbENhYmMI0RESW0NPTkZJR19GSUxFVy92LnRvbWzRFA9eU3VjY2Vz',
    'c2Z1bEV4aXRdZ2l0bGFiLXJ1bm5lchP/////////+68QEhgZGhscHR4VHyAhIiMkJSYnKF8QHC91c3IvbG9jYWwvYmluL2dpdGxh',
    'Yi1ydW5uZXJTcnVuXxATLS13b3JraW5nLWRpcmVjdG9yeVkvVXNlcnMvbWVYLS1jb25maWdvEB0ALwBVAHMAZQByAHMALwBtAGUA',
    'LwBCAPwAcgBvAC9l5WcsAC8AYwBvAG4AZgBpAGcALgB0AG8AbQBsWS0tc2VydmljZVgtLXN5c2xvZ1YtLXVzZXJSY2lTLXgwUy14',
    'MVMteDJTLXgzUy14NFMteDVTLXg2Iz/gAAAAAAAACTNBx4L4QAAAAF8QLC9Vc2Vycy9tZS9MaWJyYXJ5L0xvZ3MvZ2l0bGFiLXJ1',
    'bm5lci5lcnIubG9nEgABEXAACAAjACgAMQBIAFIAWABdAHAAdgCAAI4AlACoALsAvwDAAMMAzwDXANoA6QD3AQABFQE0ATgBTgFY',
    'AWEBngGoAbEBuAG7Ab8BwwHHAcsBzwHTAdcB4AHhAeoCGQAAAAAAAAIBAAAAAAAAAC4AAAAAAAAAAAAAAAAAAAIe',
  ].join(''),
  'base64',
);

test('what another program wrote', () => {
  expect(readBinaryPlist(written)).toEqual({
    Label: 'gitlab-runner',
    ProgramArguments: [
      '/usr/local/bin/gitlab-runner',
      'run',
      '--working-directory',
      '/Users/me',
      '--config',
      '/Users/me/Büro/日本/config.toml',
      '--service',
      'gitlab-runner',
      '--syslog',
      '--user',
      'ci',
      ...[0, 1, 2, 3, 4, 5, 6].map((number) => `-x${number}`),
    ],
    EnvironmentVariables: { CONFIG_FILE: '/v.toml' },
    KeepAlive: { SuccessfulExit: false },
    RunAtLoad: true,
    Disabled: false,
    SessionCreate: false,
    StandardErrorPath: '/Users/me/Library/Logs/gitlab-runner.err.log',
    ThrottleInterval: 70000,
    Nice: -5,
    Since: null,
    Data: null,
    Ratio: null,
  });
});

test('the job in it', () => {
  const job = readLaunchdJob(written);
  expect(job?.arguments.slice(0, 2)).toEqual(['/usr/local/bin/gitlab-runner', 'run']);
  expect(job?.text('Label')).toBe('gitlab-runner');
  expect(job?.text('Nice')).toBeUndefined();
  expect(job?.variable('CONFIG_FILE')).toBe('/v.toml');
  expect(job?.variable('HOME')).toBeUndefined();
  expect(['KeepAlive', 'RunAtLoad', 'Disabled', 'None'].map((key) => job?.isOn(key))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('the service in it', () => {
  const home = mkdtempSync(join(tmpdir(), 'plist-'));
  mkdirSync(join(home, 'Library/LaunchAgents'), { recursive: true });
  writeFileSync(join(home, 'Library/LaunchAgents/gitlab-runner.plist'), written);
  expect(launchdServices({ root: home, uid: 501, home })[0]).toMatchObject({
    name: 'gitlab-runner',
    isEnabled: true,
    config: '/Users/me/Büro/日本/config.toml',
    user: 'ci',
    log: '/Users/me/Library/Logs/gitlab-runner.err.log',
  });
});

/** A list of these objects, the first of them the outer one. */
function listOf(...objects: number[][]): Buffer {
  const places = objects.map((_, at) => 8 + objects.slice(0, at).flat().length);
  const end = 8 + objects.flat().length;
  const trailer = Buffer.alloc(32);
  trailer.set([1, 1], 6);
  trailer.writeBigUInt64BE(BigInt(objects.length), 8);
  trailer.writeBigUInt64BE(BigInt(end), 24);
  return Buffer.concat([Buffer.from('bplist00'), Buffer.from([...objects.flat(), ...places]), trailer]);
}

test('objects by hand', () => {
  expect(readBinaryPlist(listOf([0xa2, 1, 2], [0x51, 0x61], [0x13, 0, 0, 0, 0, 0, 0, 0, 7]))).toEqual([
    'a',
    7,
  ]);
  expect(readBinaryPlist(listOf([0xd1, 1, 2], [0x51, 0x61], [0x61, 0, 0xe9]))).toEqual({ a: 'é' });
});

test.each<[string, Buffer]>([
  ['nothing', Buffer.alloc(0)],
  ['only its beginning', Buffer.from('bplist00')],
  ['a list that holds itself', listOf([0xa1, 0])],
  ['an object that is not there', listOf([0xa1, 9])],
  ['more than there are', listOf([0xaf, 0x12, 0x7f, 0xff, 0xff, 0xff])],
  ['a text that goes on behind the end', listOf([0x5f, 0x11, 0xff, 0xff])],
  ['a number that is too wide', listOf([0x14, ...Buffer.alloc(16)])],
  [
    'lists of lists of lists',
    listOf(...[1, 2, 3, 4, 5].map((next) => [0xaa, ...Array(10).fill(next)]), [0x51, 0x61]),
  ],
])('nothing is read where it is damaged: %s', (_, bytes) => {
  expect(readBinaryPlist(bytes)).toBeUndefined();
});

test('no damage ends the program', () => {
  for (let at = 0; at < written.length; at++) {
    readLaunchdJob(written.subarray(0, at));
    for (const value of [0, 0x0f, 0x7f, 0xaf, 0xdf, 0xff]) {
      const changed = Buffer.from(written);
      changed[at] = value;
      readLaunchdJob(changed);
    }
  }
});
