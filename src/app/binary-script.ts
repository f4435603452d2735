import { quote, shellLine } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { placeCommands, serviceCommands } from './place-binary.ts';
import { addressOf, type BinaryRequest, fileBelow } from './runner-binary.ts';

/** The lines of a POSIX shell that do what the installation does; each of them ends the script when it fails. */
export function shellScript(request: BinaryRequest, world: World, hasService: boolean): string[] {
  const { binary, root } = request;
  const { user, define, start } = serviceCommands(request, world, hasService);
  const place = placeCommands(request, 'gitlab-runner');
  const put =
    place.length > 0 ? place : [['install', '-D', '-m', '755', 'gitlab-runner', fileBelow(root, binary)]];
  return [
    'cd "$(mktemp -d)"',
    ...shellCheck(request),
    ...[...put, ...user, ...define, ...start].map(shellLine),
  ];
}

function shellCheck(request: BinaryRequest): string[] {
  const { name, checksum, key, fingerprint, binary } = request;
  const get = (path: string) => `curl -fsSLO ${quote(addressOf(request, path))}`;
  const sum = binary.sudo === undefined ? 'sha256sum' : 'shasum -a 256';
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

/** The same in PowerShell, run as administrator. */
export function powershellScript(request: BinaryRequest, world: World): string[] {
  const { folder, file, protect } = request.binary;
  const { define, start } = serviceCommands(request, world, true);
  const own = '(Join-Path $env:TEMP ([guid]::NewGuid()))';
  return [
    `New-Item -ItemType Directory -Force ${folder} | Out-Null`,
    ...protect.map(powershellLine),
    `Set-Location (New-Item -ItemType Directory ${own})`,
    ...powershellCheck(request),
    `Move-Item gitlab-runner.exe ${file}`,
    ...[...define, ...start].map(powershellLine),
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
