import { existsSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { Trouble } from '../errors.ts';
import { readInput } from '../files/plain.ts';
import { shellLine, showFile } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { platformOf } from './platform/index.ts';

/** Where gitlab-runner keeps config.toml when nobody says: /etc/gitlab-runner for root, ~/.gitlab-runner for others, the current folder on Windows. */
export const defaultConfigFile = (world: Pick<World, 'platform' | 'uid' | 'home' | 'cwd'>): string =>
  platformOf(world).defaultConfigFile(world);

/** A path as the person meant it: `~` and relative paths are completed. Throws for a relative one when the current folder is gone. */
export function completePath(path: string, { home, cwd }: Pick<World, 'home' | 'cwd'>): string {
  if (path === '~' || path.startsWith('~/') || path.startsWith(`~${sep}`)) return join(home, path.slice(1));
  if (isAbsolute(path)) return path;
  if (cwd !== undefined) return resolve(cwd, path);
  throw new Trouble(`The current folder was removed, so ${path} does not exist.`, {
    hint: 'Change to a folder that exists (cd), or use an absolute path.',
  });
}

/** The certificates for one GitLab host, as PEM texts with the files they came from. */
interface CertificateFiles {
  readonly ca?: { readonly file: string; readonly pem: string };
  readonly client?: { readonly cert: string; readonly key: string };
}

/** The certificate files that were named; anything not named is looked for by the host's name. */
export interface NamedFiles {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/**
 * Finds the certificates for a host: the named files, else `<host>.crt`, `<host>.auth.crt` and `<host>.auth.key` in
 * `certs` beside the config, else in gitlab-runner's default folder. Throws when a named file cannot be read.
 */
export function findCertificates(
  host: string,
  named: NamedFiles,
  configFile: string,
  world: World,
): CertificateFiles {
  const folders = [
    ...new Set([configFile, defaultConfigFile(world)].map((file) => join(dirname(file), 'certs'))),
  ];
  const find = (name: string) => folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  const place = (file: string) => placeHere(completePath(file, world), configFile);
  const caFile = named.caFile ? place(named.caFile) : find(`${host}.crt`);
  const certFile = named.certFile ? place(named.certFile) : find(`${host}.auth.crt`);
  const keyFile = named.keyFile ? place(named.keyFile) : find(`${host}.auth.key`);
  return {
    ...(caFile && { ca: { file: caFile, pem: readPem(caFile) } }),
    ...(certFile && keyFile && { client: { cert: readPem(certFile), key: readPem(keyFile) } }),
  };
}

/**
 * A file that config.toml names, as this machine reaches it: in a container /etc/gitlab-runner is the folder that holds
 * config.toml here.
 */
export function placeHere(file: string, configFile: string): string {
  const inside = '/etc/gitlab-runner/';
  if (!file.startsWith(inside) || existsSync(file)) return file;
  const beside = join(dirname(configFile), file.slice(inside.length));
  return existsSync(beside) ? beside : file;
}

function readPem(file: string): string {
  const text = readText(file, 'certificate file');
  if (/-----BEGIN [A-Z ]+-----/.test(text)) return text;
  throw new Trouble(`${file} is not a PEM file.`, {
    hint: `To convert a DER file: ${shellLine(['openssl', 'x509', '-inform', 'der', '-in', file, '-out', `${file}.pem`])}`,
  });
}

/** Reads a text file that the person named; throws a `Trouble` that says what it was for. */
export function readText(file: string, what: string): string {
  try {
    return readInput(file).toString();
  } catch (error) {
    if (error instanceof Trouble) throw error;
    throw new Trouble(`The ${what} ${file} cannot be read.`, {
      why: (error as Error).message.replace(/^\w+: /, ''),
      hint: showFile(file),
      cause: error,
    });
  }
}

/** Where the program gitlab-runner is, by PATH; nothing when no folder of it has it. */
export function runnerProgram(world: Pick<World, 'env' | 'platform'>): string | undefined {
  const name = platformOf(world).executable('gitlab-runner');
  return (world.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** Where Podman listens for this user, as gitlab-runner names it; root's own service has one place for all. */
export const podmanSocket = ({ uid }: Pick<World, 'uid'>): string =>
  uid ? `unix:///run/user/${uid}/podman/podman.sock` : 'unix:///run/podman/podman.sock';

/** Whether the current folder has a .gitlab-ci.yml, which nothing must write over. */
export const hasCiFile = ({ cwd }: Pick<World, 'cwd'>): boolean =>
  cwd !== undefined && existsSync(join(cwd, '.gitlab-ci.yml'));
