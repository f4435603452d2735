import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Trouble } from '../errors.ts';
import { below } from '../files/below.ts';
import { signatureFault } from '../host/openpgp/signature.ts';
import { type Binary, nameFor } from '../host/platform/binaries/binary.ts';
import { faultOfNetwork } from '../storage/network.ts';
import type { Say } from '../terminal/say.ts';
import { spin } from '../terminal/spin.ts';
import { sizeWords } from '../text/size.ts';
import type { World } from '../world.ts';
import type { ConnectionOptions } from './connection.ts';
import { versionOf } from './system-commands.ts';

/** GitLab's own place for the files of every release. */
export const releaseServer = 'https://gitlab-runner-downloads.s3.amazonaws.com';

/** Which binary is wanted, from where, and by what it is recognized. */
export interface BinaryRequest {
  readonly binary: Binary;
  /** The root folder of the system that it is for; `/` is this machine. */
  readonly root: string;
  /** `latest`, or a version with its `v`. */
  readonly version: string;
  /** GitLab's name of the file. */
  readonly name: string;
  /** The address below which each version has its folder. */
  readonly base: string;
  /** The address of the public key. */
  readonly key: string;
  /** Of the only key that may have signed the checksums. */
  readonly fingerprint: string;
  /** The SHA-256 that the person gave: then no signature is needed. */
  readonly checksum: string | undefined;
}

/** What is needed to reach the server. */
export interface DownloadReach {
  readonly world: World;
  readonly say: Say;
  /** How a host is reached. */
  connect(host: string): ConnectionOptions;
}

/** A binary that is what it should be, not yet in its place. */
export interface FetchedBinary {
  readonly path: string;
  /** The version that it says it has. */
  readonly version: string;
  /** Removes it, if it is still there. */
  discard(): void;
}

/** GitLab's name of the file for this machine. Throws where GitLab builds none. */
export function nameOf(binary: Binary, { architecture }: Pick<World, 'architecture'>): string {
  const name = nameFor(binary, architecture);
  if (name !== undefined) return name;
  throw new Trouble(`GitLab has no binary of gitlab-runner for ${binary.system} on ${architecture}.`, {
    why: `There are binaries for ${Object.keys(binary.processors).join(', ')}.`,
  });
}

/** The address of a file of the release. */
export const addressOf = ({ base, version }: Pick<BinaryRequest, 'base' | 'version'>, path: string): string =>
  `${base}/${version}/${path}`;

/** The SHA-256 that the binary must have: what the person gave, or else what the signed list of the release says. */
export const expectedChecksum = async (request: BinaryRequest, reach: DownloadReach): Promise<string> =>
  request.checksum ?? (await signedChecksum(request, reach));

/**
 * Downloads the binary, for its owner alone, and checks its SHA-256 and the version that it says it has. Throws where one of
 * them is not as expected, and leaves nothing then.
 */
export async function fetchBinary(
  request: BinaryRequest,
  expected: string,
  reach: DownloadReach,
): Promise<FetchedBinary> {
  const place = downloadPlace(request);
  try {
    const found = await store(addressOf(request, `binaries/${request.name}`), place.path, request, reach);
    if (found !== expected) throw otherContent(request, found, expected);
    reach.say.talk(`SHA-256: ${found}`);
    return { ...place, version: await checkVersion(request, place.path, reach.world) };
  } catch (error) {
    place.discard();
    throw error;
  }
}

async function signedChecksum(request: BinaryRequest, reach: DownloadReach): Promise<string> {
  const content = await fetchSmall(addressOf(request, 'release.sha256'), reach);
  if (typeof content === 'number') throw noRelease(request, content);
  const signature = await fetchText(addressOf(request, 'release.sha256.asc'), reach);
  const key = await fetchText(request.key, reach);
  const fault = signatureFault({ content, signature, key }, request.fingerprint);
  if (fault !== undefined) throw badSignature(request, fault);
  reach.say.talk(`Signing key: ${request.fingerprint}`);
  return checksumIn(content.toString('utf8'), request);
}

const noRelease = (request: BinaryRequest, status: number): Trouble =>
  new Trouble(`${releaseWords(request)} was not found: ${addressOf(request, 'release.sha256')}`, {
    why: responded(status),
    hint: 'Versions: https://gitlab.com/gitlab-org/gitlab-runner/-/releases',
  });

const releaseWords = ({ version }: Pick<BinaryRequest, 'version'>): string =>
  version === 'latest' ? 'The latest release' : `The release ${version}`;

const missing = (url: string, status: number): Trouble =>
  new Trouble(`The file was not found: ${url}`, { why: responded(status) });

const responded = (status: number): string => `The server responded with HTTP ${status}.`;

const badSignature = (request: BinaryRequest, why: string): Trouble =>
  new Trouble('The signature of the checksums is not valid, so nothing was installed.', {
    why: `${addressOf(request, 'release.sha256')}: ${why}`,
    hint: 'If the mirror signs with its own key, ask its operator for the fingerprint, and add: --package-key-fingerprint FINGERPRINT',
  });

/** The SHA-256 of the wanted file in the list of a release. Throws where the list does not have the file, or twice. */
export function checksumIn(list: string, request: Pick<BinaryRequest, 'name' | 'version'>): string {
  const { name } = request;
  const found = list
    .split('\n')
    .map((line) => /^([0-9a-f]{64}) [ *](?:\.\/)?(\S+)\s*$/i.exec(line))
    .filter((parts) => parts?.[2] === `binaries/${name}`)
    .map((parts) => parts![1]!.toLowerCase());
  const [checksum] = found;
  if (checksum !== undefined && new Set(found).size === 1) return checksum;
  throw new Trouble(`${releaseWords(request)} has no ${name}.`, {
    why: checksum && 'The list of checksums names it twice.',
  });
}

async function fetchText(url: string, reach: DownloadReach): Promise<string> {
  const content = await fetchSmall(url, reach);
  if (typeof content === 'number') throw missing(url, content);
  return content.toString('utf8');
}

const mostOfSmall = 1_000_000;

// Gives the status where it is not there: of S3 that is 403 for those who may not list.
async function fetchSmall(url: string, reach: DownloadReach): Promise<Buffer | number> {
  const parts: Buffer[] = [];
  let length = 0;
  const status = await get(url, reach, (piece) => {
    length += piece.length;
    if (length > mostOfSmall) throw new Trouble(`The file is too large: ${url}`);
    parts.push(piece);
  });
  return status === 200 ? Buffer.concat(parts) : status;
}

async function get(
  url: string,
  { say, connect }: DownloadReach,
  take: (piece: Buffer, total: number | undefined) => Promise<void> | void,
): Promise<number> {
  say.talk(`Downloading ${url}`);
  const { hostname, origin } = new URL(url);
  const options = connect(hostname);
  const { download } = await import('../gitlab/download.ts');
  let received = 0;
  const status = await download(options, url, async (piece, total) => {
    received += piece.length;
    await take(piece, total);
  }).catch((error: unknown) => {
    throw downloadTrouble(error, url, received, { ...options, url: origin });
  });
  if ([200, 403, 404].includes(status)) return status;
  throw new Trouble(`The download failed: ${url}`, { why: responded(status) });
}

function downloadTrouble(
  error: unknown,
  url: string,
  received: number,
  connection: ConnectionOptions & { url: string },
): unknown {
  if (error instanceof Trouble) return error;
  connection.signal?.throwIfAborted();
  const { message, why, next } = faultOfNetwork(error, connection).fault;
  return new Trouble(`The download failed: ${url}`, {
    why: received > 0 ? `The connection was lost after ${sizeWords(received)}.` : `${message} ${why}`,
    hint: received > 0 ? 'Run the command again.' : next,
    cause: error,
  });
}

/** Whether this person may write to a folder that is there. */
export function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

// Beside its later place, so that it can be renamed; where others than the person write there, in a folder of its own.
function downloadPlace({ binary, root }: BinaryRequest): { path: string; discard(): void } {
  const folder = folderBelow(root, binary);
  const isOwn = !binary.takesSudo || mayWrite(folder);
  if (isOwn) removeLeftovers(folder);
  const own = makeFolder(isOwn ? folder : tmpdir());
  return {
    path: join(own, `gitlab-runner${binary.ending}`),
    discard: () => rmSync(own, { recursive: true, force: true }),
  };
}

// A run that was killed could not remove its folder; one of today may be that of a run that still goes on.
function removeLeftovers(folder: string): void {
  const dayAgo = Date.now() - 24 * 3600 * 1000;
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const path of names
    .filter((name) => /^\.gitlab-runner-\w{6}$/.test(name))
    .map((name) => join(folder, name)))
    if (lstatSync(path).mtimeMs < dayAgo) rmSync(path, { recursive: true, force: true });
}

function makeFolder(parent: string): string {
  try {
    mkdirSync(parent, { recursive: true, mode: 0o755 });
    return mkdtempSync(join(parent, '.gitlab-runner-'));
  } catch (error) {
    throw unwritten(parent, error);
  }
}

const folderBelow = (root: string, { folder }: Binary): string => below(root, folder);

/** The file of the program, as this machine reaches it. */
export const fileBelow = (root: string, binary: Binary): string =>
  root === '/' ? binary.file : join(folderBelow(root, binary), basename(binary.file));

async function store(
  url: string,
  path: string,
  request: BinaryRequest,
  reach: DownloadReach,
): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o700);
  try {
    const status = await spin(reach.world, reach.say, `Downloading ${request.name}`, (spinner) => {
      const tell = progress(spinner.says, reach.world.stderr.isTTY);
      return get(url, reach, async (piece, total) => {
        hash.update(piece);
        await file.writeFile(piece).catch((error: unknown) => {
          throw unwritten(path, error);
        });
        tell(piece.length, total);
      });
    });
    if (status !== 200) throw missing(url, status);
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

// Ten lines at most: without a spinner each of them stays.
function progress(says: (words: string) => void, isTold: boolean): (length: number, total?: number) => void {
  let [done, told] = [0, 0];
  return (length, total) => {
    done += length;
    const tenths = total === undefined ? 0 : Math.floor((done / total) * 10);
    if (!isTold || total === undefined || tenths <= told) return;
    told = tenths;
    says(`${sizeWords(done)} of ${sizeWords(total)}`);
  };
}

/** What is thrown where a file cannot be written. */
export const unwritten = (path: string, error: unknown): Trouble =>
  new Trouble(`${path} cannot be written, so nothing was installed.`, {
    why: (error as Error).message,
    hint: 'Check the free space and the permissions of the folder.',
    cause: error,
  });

const otherContent = (request: BinaryRequest, found: string, expected: string): Trouble =>
  new Trouble(`The SHA-256 of ${request.name} is not the expected one, so nothing was installed.`, {
    why: `It is ${found}; expected is ${expected}.`,
    hint:
      request.checksum === undefined
        ? 'If a release was just published, run the command again.'
        : 'Check that the SHA-256 is of this version and this file name.',
  });

async function checkVersion(request: BinaryRequest, path: string, world: World): Promise<string> {
  const version = await versionOf('/', path, world);
  const { name } = request;
  if (version === undefined)
    throw new Trouble(`${name} does not run on this machine, so nothing was installed.`);
  if (request.version === 'latest' || request.version === `v${version}`) return version;
  throw new Trouble(`${name} is not ${request.version}, so nothing was installed.`, {
    why: `It is version ${version}.`,
  });
}
