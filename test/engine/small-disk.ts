import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layEngine } from './stage.ts';

/** What can be free: bytes and files. */
export interface Free {
  readonly bytes: number;
  readonly files: number;
}

/**
 * An engine with a disk of its own that is small: twelve images app:1 to app:12 of five megabytes and a hundred files
 * each, the oldest first; a stopped container of a job (made of the last) and the cache of another; and a stopped container that is nobody's
 * of gitlab-runner, made of app:4, with a volume.
 */
export interface SmallDisk {
  /** The environment in which runner-setup finds this engine alone, and the flags with which it measures its disk. */
  readonly env: Record<string, string>;
  readonly flags: readonly string[];
  free(): Free;
  /** The tags of app that are still there, in order. */
  apps(): number[];
  containers(): string[];
  volumes(): string[];
  remove(): void;
}

export interface DiskKind {
  readonly label: string;
  readonly program: 'docker' | 'podman';
  readonly isReal: boolean;
  lay(): Promise<SmallDisk>;
}

export const count = 12;
const size = 5_000_000;
const files = 100;

const managed = 'com.gitlab.gitlab-runner.managed=true';
const cache = `runner-t1-project-1-concurrent-0-cache-${'0a'.repeat(16)}`;

/**
 * The disks for the stories: a Podman of its own on a small tmpfs, asked by `podman` and by `docker`, where this user
 * may mount one; else the stand-in. An engine that people use is never cleaned by a test.
 */
export function diskKinds(): DiskKind[] {
  const standIn: DiskKind = {
    label: 'the stand-in',
    program: 'docker',
    isReal: false,
    lay: async () => standInDisk(),
  };
  if (process.getuid?.() !== 0 || said('podman', ['--version']) === undefined) return [standIn];
  const probe = mkdtempSync(join(tmpdir(), 'disk-'));
  const able = said('mount', ['-t', 'tmpfs', 'tmpfs', probe]) !== undefined;
  if (able) said('umount', [probe]);
  rmSync(probe, { recursive: true, force: true });
  if (!able) return [standIn];
  const programs = (['podman', 'docker'] as const).filter((one) => said(one, ['--version']) !== undefined);
  return programs.map((program) => ({
    label: `${program === 'docker' ? 'docker with Podman' : 'Podman'} on a small tmpfs`,
    program,
    isReal: true,
    lay: () => tmpfsDisk(program),
  }));
}

function said(program: string, words: readonly string[], env = process.env): string | undefined {
  try {
    return execFileSync(program, words, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env,
    }).trim();
  } catch {
    return undefined;
  }
}

async function tmpfsDisk(program: DiskKind['program']): Promise<SmallDisk> {
  const dir = mkdtempSync(join(tmpdir(), 'disk-'));
  const [small, bin] = [join(dir, 'small'), join(dir, 'bin')];
  for (const folder of [small, bin]) mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200m,nr_inodes=20000', 'tmpfs', small]);
  const podman = join(bin, 'podman');
  const own = ['--root', join(small, 'storage'), '--runroot', join(dir, 'run'), '--tmpdir', join(dir, 'tmp')];
  const real = said('sh', ['-c', 'command -v podman'])!;
  writeFileSync(podman, `#!/bin/sh\nexec '${real}' ${own.join(' ')} "$@"\n`);
  chmodSync(podman, 0o755);
  const ask = (...words: string[]) =>
    execFileSync(podman, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  fill(ask, dir);
  const service = program === 'docker' ? await serve(podman, join(dir, 'engine.sock')) : undefined;
  const lines = (...words: string[]) =>
    ask(...words)
      .split('\n')
      .filter(Boolean)
      .sort();
  const kept = process.env.CONTAINERS_CONF;
  return {
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: join(dir, 'home'),
      ...(kept && { CONTAINERS_CONF: kept }),
      ...(service && { DOCKER_HOST: `unix://${join(dir, 'engine.sock')}` }),
    },
    flags: [],
    free() {
      const { bavail, bsize, ffree } = statfsSync(small);
      return { bytes: bavail * bsize, files: ffree };
    },
    apps: () => tagsIn(lines('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}')),
    containers: () => lines('ps', '--all', '--format', '{{.Names}}'),
    volumes: () => lines('volume', 'ls', '--format', '{{.Name}}'),
    remove() {
      service?.kill();
      said('umount', [join(small, 'storage/overlay')]);
      said('umount', ['--lazy', small]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function fill(ask: (...words: string[]) => string, dir: string): void {
  const root = join(dir, 'image');
  for (let number = 1; number <= count; number++) {
    mkdirSync(root);
    for (let file = 0; file < files; file++) {
      writeFileSync(join(root, `${file}`), Buffer.alloc(size / files, `${number} ${file} `));
    }
    execFileSync('tar', ['-C', root, '-c', '-f', `${root}.tar`, '.']);
    ask('import', '--quiet', `${root}.tar`, `docker.io/library/app:${number}`);
    rmSync(root, { recursive: true });
  }
  rmSync(`${root}.tar`);
  ask('create', '--label', managed, '--name', 'job', 'docker.io/library/app:12', '/x');
  ask('volume', 'create', '--label', managed, cache);
  ask('volume', 'create', 'data');
  ask('create', '--name', 'database', '-v', 'data:/data', 'docker.io/library/app:4', '/x');
}

async function serve(podman: string, socket: string): Promise<ChildProcess> {
  const service = spawn(podman, ['system', 'service', '--time=0', `unix://${socket}`], { stdio: 'ignore' });
  for (let tries = 0; tries < 200 && !existsSync(socket); tries++) await wait(50);
  return service;
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const tagsIn = (names: readonly string[]) =>
  names
    .flatMap((name) => /app:(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

function standInDisk(): SmallDisk {
  const stopped = { status: 'exited', createdAgo: 7200, finishedAgo: 3600 };
  const image = (number: number) => ({
    tags: [`app:${number}`],
    size,
    created: new Date(Date.UTC(2024, 0, number)).toISOString(),
    config: {},
  });
  const disk = { size: 100_000_000, used: 10_000_000, files: 20_000 };
  const engine = layEngine({
    root: '/nowhere/docker',
    slow: 100,
    disk,
    images: [
      ...Array.from({ length: count }, (_, at) => image(at + 1)),
      { tags: ['df:1'], size: 0, config: {} },
    ],
    containers: [
      { run: ['--name', 'job', '--label', managed, 'app:12'], ...stopped },
      { run: ['--name', 'database', '-v', 'data:/data', 'app:4'], ...stopped },
    ],
    volumes: [
      { Name: cache, Labels: { [managed.split('=')[0]!]: 'true' }, size: 1000 },
      { Name: 'data', Labels: {}, size: 0 },
    ],
  });
  const state = () =>
    engine.state() as ReturnType<typeof engine.state> & {
      images: { size: number }[];
      volumes: { size: number }[];
    };
  const sum = (some: readonly { size: number }[]) => some.reduce((total, one) => total + one.size, 0);
  return {
    env: { PATH: engine.bin, HOME: '/nowhere' },
    flags: ['--use-df', '--keep', 'df'],
    free() {
      const { images, volumes } = state();
      const bytes = disk.size - disk.used - sum(images) - sum(volumes);
      return { bytes, files: disk.files - 1000 * (images.length + volumes.length) };
    },
    apps: () => tagsIn(state().images.flatMap(({ tags }) => tags)),
    containers: () =>
      state()
        .containers.map(({ Name }) => Name.slice(1))
        .sort(),
    volumes: () =>
      state()
        .volumes.map(({ Name }) => Name)
        .sort(),
    remove: () => engine.remove(),
  };
}
