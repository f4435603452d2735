import { lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { diskTrouble, readFound } from '../config/read-file.ts';
import { Trouble } from '../errors.ts';
import { throughLink } from '../files/folder.ts';
import { readPlainFile } from '../files/plain.ts';
import { type Packed, packTar, Unpackable, unpackTar } from '../files/tar.ts';

/** What belongs to a config.toml, by its name in an archive: `config.toml`, `.runner_system_id`, `certs/NAME`. */
export type Part = Packed;

/** The bounds of an archive: what is in it, one certificate, and the files together. */
export const mostFiles = 200;
const mostOfOne = 1024 * 1024;
const mostTogether = 32 * 1024 * 1024;

const folderName = 'gitlab-runner/';
const systemIdName = '.runner_system_id';
const certName = /^certs\/[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/;

/**
 * The files that belong to a config.toml, as they are, and the names of those in its folder of certificates that are no
 * regular files of a usual name and size. Throws when there is no config.toml, or one cannot be read.
 */
export function partsOf(path: string): {
  readonly parts: readonly Part[];
  readonly leftOut: readonly string[];
} {
  const { text, stats } = readFound(path);
  if (text === undefined)
    throw new Trouble(`There is no ${path}.`, { hint: 'To use another file, add --config FILE.' });
  const folder = dirname(path);
  const names = namesIn(join(folder, 'certs'));
  const certs = names.filter(
    (name) => certName.test(`certs/${name}`) && isSmallFile(join(folder, 'certs', name)),
  );
  const config = { name: 'config.toml', ...factsOf(stats!), bytes: Buffer.from(text) };
  const others = [systemIdName, ...certs.map((name) => `certs/${name}`)];
  return {
    parts: [config, ...others.flatMap((name) => partAt(folder, name) ?? [])],
    leftOut: names.filter((name) => !certs.includes(name)).map((name) => join(folder, 'certs', name)),
  };
}

/** The part of that name beside a config.toml, as it is; nothing when it is not there. */
export function partAt(folder: string, name: string): Part | undefined {
  const path = join(folder, name);
  try {
    const { bytes, stats } = readPlainFile(path);
    return { name, ...factsOf(stats), bytes };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error instanceof Trouble ? error : diskTrouble(path, error as NodeJS.ErrnoException, 'read');
  }
}

const factsOf = ({
  mode,
  uid,
  gid,
  mtimeMs,
}: {
  mode: number;
  uid: number;
  gid: number;
  mtimeMs: number;
}) => ({
  mode: mode & 0o777,
  uid,
  gid,
  mtime: Math.floor(mtimeMs / 1000),
});

function namesIn(folder: string): string[] {
  try {
    return readdirSync(throughLink(folder)).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error instanceof Trouble ? error : diskTrouble(folder, error as NodeJS.ErrnoException, 'read');
  }
}

const isSmallFile = (path: string): boolean => {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return (stats?.isFile() ?? false) && stats!.size <= mostOfOne;
};

/** An archive of parts: tar, compressed with gzip. */
export const packParts = (parts: readonly Part[]): Buffer =>
  gzipSync(packTar(parts.map((part) => ({ ...part, name: folderName + part.name }))));

/**
 * The parts in an archive, which anybody may have made: regular files of the known names alone, each once, of a bounded
 * size, with a config.toml among them. Throws a `Trouble` for any other.
 */
export function unpackParts(archive: Buffer, path: string): Part[] {
  try {
    const files = unpackTar(gunzipSync(archive, { maxOutputLength: mostTogether }), mostFiles);
    const parts = files.map((file) => ({ ...file, name: knownName(file) }));
    if (new Set(parts.map(({ name }) => name)).size < parts.length)
      throw new Unpackable('A name is in it twice.');
    if (parts.every(({ name }) => name !== 'config.toml')) throw new Unpackable('It has no config.toml.');
    return parts;
  } catch (error) {
    throw new Trouble(`${path} is not a backup made by runner-setup, so nothing was restored.`, {
      why: error instanceof Unpackable ? error.message : whyNotUnzipped(error as NodeJS.ErrnoException),
      hint: 'A backup is made by: runner-setup backup',
      cause: error,
    });
  }
}

function knownName({ name, bytes }: Packed): string {
  const own = name.startsWith(folderName) ? name.slice(folderName.length) : '';
  const isKnown = own === 'config.toml' || own === systemIdName || certName.test(own);
  if (!isKnown) throw new Unpackable(`${JSON.stringify(name)} in it is not a file of gitlab-runner.`);
  if (own !== 'config.toml' && bytes.length > mostOfOne)
    throw new Unpackable(`${name} in it is larger than 1 MiB.`);
  if (own === systemIdName && !/^[sr]_[0-9a-zA-Z]{12}\s*$/.test(bytes.toString('latin1')))
    throw new Unpackable('The system ID in it is not one.');
  return own;
}

const whyNotUnzipped = ({ code }: NodeJS.ErrnoException): string =>
  code === 'ERR_BUFFER_TOO_LARGE'
    ? 'It holds more than 32 MiB.'
    : 'It is not compressed with gzip, or it is damaged.';
