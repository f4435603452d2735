import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { takeInvocation } from '../../../src/app/invocation.ts';
import { installBinary } from '../../../src/commands/install/binary.ts';
import { installGrammar } from '../../../src/commands/install/index.ts';
import type { Binary } from '../../../src/host/platform/binaries/binary.ts';
import { darwinBinary } from '../../../src/host/platform/binaries/darwin.ts';
import { linuxBinary } from '../../../src/host/platform/binaries/linux.ts';
import { windowsBinary } from '../../../src/host/platform/binaries/windows.ts';
import { readCommandLine } from '../../../src/terminal/options.ts';
import { writeFor } from '../../../src/text/shell-quote.ts';
import { realWorld, type World } from '../../../src/world.ts';
import { type Bucket, startBucket } from '../../downloads/stand-in.ts';

// No gitlab-runner that runs on this machine.
vi.mock('../../../src/host/services/ps.ts', () => ({ runnersByPs: () => [] }));

let folder: string;
let bucket: Bucket | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'binary-'));
  mkdirSync(join(folder, 'bin'));
  // No engine of this machine, and no gitlab-runner.
  for (const name of ['install', 'mv', 'rm']) symlinkSync(`/usr/bin/${name}`, join(folder, 'bin', name));
});

afterEach(async () => {
  writeFor({ shell: 'posix', hasSudo: true });
  await bucket?.close();
  bucket = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const mac = { platform: 'darwin', architecture: 'arm64', uid: 501, home: '/Users/ada' } as const;
const windows = { platform: 'win32', architecture: 'x64', uid: undefined, home: 'C:\\Users\\Ada' } as const;
const linux = { platform: 'linux', architecture: 'x64', uid: 0, home: '/root' } as const;

const real = realWorld(() => {});

/** Runs `install` with these words on a machine like this; gives what it said, with the folder and the address taken out. */
async function run(words: string[], machine: Partial<World>, binary: Binary) {
  const said: string[] = [];
  const stream = (name: string) => {
    const out = new PassThrough();
    out.on('data', (text: Buffer) =>
      said.push(
        ...String(text)
          .trimEnd()
          .split('\n')
          .map((line) => `${name}${line}`),
      ),
    );
    return out as unknown as NodeJS.WriteStream;
  };
  const world: World = {
    ...real,
    isSomeoneThere: false,
    env: { PATH: join(folder, 'bin'), ROOT: folder },
    stdout: stream(''),
    stderr: stream('! '),
    words: ['install', ...words],
    ...machine,
  };
  const invocation = await takeInvocation(
    readCommandLine('install', words, installGrammar),
    world,
    installGrammar,
  );
  const plain = (text: string) =>
    text
      .replaceAll(folder, '<DIR>')
      .replaceAll(bucket?.url ?? '\0', '<BUCKET>')
      .replaceAll(bucket?.fingerprint ?? '\0', '<KEY>')
      .replaceAll(/\.gitlab-runner-\w{6}/g, '<TEMP>')
      .replaceAll(/\b[0-9a-f]{64}\b/g, '<SHA-256>');
  const ended = await installBinary(invocation, binary).catch((error: Error) => error);
  await new Promise((done) => setImmediate(done));
  return { ended, said: said.map(plain) };
}

function put(name: string, script: string): void {
  writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

const bucketOn = async (machine: string, more = {}) => {
  bucket = await startBucket({
    binary: `gitlab-runner-${machine}`,
    releases: { latest: { version: '18.5.0', ...more } },
  });
  return ['--yes', '--mirror', bucket.url, '--package-key-fingerprint', bucket.fingerprint];
};

test('the script for Linux, any distribution', async () => {
  const { said } = await run(['--print', '--version', '18.5.0', '--root', '/srv/image'], linux, linuxBinary);
  expect(said).toEqual([
    '#!/bin/sh',
    'set -eu',
    'cd "$(mktemp -d)"',
    'curl -fsSLO https://gitlab-runner-downloads.s3.amazonaws.com/v18.5.0/release.sha256',
    'curl -fsSLO https://gitlab-runner-downloads.s3.amazonaws.com/v18.5.0/release.sha256.asc',
    'curl -fsSL -o key https://packages.gitlab.com/gpgkey/runner/49F16C5CC3A0F81F.pub.gpg',
    'gpg --homedir . --batch --quiet --import key',
    'gpg --homedir . --batch --status-fd 1 --verify release.sha256.asc release.sha256 > status',
    "grep -q 'VALIDSIG.* 931DA69CFA3AFEBBC97DAA8C6C57C29C6BA75A4E' status",
    'curl -fsSL -o gitlab-runner https://gitlab-runner-downloads.s3.amazonaws.com/v18.5.0/binaries/gitlab-runner-linux-amd64',
    `test "$(sha256sum gitlab-runner | cut -d ' ' -f 1)" = "$(awk '$2 ~ "^[*]?binaries/gitlab-runner-linux-amd64$" { print $1 }' release.sha256)"`,
    'install -D -m 755 gitlab-runner /srv/image/usr/local/bin/gitlab-runner',
    "chroot /srv/image useradd --comment 'GitLab Runner' --create-home gitlab-runner --shell /bin/sh",
  ]);
});

test('the script for Linux does what it says, and stops where the signature is of another key', async () => {
  put('chroot', 'echo "$*" >> "$ROOT/asked"');
  const root = join(folder, 'root');
  const script = async (more: object) => {
    const [, ...flags] = await bucketOn('linux-amd64', more);
    const { said } = await run(['--print', '--root', root, ...flags], linux, linuxBinary);
    const text = said.join('\n').replaceAll('<DIR>', folder);
    const whole = text.replaceAll('<BUCKET>', bucket!.url).replaceAll('<KEY>', bucket!.fingerprint);
    const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, ROOT: folder, TMPDIR: folder };
    return new Promise<unknown>((done) => execFile('sh', ['-c', whole], { env, timeout: 30_000 }, done));
  };
  expect(await script({ signedBy: 'other' })).toBeInstanceOf(Error);
  await bucket?.close();
  expect(existsSync(root)).toBe(false);
  expect(await script({})).toBe(null);
  expect(readdirSync(join(root, 'usr/local/bin'))).toEqual(['gitlab-runner']);
  expect(readFileSync(join(folder, 'asked'), 'utf8')).toContain('useradd --comment GitLab Runner');
});

test("the script for macOS: only the file is root's", async () => {
  const binary = { ...darwinBinary, folder: '/nowhere/bin', file: '/nowhere/bin/gitlab-runner' };
  const { said } = await run(['--print'], mac, binary);
  expect(said).toEqual([
    '#!/bin/sh',
    'set -eu',
    'cd "$(mktemp -d)"',
    'curl -fsSLO https://gitlab-runner-downloads.s3.amazonaws.com/latest/release.sha256',
    'curl -fsSLO https://gitlab-runner-downloads.s3.amazonaws.com/latest/release.sha256.asc',
    'curl -fsSL -o key https://packages.gitlab.com/gpgkey/runner/49F16C5CC3A0F81F.pub.gpg',
    'gpg --homedir . --batch --quiet --import key',
    'gpg --homedir . --batch --status-fd 1 --verify release.sha256.asc release.sha256 > status',
    "grep -q 'VALIDSIG.* 931DA69CFA3AFEBBC97DAA8C6C57C29C6BA75A4E' status",
    'curl -fsSL -o gitlab-runner https://gitlab-runner-downloads.s3.amazonaws.com/latest/binaries/gitlab-runner-darwin-arm64',
    `test "$(shasum -a 256 gitlab-runner | cut -d ' ' -f 1)" = "$(awk '$2 ~ "^[*]?binaries/gitlab-runner-darwin-arm64$" { print $1 }' release.sha256)"`,
    'sudo install -d -m 755 /nowhere/bin',
    'sudo install -m 755 gitlab-runner /nowhere/bin/.gitlab-runner.new',
    'sudo mv -f /nowhere/bin/.gitlab-runner.new /nowhere/bin/gitlab-runner',
    '/nowhere/bin/gitlab-runner install --working-directory /Users/ada',
    '/nowhere/bin/gitlab-runner start',
    '/nowhere/bin/gitlab-runner status',
  ]);
});

test('the script for Windows', async () => {
  writeFor({ shell: 'powershell', hasSudo: false });
  const { said } = await run(['--print', '--version', 'v18.5.0'], windows, windowsBinary);
  expect(said).toEqual([
    "$ErrorActionPreference = 'Stop'",
    'New-Item -ItemType Directory -Force C:\\GitLab-Runner | Out-Null',
    "C:\\Windows\\System32\\icacls.exe C:\\GitLab-Runner /setowner '*S-1-5-32-544'",
    "C:\\Windows\\System32\\icacls.exe C:\\GitLab-Runner /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F'",
    'Set-Location (New-Item -ItemType Directory (Join-Path $env:TEMP ([guid]::NewGuid())))',
    'Invoke-WebRequest -UseBasicParsing https://gitlab-runner-downloads.s3.amazonaws.com/v18.5.0/release.sha256 -OutFile release.sha256',
    'Invoke-WebRequest -UseBasicParsing https://gitlab-runner-downloads.s3.amazonaws.com/v18.5.0/release.sha256.asc -OutFile release.sha256.asc',
    'Invoke-WebRequest -UseBasicParsing https://packages.gitlab.com/gpgkey/runner/49F16C5CC3A0F81F.pub.gpg -OutFile key',
    'gpg --homedir . --batch --quiet --import key',
    'gpg --homedir . --batch --status-fd 1 --verify release.sha256.asc release.sha256 > status',
    "if (-not (Select-String -Quiet 'VALIDSIG.* 931DA69CFA3AFEBBC97DAA8C6C57C29C6BA75A4E' status)) { throw 'The signature is not valid.' }",
    'Invoke-WebRequest -UseBasicParsing https://gitlab-runner-downloads.s3.amazonaws.com/v18.5.0/binaries/gitlab-runner-windows-amd64.exe -OutFile gitlab-runner.exe',
    "$expected = (Select-String '[ *]binaries/gitlab-runner-windows-amd64\\.exe$' release.sha256).Line.Split(' ')[0]",
    "if ((Get-FileHash gitlab-runner.exe).Hash -ne $expected) { throw 'The SHA-256 is not the expected one.' }",
    'Move-Item -Force gitlab-runner.exe C:\\GitLab-Runner\\gitlab-runner.exe',
    'C:\\GitLab-Runner\\gitlab-runner.exe install --working-directory C:\\GitLab-Runner --config C:\\GitLab-Runner\\config.toml',
    'C:\\GitLab-Runner\\gitlab-runner.exe start',
    'C:\\GitLab-Runner\\gitlab-runner.exe status',
  ]);
});

test("on macOS the file is put with sudo, and the service is the user's", async () => {
  put('sudo', 'echo "$@" >> "$ROOT/asked"; exec "$@"');
  const binary = { ...darwinBinary, folder: `${folder}/local`, file: `${folder}/local/gitlab-runner` };
  const { ended, said } = await run(await bucketOn('darwin-arm64'), mac, binary);
  expect(said).toEqual([
    '! Downloading <BUCKET>/latest/release.sha256',
    '! Downloading <BUCKET>/latest/release.sha256.asc',
    '! Downloading <BUCKET>/gpgkey/runner/49F16C5CC3A0F81F.pub.gpg',
    '! Signing key: <KEY>',
    '! Downloading <BUCKET>/latest/binaries/gitlab-runner-darwin-arm64',
    '! SHA-256: <SHA-256>',
    '! $ sudo install -d -m 755 <DIR>/local',
    `! $ sudo install -m 755 ${tmpdir()}/<TEMP>/gitlab-runner <DIR>/local/.gitlab-runner.new`,
    '! $ sudo mv -f <DIR>/local/.gitlab-runner.new <DIR>/local/gitlab-runner',
    '! $ <DIR>/local/gitlab-runner install --working-directory /Users/ada',
    '! $ <DIR>/local/gitlab-runner start',
    '! $ <DIR>/local/gitlab-runner status',
    'gitlab-runner 18.5.0 is installed, and its service is running.',
    '! To register a runner: runner-setup register',
  ]);
  expect(ended).toBe(0);
  expect(readdirSync(join(folder, 'local'))).toEqual(['gitlab-runner']);
  expect(readFileSync(join(folder, 'asked'), 'utf8').split('\n')).toHaveLength(4);
});

test('on macOS no sudo is needed where the person may write to the folder', async () => {
  mkdirSync(join(folder, 'local'));
  const binary = { ...darwinBinary, folder: `${folder}/local`, file: `${folder}/local/gitlab-runner` };
  const { ended, said } = await run(await bucketOn('darwin-arm64'), mac, binary);
  expect(said.filter((line) => line.includes('sudo'))).toEqual([]);
  expect(ended).toBe(0);
});

test('on macOS a service that does not start may be one over SSH', async () => {
  mkdirSync(join(folder, 'local'));
  const binary = { ...darwinBinary, folder: `${folder}/local`, file: `${folder}/local/gitlab-runner` };
  const { ended } = await run(await bucketOn('darwin-arm64', { failsAt: 'start' }), mac, binary);
  expect(ended).toMatchObject({
    why: 'FATAL: Failed to start gitlab-runner',
    hint: 'Run the command in a terminal of the desktop of this Mac, not over SSH.',
  });
  expect(readdirSync(join(folder, 'local'))).toEqual([]);
  expect(existsSync(join(folder, 'service'))).toBe(false);
});

test('on macOS root is refused', async () => {
  const { ended } = await run(
    ['--yes'],
    { ...mac, uid: 0 },
    { ...darwinBinary, folder, file: `${folder}/none` },
  );
  expect(ended).toMatchObject({ message: 'On macOS, run install without sudo.', code: 2 });
});

test('on Windows the folder is protected before something is put there', async () => {
  put('icacls', 'echo "icacls $*" >> "$ROOT/asked"');
  const protect = windowsBinary.protect.map(
    ([, , ...words]) => ['icacls', `${folder}/own`, ...words] as const,
  );
  const file = `${folder}/own/gitlab-runner.exe`;
  const binary = { ...windowsBinary, folder: `${folder}/own`, file, protect };
  const { ended, said } = await run(await bucketOn('windows-amd64.exe'), windows, binary);
  expect(said).toEqual([
    "! $ icacls <DIR>/own /setowner '*S-1-5-32-544'",
    "! $ icacls <DIR>/own /inheritance:r /grant:r '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F'",
    '! Downloading <BUCKET>/latest/release.sha256',
    '! Downloading <BUCKET>/latest/release.sha256.asc',
    '! Downloading <BUCKET>/gpgkey/runner/49F16C5CC3A0F81F.pub.gpg',
    '! Signing key: <KEY>',
    '! Downloading <BUCKET>/latest/binaries/gitlab-runner-windows-amd64.exe',
    '! SHA-256: <SHA-256>',
    "! $ <DIR>/own/gitlab-runner.exe install --working-directory 'C:\\GitLab-Runner' --config 'C:\\GitLab-Runner\\config.toml'",
    '! $ <DIR>/own/gitlab-runner.exe start',
    '! $ <DIR>/own/gitlab-runner.exe status',
    'gitlab-runner 18.5.0 is installed, and its service is running.',
    '! To register a runner: runner-setup register --config C:\\GitLab-Runner\\config.toml',
  ]);
  expect(ended).toBe(0);
  expect(readdirSync(join(folder, 'own'))).toEqual(['gitlab-runner.exe']);
});

test('Ctrl-C while the service is being started takes everything back', async () => {
  mkdirSync(join(folder, 'local'));
  const binary = { ...darwinBinary, folder: `${folder}/local`, file: `${folder}/local/gitlab-runner` };
  let interrupt = (_signal: string) => {};
  const stderr = new PassThrough();
  stderr.on('data', (text: Buffer) => String(text).includes('gitlab-runner install') && interrupt('SIGINT'));
  const { ended } = await run(
    await bucketOn('darwin-arm64'),
    {
      ...mac,
      stderr: stderr as unknown as NodeJS.WriteStream,
      onInterrupt(act) {
        interrupt = act;
        return () => {};
      },
    },
    binary,
  );
  expect(ended).toMatchObject({ message: 'Canceled.', code: 130 });
  expect(readdirSync(join(folder, 'local'))).toEqual([]);
  expect(existsSync(join(folder, 'service'))).toBe(false);
});

test.each([
  ['--root is for Linux only.', ['--root', '/srv'], mac, darwinBinary],
  [
    'GitLab has no binary of gitlab-runner for darwin on ppc64.',
    [],
    { ...mac, architecture: 'ppc64' },
    darwinBinary,
  ],
  ['--version: "18" is not a version of gitlab-runner.', ['--version', '18'], mac, darwinBinary],
  ['Unexpected argument: "18.5.0".', ['18.5.0'], mac, darwinBinary],
  ['--checksum: "12" is not a SHA-256.', ['--checksum', '12'], mac, darwinBinary],
])('refuses: %s', async (message, words, machine, binary) => {
  expect((await run(words, machine, binary)).ended).toMatchObject({ message });
});
