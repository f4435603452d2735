import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { version } from '../../package.json';
import { start } from '../child.ts';
import { isNewer } from '../engine/image-tags.ts';
import { platformOf } from '../host/platform/index.ts';
import { speak } from '../terminal/say.ts';
import type { World } from '../world.ts';

const name = 'runner-setup';

/**
 * Tells of a newer version that npm has named since an earlier run, or else lets npm look for one in the background,
 * together once a day. Waits for nothing, and does nothing where its file in the user's cache cannot be written.
 */
export async function noticeUpdate(world: World, color: boolean | undefined): Promise<void> {
  const known = openKnown(world);
  if (known === undefined) return;
  const { file, isNew } = known;
  try {
    const latest = readBeginning(file).trim();
    const isTold = /^\d+\.\d+\.\d+$/.test(latest) && isNewer(latest, version);
    if (!isTold && !isNew && !isOld(file, world)) return;
    empty(file, world);
    if (isTold) await tell(world, color, latest);
    else look(world, file);
  } finally {
    closeSync(file);
  }
}

async function tell(world: World, color: boolean | undefined, latest: string): Promise<void> {
  const say = await speak(world, { json: false, quiet: false, verbose: false, debug: false, color });
  say.note(`${name} ${latest} is available; ${version} is installed.\nUpdate: npm install -g ${name}`);
}

// Of a version there are a few bytes. Read by its place, so that npm writes from the beginning.
function readBeginning(file: number): string {
  const bytes = Buffer.alloc(100);
  return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, 0));
}

const isOld = (file: number, world: World): boolean =>
  Math.abs(world.now().getTime() - fstatSync(file).mtimeMs) > 86_400_000;

// The day until the next look begins now.
function empty(file: number, world: World): void {
  ftruncateSync(file);
  futimesSync(file, world.now(), world.now());
}

// npm writes its answer into the file itself, so that nobody has to wait for it.
function look(world: World, file: number): void {
  const words = ['view', name, 'version', '--no-update-notifier'];
  // The current folder may have an .npmrc of its own, which is not the person's.
  const how = { cwd: world.home, detached: true };
  const npm = platformOf(world).npm(world.env, world.program[0]);
  if (npm === undefined) return;
  const [program, ...before] = npm;
  const child = start(program, [...before, ...words], {
    env: world.env,
    windowsHide: true,
    ...how,
    stdio: ['ignore', file, 'ignore'],
  });
  child.on('error', () => {});
  child.unref();
}

const { O_RDWR, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

function openKnown({ env, home, uid }: World): { file: number; isNew: boolean } | undefined {
  try {
    // Root with the home of somebody else must leave nothing there that is root's.
    if (uid !== undefined && statSync(home).uid !== uid) return undefined;
    const { XDG_CACHE_HOME: own = '' } = env;
    const folder = join(isAbsolute(own) ? own : join(home, '.cache'), name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, 'latest-version');
    const isNew = !existsSync(path);
    const file = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    return { file, isNew };
  } catch {
    return undefined;
  }
}
