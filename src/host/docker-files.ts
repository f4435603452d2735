import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { exitCode, Trouble } from '../errors.ts';
import { isTrusted } from '../files/owner.ts';
import { readRegular } from '../files/plain.ts';
import { showRights } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import { isSame } from './config-folder.ts';
import { completePath } from './places.ts';
import { platformOf } from './platform/index.ts';
import { linuxServices } from './services/linux.ts';

/** A user of this machine, as far as files of theirs are concerned. */
export interface User {
  readonly name: string;
  readonly home: string;
  /** Absent for whoever runs this program. */
  readonly ids?: { readonly uid: number; readonly gid: number };
}

/** The docker config of whoever runs this program: the file or folder named, else `$DOCKER_CONFIG`, else `~/.docker`. */
export function ownDockerConfig(world: World, named?: string): string {
  if (named === undefined) return join(world.env.DOCKER_CONFIG || join(world.home, '.docker'), 'config.json');
  const path = completePath(named, world);
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'config.json') : path;
}

/** The docker config that a user's programs read. */
export const dockerConfigOf = ({ home }: User): string => join(home, '.docker', 'config.json');

/**
 * The user that gitlab-runner looks for a docker config of: the one named, else the `--user` or the owner of the running
 * gitlab-runner that has this config file, else those of its service, else whoever runs this program.
 */
export function runnerUser(world: World, configFile: string, named: string | undefined): User {
  if (named !== undefined) return known(named);
  const running = (platformOf(world).runningRunners(world) ?? []).find(
    ({ config }) => config !== undefined && isSame(config, configFile),
  );
  const user = running === undefined ? serviceUser(world, configFile) : (running.user ?? running.uid);
  // sudo may leave HOME as it was, so a user that was found has the home of the user database, also when it is us.
  return (user === undefined ? undefined : find(user)) ?? { name: 'you', home: world.home };
}

function serviceUser({ uid, home }: World, configFile: string): string | number | undefined {
  const services = linuxServices({ root: '/', uid, home }).filter(({ manager }) => manager !== 'Quadlet');
  const service = services.find(({ config }) => config !== undefined && isSame(config, configFile));
  return service?.user ?? service?.uid;
}

function known(name: string): User {
  const found = find(name);
  if (found !== undefined) return found;
  throw new Trouble(`The user "${name}" does not exist on this machine.`, {
    hint: 'List the users: getent passwd\nTo use the user that gitlab-runner runs as: --host',
    code: exitCode.usage,
  });
}

function find(nameOrId: string | number): User | undefined {
  for (const line of readIfThere('/etc/passwd').split('\n')) {
    const [name = '', , uid, gid, , home = ''] = line.split(':');
    if (name !== String(nameOrId) && uid !== String(nameOrId)) continue;
    return { name, home, ids: { uid: Number(uid), gid: Number(gid) } };
  }
  return undefined;
}

/** Throws when this process may not put files into the home of a user. */
export function checkMayWriteFor({ name, ids }: User, { uid }: Pick<World, 'uid'>, file: string): void {
  if (ids === undefined || uid === 0 || ids.uid === uid) return;
  throw new Trouble(`${file} belongs to the user ${name}.`, { hint: 'Run the same command with sudo.' });
}

/**
 * Throws when the docker config of another user, or its folder, is not plainly that user's or ours: a job that runs as
 * this user could have put a link there to have us write into the file of somebody else.
 */
export function checkPlainFor({ name, ids }: User, { uid }: Pick<World, 'uid'>, file: string): void {
  if (ids === undefined || ids.uid === uid) return;
  for (const path of [dirname(file), file]) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    // A second name may be in anybody's folder.
    const isOurs = stats.uid === uid && (stats.isDirectory() || stats.nlink === 1);
    if (!stats.isSymbolicLink() && (stats.uid === ids.uid || isOurs)) continue;
    const what = stats.isSymbolicLink() ? 'is a symbolic link' : `does not belong to the user ${name} alone`;
    throw new Trouble(`${path} ${what}.`, {
      why: `A job that runs as ${name} could have created it to overwrite a file of another user.`,
      hint: `Check it: ${showRights(path)}\nOr run the same command as that user, with sudo -u ${name}.`,
    });
  }
}

/** Makes the folder for a docker config where there is none, with its user as the owner; gives it when it is new. Throws when that user has no home. */
export function makeDockerFolder(file: string, user: User): string | undefined {
  const folder = dirname(file);
  if (existsSync(folder)) return undefined;
  // Whoever runs this may well have a home that is yet to be made (a fresh container); another user's is not ours to make.
  if (user.ids !== undefined && !existsSync(user.home)) throw homeless(user);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  giveTo(folder, user);
  return folder;
}

const homeless = ({ name, home }: User): Trouble =>
  new Trouble(`The user ${name} has no home folder: ${home} does not exist.`, {
    why: 'gitlab-runner reads credentials from .docker/config.json in the home folder of its user.',
    hint: 'Use the user that gitlab-runner runs as (--host-user USER), or add the credentials to config.toml (--runner RUNNER).',
  });

// The very folder that was made: its user may put something else in its place meanwhile.
function giveTo(folder: string, { ids }: User): void {
  if (ids === undefined) return;
  const made = openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    if (isTrusted(fstatSync(made).uid)) fchownSync(made, ids.uid, ids.gid);
  } finally {
    closeSync(made);
  }
}

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;

/** The CAs that docker trusts for a registry: every `.crt` in its folder below certs.d, as PEM texts. */
export function registryCas(host: string, below = '/etc/docker/certs.d'): string[] {
  const folder = join(below, host);
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.crt'));
    return names.map((name) => readRegular(join(folder, name)));
  } catch {
    return [];
  }
}

function readIfThere(file: string): string {
  try {
    return readRegular(file);
  } catch {
    return '';
  }
}
