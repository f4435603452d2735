import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { staticShell } from '../../engine/images.ts';

/** A real engine with a store of its own, reached by one program. */
export interface LiveEngine {
  readonly label: string;
  readonly program: 'docker' | 'podman';
  readonly env: Record<string, string>;
  /** What the engine says; throws with its words when it refuses. */
  tell(...words: string[]): string;
}

/** The engines that could be started, why others could not, and what ends them all. */
interface Engines {
  readonly engines: LiveEngine[];
  readonly missing: string[];
  close(): void;
}

/** Starts Podman, Podman behind the docker program, and dockerd, as far as they are here, with all their data in a folder. */
export async function startEngines(folder: string): Promise<Engines> {
  const env = layEnvironment(folder);
  const ends: (() => void)[] = [];
  const engines: LiveEngine[] = [];
  const missing: string[] = [];
  const found = [
    ['podman', 'Podman', async () => ({})],
    ['docker', 'docker on the socket of Podman', () => podmanService(folder, env, ends)],
    ['docker', 'dockerd', () => dockerd(folder, env, ends)],
  ] as const;
  for (const [program, label, start] of found) {
    try {
      engines.push(live(program, label, { ...env, ...(await start()) }));
    } catch (error) {
      missing.push(
        `${label}: ${String((error as Error).message)
          .trim()
          .split('\n')
          .at(-1)}`,
      );
    }
  }
  return { engines, missing, close: () => ends.reverse().forEach((end) => void end()) };
}

function live(program: LiveEngine['program'], label: string, env: Record<string, string>): LiveEngine {
  const tell = (...words: string[]) =>
    execFileSync(program, words, {
      encoding: 'utf8',
      env,
      maxBuffer: 2 ** 26,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const version = tell(
    'version',
    '--format',
    program === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}',
  );
  const engine = { label: `${label} ${version}`, program, env, tell };
  tell('run', '--rm', importImage(engine, 'probe:latest'), '/bin/busybox', 'true');
  return engine;
}

// What stands in for gitlab-runner: it reads its config, and runs until it is told to stop.
const runner = `#!/bin/sh
echo "Configuration loaded" >&2
trap 'exit 0' QUIT TERM INT
while :; do sleep 0.1; done
`;

/** Makes an image of one static program and a stand-in for gitlab-runner, with these changes (`ENV A=b`), and gives its name. */
export function importImage(
  { program, env }: Pick<LiveEngine, 'program' | 'env'>,
  name: string,
  changes: readonly string[] = [],
): string {
  const root = join(env.HOME!, 'root');
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'bin/busybox'), readFileSync(staticShell() ?? '/bin/busybox'), { mode: 0o755 });
  writeFileSync(join(root, 'bin/gitlab-runner'), runner, { mode: 0o755 });
  for (const link of ['sh', 'sleep', 'grep']) {
    if (!existsSync(join(root, 'bin', link))) symlinkSync('busybox', join(root, 'bin', link));
  }
  const tar = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 2 ** 26 });
  const words = changes.flatMap((change) => ['--change', change]);
  execFileSync(program, ['import', ...words, '-', name], {
    env,
    input: tar,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  return name;
}

function layEnvironment(folder: string): Record<string, string> {
  for (const part of ['home', 'docker', 'bin', 'podman', 'run', 'networks', 'tmp'])
    mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'docker/config.json'), '{}');
  const store = { driver: 'vfs', graphroot: join(folder, 'podman'), runroot: join(folder, 'run') };
  const lines = Object.entries(store).map(([key, value]) => `${key} = "${value}"`);
  writeFileSync(join(folder, 'storage.conf'), ['[storage]', ...lines, ''].join('\n'));
  const isLimited = spawnSync('prlimit', ['--nofile=1048576:1048576', 'true']).status !== 0;
  if (isLimited) layRunc(folder);
  const runtime = isLimited
    ? `runtime = "runc"\n[engine.runtimes]\nrunc = ["${join(folder, 'bin/runc')}"]\n`
    : '';
  writeFileSync(
    join(folder, 'containers.conf'),
    [
      `[network]\nnetwork_config_dir = "${join(folder, 'networks')}"\n[engine]\nlock_type = "file"`,
      `tmp_dir = "${join(folder, 'tmp')}"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n${runtime}`,
    ].join('\n'),
  );
  return {
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    HOME: join(folder, 'home'),
    DOCKER_CONFIG: join(folder, 'docker'),
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
  };
}

// Where a machine does not let limits be raised, no container would start; the runtime is told none then.
function layRunc(folder: string): void {
  const real = execFileSync('which', ['runc'], { encoding: 'utf8' }).trim();
  writeFileSync(
    join(folder, 'bin/runc'),
    `#!${process.execPath}
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const words = process.argv.slice(2);
const after = (...names) => words[words.findIndex((word) => names.includes(word)) + 1];
const file = [['-b', '--bundle'], ['-p', '--process']].flatMap(([short, long]) =>
  words.includes(short) || words.includes(long) ? [after(short, long)] : []).map((place) =>
  existsSync(place + '/config.json') ? place + '/config.json' : place)[0];
const text = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
if (text !== undefined) {
  const spec = JSON.parse(text);
  delete (spec.process ?? spec).rlimits;
  writeFileSync(file, JSON.stringify(spec));
}
const ran = require('node:child_process').spawnSync('${real}', words, { stdio: 'inherit' });
// Podman reads it, too.
if (text !== undefined && existsSync(file)) writeFileSync(file, text);
process.exitCode = ran.status ?? 1;
`,
  );
  chmodSync(join(folder, 'bin/runc'), 0o755);
}

async function podmanService(folder: string, env: Record<string, string>, ends: (() => void)[]) {
  const socket = join(folder, 'podman.sock');
  const service = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
    env,
    stdio: 'ignore',
  });
  ends.push(() => service.kill());
  await appearing(socket);
  return { DOCKER_HOST: `unix://${socket}` };
}

async function dockerd(folder: string, env: Record<string, string>, ends: (() => void)[]) {
  const socket = join(folder, 'docker.sock');
  const words = ['--data-root', join(folder, 'dockerd'), '--exec-root', join(folder, 'exec')];
  const daemon = spawn(
    'dockerd',
    [
      ...words,
      ...['--pidfile', join(folder, 'dockerd.pid'), '--host', `unix://${socket}`],
      ...['--iptables=false', '--bridge=none', '--storage-driver=vfs'],
    ],
    { env, stdio: 'ignore' },
  );
  daemon.on('error', () => undefined);
  ends.push(() => daemon.kill());
  await appearing(socket);
  return { DOCKER_HOST: `unix://${socket}` };
}

async function appearing(file: string): Promise<void> {
  for (let tries = 0; tries < 300 && !existsSync(file); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  if (!existsSync(file)) throw new Error(`no ${file} after 30 seconds`);
  await new Promise((resolve) => setTimeout(resolve, 500));
}
