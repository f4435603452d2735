import type { Command } from '../host/packages/package-manager.ts';
import { platformOf } from '../host/platform/index.ts';
import { inPowerShell, quote, shellLine } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { placeCommands } from './place-binary.ts';
import { posixScript } from './print-script.ts';
import { addressOf, type BinaryRequest, fileBelow } from './runner-binary.ts';

/** What is done besides putting the file in its place. */
interface Around {
  /** Whether the folder is made, and protected. */
  readonly isNew: boolean;
  /** Lines for the shell of the system, just before the file is put in its place. */
  readonly before?: readonly string[];
  readonly after: readonly Command[];
}

/** The lines of the shell of the system that download the binary, check it, and put it in its place; each ends the script when it fails. */
export const scriptLines = (request: BinaryRequest, world: World, around: Around): string[] =>
  platformOf(world).isWindows ? powershellLines(request, around) : shellLines(request, around);

/** A script of such lines, as the shell of the person runs it. */
export const scriptOf = (world: World, lines: readonly string[]): string[] =>
  platformOf(world).isWindows ? inPowerShell([endsAtError, ...lines]) : posixScript(lines);

/** The same lines as the shell of the person runs them: where it is not the shell of the system, as one script. */
export const linesFor = (world: World, lines: readonly string[]): string[] =>
  platformOf(world).isWindows ? inPowerShell(lines, endsAtError) : [...lines];

const endsAtError = "$ErrorActionPreference = 'Stop'";

function shellLines(request: BinaryRequest, { before = [], after }: Around): string[] {
  const { binary, root } = request;
  const place = placeCommands(request, 'gitlab-runner');
  const put =
    place.length > 0 ? place : [['install', '-D', '-m', '755', 'gitlab-runner', fileBelow(root, binary)]];
  return ['cd "$(mktemp -d)"', ...shellCheck(request), ...before, ...[...put, ...after].map(shellLine)];
}

function shellCheck(request: BinaryRequest): string[] {
  const { name, checksum, key, fingerprint, binary } = request;
  const get = (path: string) => `curl -fsSLO ${quote(addressOf(request, path))}`;
  const sum = binary.takesSudo ? 'shasum -a 256' : 'sha256sum';
  const list = [
    get('release.sha256'),
    get('release.sha256.asc'),
    `curl -fsSL -o key ${quote(key)}`,
    'gpg --homedir . --batch --quiet --import key',
    'gpg --homedir . --batch --status-fd 1 --verify release.sha256.asc release.sha256 > status',
    `grep -q 'VALIDSIG.* ${fingerprint}' status`,
  ];
  const found = `awk '$2 ~ "^[*]?binaries/${name}$" { print $1 }' release.sha256`;
  return [
    ...(checksum === undefined ? list : []),
    `curl -fsSL -o gitlab-runner ${quote(addressOf(request, `binaries/${name}`))}`,
    `test "$(${sum} gitlab-runner | cut -d ' ' -f 1)" = ${checksum ?? `"$(${found})"`}`,
  ];
}

// Run as administrator.
function powershellLines(request: BinaryRequest, { isNew, before = [], after }: Around): string[] {
  const { folder, file, protect } = request.binary;
  const own = '(Join-Path $env:TEMP ([guid]::NewGuid()))';
  const make = [`New-Item -ItemType Directory -Force ${folder} | Out-Null`, ...protect.map(powershellLine)];
  return [
    ...(isNew ? make : []),
    `Set-Location (New-Item -ItemType Directory ${own})`,
    ...powershellCheck(request),
    ...before,
    `Move-Item -Force gitlab-runner.exe ${file}`,
    ...after.map(powershellLine),
  ];
}

function powershellCheck(request: BinaryRequest): string[] {
  const { name, checksum, key, fingerprint } = request;
  const get = (url: string, file: string) => `Invoke-WebRequest -UseBasicParsing ${url} -OutFile ${file}`;
  const list = [
    get(addressOf(request, 'release.sha256'), 'release.sha256'),
    get(addressOf(request, 'release.sha256.asc'), 'release.sha256.asc'),
    get(key, 'key'),
    'gpg --homedir . --batch --quiet --import key',
    'gpg --homedir . --batch --status-fd 1 --verify release.sha256.asc release.sha256 > status',
    `if (-not (Select-String -Quiet 'VALIDSIG.* ${fingerprint}' status)) { throw 'The signature is not valid.' }`,
  ];
  const found = `(Select-String '[ *]binaries/${name.replaceAll('.', '\\.')}$' release.sha256).Line.Split(' ')[0]`;
  return [
    ...(checksum === undefined ? list : []),
    get(addressOf(request, `binaries/${name}`), 'gitlab-runner.exe'),
    `$expected = ${checksum === undefined ? found : `'${checksum}'`}`,
    "if ((Get-FileHash gitlab-runner.exe).Hash -ne $expected) { throw 'The SHA-256 is not the expected one.' }",
  ];
}

const powershellLine = (command: readonly string[]): string =>
  command.map((word) => (/^[\w:\\/.=-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`)).join(' ');
