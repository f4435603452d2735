import { packageServer } from '../host/packages/index.ts';
import { packagesKey } from '../host/packages/keys.ts';
import { defaultConfigFile } from '../host/places.ts';
import type { Binary } from '../host/platform/binaries/binary.ts';
import { connectionOptions } from './connection.ts';
import { type Invocation, misuse, wordOf } from './invocation.ts';
import { readBase, readFingerprint } from './package-source.ts';
import { type BinaryRequest, type DownloadReach, nameOf } from './runner-binary.ts';
import { rootOf } from './system-commands.ts';

// GitLab's own place for the files of every release.
const releaseServer = 'https://gitlab-runner-downloads.s3.amazonaws.com';

/** What the flags say. Throws for flags that do not fit, and where GitLab has no binary for this machine. */
export function readBinaryRequest(
  { world, verbFlags }: Pick<Invocation, 'world' | 'verbFlags'>,
  binary: Binary,
): BinaryRequest {
  const root = rootOf(verbFlags);
  if (root !== '/' && binary.isOnlyWay) throw misuse('--root is for Linux only.', 'Omit --root.');
  const mirror = wordOf(verbFlags, 'mirror');
  const base = mirror === undefined ? undefined : readBase(mirror);
  // GitLab signs the checksums with the key of its RPM packages.
  const key = packagesKey('');
  return {
    binary,
    root,
    name: nameOf(binary, world),
    version: readVersion(wordOf(verbFlags, 'version') ?? 'latest'),
    base: base ?? releaseServer,
    key: `${base ?? packageServer}/${key.path}`,
    fingerprint: readFingerprint(key, verbFlags),
    checksum: readChecksum(wordOf(verbFlags, 'checksum')),
  };
}

function readVersion(word: string): string {
  if (word === 'latest') return word;
  if (/^v?\d+\.\d+\.\d+(-rc\d+)?$/.test(word)) return `v${word.replace(/^v/, '')}`;
  throw misuse(`--version: "${word}" is not a version of gitlab-runner.`, 'Example: --version 17.5.3');
}

function readChecksum(word: string | undefined): string | undefined {
  if (word === undefined || /^[0-9a-f]{64}$/i.test(word)) return word?.toLowerCase();
  throw misuse(`--checksum: "${word}" is not a SHA-256.`, 'It has 64 hexadecimal digits.');
}

/** How the server is reached, until the signal. */
export function reachOf(
  { world, say, verbFlags }: Pick<Invocation, 'world' | 'say' | 'verbFlags'>,
  signal: AbortSignal,
): DownloadReach {
  const path = defaultConfigFile(world);
  const named = { caFile: wordOf(verbFlags, 'tlsCaFile') };
  return {
    world,
    say,
    connect: (host) => connectionOptions({ world, say, path, signal }, host, named),
  };
}
