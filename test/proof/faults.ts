import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessToken, type Circumstances, type Scene, textOf, undated } from './scene.ts';
import { fileOf, lay } from './stories.ts';

/** What a registration that makes a runner in GitLab came to on a disk with a fault. */
export interface Ended {
  readonly code: number | string;
  readonly stderr: string;
  readonly file: 'old' | 'new' | 'other' | 'none';
  /** The version before, beside the file: is it there? */
  readonly kept: boolean;
  readonly requests: number;
  readonly inGitlab: number;
}

/** A fault of the disk, made for real, and what it needs: a mount namespace of its own, another user, a loop device, or strace. */
export interface DiskFault {
  readonly name: string;
  readonly needs: 'nothing' | 'mounts' | 'user' | 'loop' | 'strace';
  run(scene: Scene): Promise<Ended>;
}

/** What cannot be had here, with the reason; an empty list is a machine where all of it can be tried. */
export function missingHere(): Map<DiskFault['needs'], string> {
  const missing = new Map<DiskFault['needs'], string>();
  const mounts = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /mnt'], { encoding: 'utf8' });
  if (mounts.status !== 0)
    missing.set('mounts', `no mount namespace: ${mounts.stderr || mounts.error?.message}`);
  const user = spawnSync('setpriv', [...nobody, 'true'], { encoding: 'utf8' });
  if (user.status !== 0) missing.set('user', `no change of user: ${user.stderr || user.error?.message}`);
  const loop = spawnSync('unshare', ['-m', 'sh', '-c', loopTrial], { encoding: 'utf8' });
  if (loop.status !== 0) missing.set('loop', `no loop device: ${loop.stderr || loop.error?.message}`);
  const strace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (strace.status !== 0) missing.set('strace', `no strace: ${strace.stderr || strace.error?.message}`);
  return missing;
}

const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
const loopTrial =
  'set -e; cd "$(mktemp -d)"; truncate -s 4M img; mkfs.ext4 -q img; mkdir m; mount -o loop img m; umount m';

/** Runs with `$1` as the folder, before the program; behind it, the folder is copied to `$2` and the exit code kept. */
const inNamespace = (before: string): string[] => [
  'unshare',
  '-m',
  'sh',
  '-c',
  `place=$1; out=$2; shift 2; ${before}\n"$@"; code=$?; cp -a "$place/." "$out" 2>/dev/null; exit $code`,
  'sh',
];

const onTmpfs = (size: string): string =>
  `mkdir "$place.was" && cp -a "$place/." "$place.was" && mount -t tmpfs -o size=${size} none "$place" && cp -a "$place.was/." "$place"`;

const fill = 'dd if=/dev/zero of="$place/fill" bs=4k 2>/dev/null; rm -rf "$place.was"';

/** The faults of the disk that a registration may meet. */
export const diskFaults: readonly DiskFault[] = [
  mounted('a full disk', `${onTmpfs('256k')}; ${fill}`),
  mounted('a disk with room for one page', `${onTmpfs('256k')}; ${fill}; truncate -s -4096 "$place/fill"`),
  mounted('a disk that fills up while GitLab is asked', onTmpfs('256k'), {
    // The lock is taken and the room for GitLab's answer, which comes just then.
    hook: { at: 15, do: 'sh:dd if=/dev/zero of="$PROOF_FOLDER/fill" bs=4k || true' },
  }),
  mounted(
    'a folder that is mounted read-only',
    'mount --bind "$place" "$place" && mount -o remount,ro,bind "$place"',
  ),
  mounted(
    'a file that is mounted read-only',
    'f="$place/config.toml"; mount --bind "$f" "$f" && mount -o remount,ro,bind "$f"',
  ),
  mounted('a file that is a mount point', 'f="$place/config.toml"; mount --bind "$f" "$f"'),
  {
    name: 'a folder of another user',
    needs: 'user',
    run: (scene) => attempt(scene, sharedFolder, () => ['setpriv', ...nobody]),
  },
  {
    name: 'a file of another user',
    needs: 'user',
    run: (scene) =>
      attempt(
        scene,
        (place) => chownSync(place, 65534, 65534),
        () => ['setpriv', ...nobody],
      ),
  },
  {
    name: 'a file that others may read only',
    needs: 'user',
    run: (scene) => attempt(scene, sharedFile, () => ['setpriv', ...nobody]),
  },
  {
    name: 'a directory in place of the file',
    needs: 'nothing',
    run: (scene) =>
      attempt(scene, (place) => {
        rmSync(join(place, 'config.toml'));
        mkdirSync(join(place, 'config.toml'));
      }),
  },
  {
    name: 'a file in place of the folder',
    needs: 'nothing',
    run: (scene) =>
      attempt(scene, (place) => {
        rmSync(place, { recursive: true });
        writeFileSync(place, '');
      }),
  },
  {
    name: 'a disk that reports errors',
    needs: 'strace',
    run: (scene) =>
      attempt(
        scene,
        () => {},
        () => ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:error=EIO'],
      ),
  },
  {
    name: 'a device that fails when its data is flushed',
    needs: 'loop',
    run: (scene) =>
      attempt(
        scene,
        () => {},
        (place) => [...inNamespace(failingDevice), place, outside(place)],
      ),
  },
];

// A file system on a file with holes, on a disk that is full: what is new cannot be put down, and the device fails.
const failingDevice = `mkdir "$place.was" "$place.dev" && cp -a "$place/." "$place.was" && mount -t tmpfs -o size=2M none "$place.dev" &&
truncate -s 16M "$place.dev/img" && mkfs.ext4 -q -b 4096 -O ^has_journal -E lazy_itable_init=0 -N 64 "$place.dev/img" &&
mount -o loop "$place.dev/img" "$place" && cp -a "$place.was/." "$place" && sync -f "$place"
dd if=/dev/zero of="$place.dev/fill" bs=4k 2>/dev/null`;

function mounted(name: string, before: string, more: Circumstances = {}): DiskFault {
  return {
    name,
    needs: 'mounts',
    run: (scene) =>
      attempt(
        scene,
        () => {},
        (place) => [...inNamespace(before), place, outside(place)],
        more,
      ),
  };
}

function sharedFolder(place: string): void {
  chmodSync(place, 0o755);
  chmodSync(join(place, 'config.toml'), 0o644);
}

function sharedFile(place: string): void {
  chownSync(place, 65534, 65534);
  chmodSync(join(place, 'config.toml'), 0o644);
}

const outside = (place: string): string => `${place}.out`;
let count = 0;

async function attempt(
  scene: Scene,
  prepare: (place: string) => void,
  by: (place: string) => string[] = () => [],
  more: Circumstances = {},
): Promise<Ended> {
  const name = `fault ${++count}`;
  const before = fileOf(scene, [1, 2]);
  const place = lay(scene, { 'config.toml': before, '.runner_system_id': 's_0123456789ab' });
  mkdirSync(outside(place));
  prepare(place);
  const asked = scene.gitlab.requests.length;
  const words = ['--name', name, '--executor', 'shell', '--runner-type', 'instance'];
  const ran = await scene.run('register', place, words, { token: accessToken, by: by(place), ...more });
  const found = readdirSync(outside(place)).length > 0 ? outside(place) : place;
  const text = isFile(found) ? textOf(join(found, 'config.toml')) : undefined;
  const isNew = text?.includes(name) && undated(text)!.startsWith(undated(before)!);
  return {
    code: ran.code,
    stderr: ran.stderr.replaceAll(name, '<NAME>').replace(/runner \d+/g, 'runner <ID>'),
    file: text === undefined ? 'none' : text === before ? 'old' : isNew ? 'new' : 'other',
    kept: isFile(found) && textOf(join(found, '.config.toml.previous')) === before,
    requests: scene.gitlab.requests.length - asked,
    inGitlab: scene.gitlab.state.runners.filter(({ description }) => description === name).length,
  };
}

function isFile(place: string): boolean {
  const kind = execFileSync('stat', ['-c', '%F', place, join(place, 'config.toml')].slice(0, 3), {
    encoding: 'utf8',
  });
  return /directory/.test(kind) && spawnSync('test', ['-f', join(place, 'config.toml')]).status === 0;
}
