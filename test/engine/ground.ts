import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Run, runProgram } from '../harness/program.ts';
import { imagesOf, shellImage, standInImages } from './images.ts';
import { type Found, said, saidLater } from './real.ts';
import { type Registry, startRegistry } from './registry.ts';
import { layEngine } from './stage.ts';
import type { Asked, StandInApi } from './stand-in-api.ts';
import { serveStandInApi } from './stand-in-api.ts';

/** What a story of a container happens on: a real engine with a registry of its own, or the stand-in. */
export interface Ground {
  readonly isReal: boolean;
  readonly program: 'docker' | 'podman';
  /** A folder of its own for config and the like. */
  readonly dir: string;
  /** The reference of a tag of the runner's image: v19.3.0 and v19.4.0 live, v19.5.0 dies at once, v19.6.0 takes a while to end. */
  image(tag: string): string;
  /** An image for jobs: a shell with some tools. */
  readonly shell: string;
  /** Where the engine offers Docker's API, as `docker.host`. */
  dockerHost(): Promise<string>;
  /** What the API of the stand-in was asked. */
  readonly asked: readonly Asked[];
  /** A name of its own for a container of this story. */
  container(what?: string): string;
  /** Runs runner-setup with these words; more variables if need be. */
  runnerSetup(words: readonly string[], env?: Record<string, string>): Promise<Run>;
  /** Asks the engine; nothing when it refuses. */
  engine(...words: string[]): Promise<string | undefined>;
  /** Takes away everything the story made. */
  remove(): Promise<void>;
}

const script = join(import.meta.dirname, '../../bin/runner-setup.js');

/** Lays the ground for one story; a real engine gets a registry with the images. */
export async function layGround(found: Found): Promise<Ground> {
  const dir = mkdtempSync(join(tmpdir(), 'story-'));
  return found.isReal ? realGround(found.program, dir) : standInGround(found.program, dir);
}

let count = 0;

function groundOf(
  found: Found,
  dir: string,
  env: Record<string, string>,
  {
    registry,
    end,
    ...api
  }: Pick<Ground, 'dockerHost' | 'asked'> & {
    registry: string;
    end(names: readonly string[]): Promise<void>;
  },
): Ground {
  const names: string[] = [];
  const base = { PATH: process.env.PATH ?? '', HOME: join(dir, 'home'), TZ: 'UTC', LANG: 'C.UTF-8' };
  return {
    ...found,
    ...api,
    dir,
    shell: `${registry}/jobs/shell:1`,
    image: (tag) => `${registry}/gitlab/gitlab-runner:${tag}`,
    container(what = 'runner') {
      const name = `story-${process.pid}-${++count}-${what}`;
      names.push(name);
      return name;
    },
    runnerSetup: (words, more = {}) =>
      runProgram({ script, args: [...words], env: { ...base, ...env, ...more }, cwd: dir }),
    engine: (...words) => saidLater(found.program, words, { ...base, ...env }),
    remove: () => end(names),
  };
}

function standInGround(program: Found['program'], dir: string): Ground {
  const registry = 'registry.example.com';
  const engine = layEngine({ programs: [program], registry: standInImages(registry) });
  const asked: Asked[] = [];
  let api: StandInApi | undefined;
  const dockerHost = async () => {
    const socket = join(dir, 'docker.sock');
    api ??= await serveStandInApi(socket, asked);
    return `unix://${socket}`;
  };
  const end = async () => {
    api?.close();
    engine.remove();
    rmSync(dir, { recursive: true, force: true });
  };
  return groundOf(
    { program, isReal: false, label: '' },
    dir,
    { PATH: engine.bin },
    { registry, end, dockerHost, asked },
  );
}

async function realGround(program: Found['program'], dir: string): Promise<Ground> {
  const registry = await startRegistry();
  for (const recipe of imagesOf()) registry.put('gitlab/gitlab-runner', recipe);
  registry.put('jobs/shell', shellImage());
  const registries = join(dir, 'registries.conf');
  writeFileSync(registries, `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`);
  const kept = [
    'CONTAINERS_CONF',
    'CONTAINERS_STORAGE_CONF',
    'DOCKER_HOST',
    'DOCKER_CONTEXT',
    'CONTAINER_HOST',
    'XDG_RUNTIME_DIR',
  ];
  const own = Object.fromEntries(
    kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]!]] : [])),
  );
  let service = program === 'docker' && isPodmanBehind() ? await startService(dir, registries) : undefined;
  const env = {
    ...own,
    CONTAINERS_REGISTRIES_CONF: registries,
    ...(service && { DOCKER_HOST: service.host }),
  };
  const dockerHost = async () => {
    if (program === 'podman') service ??= await startService(dir, registries);
    return service?.host ?? said('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])!;
  };
  const end = async (names: readonly string[]) => {
    cleanUp(program, { ...(process.env as Record<string, string>), ...env }, names, registry);
    service?.process.kill();
    await registry.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return groundOf({ program, isReal: true, label: '' }, dir, env, {
    registry: registry.address,
    end,
    dockerHost,
    asked: [],
  });
}

const isPodmanBehind = (): boolean =>
  /podman/i.test(said('docker', ['version', '--format', '{{json .Server.Components}}']) ?? '');

// Podman behind its socket has to be told of the registry when its service starts.
async function startService(
  dir: string,
  registries: string,
): Promise<{ host: string; process: ChildProcess }> {
  const socket = join(dir, 'engine.sock');
  const process_ = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
    env: { ...process.env, CONTAINERS_REGISTRIES_CONF: registries },
    stdio: 'ignore',
  });
  for (let tries = 0; tries < 200 && !existsSync(socket); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { host: `unix://${socket}`, process: process_ };
}

function cleanUp(
  program: string,
  env: Record<string, string>,
  names: readonly string[],
  registry: Registry,
): void {
  const all = said(program, ['ps', '--all', '--format', '{{.Names}}'], env)?.split('\n') ?? [];
  const ours = all.filter((name) => names.some((one) => name.startsWith(one)));
  const volumes = said(program, ['volume', 'ls', '--format', '{{.Name}}'], env)?.split('\n') ?? [];
  const kept = volumes.filter((volume) => names.some((one) => volume.startsWith(one)));
  const images = said(program, ['images', '--format', '{{.Repository}}:{{.Tag}}'], env)?.split('\n') ?? [];
  const pulled = images.filter((image) => image.startsWith(registry.address));
  for (const words of [
    ['rm', '--force', '--volumes', ...ours],
    ['volume', 'rm', ...kept],
    ['rmi', '--force', ...pulled],
  ]) {
    if (words.length < 3 + (words[0] === 'rm' ? 1 : 0)) continue;
    try {
      execFileSync(program, words, { env, stdio: 'ignore' });
    } catch {
      // What is gone already needs no removing.
    }
  }
}
