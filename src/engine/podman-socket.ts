import { readFileSync, statSync } from 'node:fs';
import { platformOf } from '../host/platform/index.ts';
import type { World } from '../world.ts';
import { type Engine, engineAt, engineVersion } from './engine.ts';
import { engineFacts } from './facts.ts';
import { findEngine, pathOf } from './find.ts';
import { hostOrUsual, isSocketThere } from './socket.ts';

type Where = Pick<World, 'env' | 'uid' | 'platform'>;

/**
 * The engine that runs the containers of a `docker.host` (empty for the usual one), by the program that can ask it: by
 * podman where there is no Docker, and by docker where only that command is there for Podman's socket.
 */
export function engineOfJobs(host: string, world: Where): Engine {
  const engine = engineAt(host, world.env);
  const [hasDocker, hasPodman] = [isDockerHere(world), pathOf('podman', world) !== undefined];
  if (engine.program === 'podman') return !hasPodman && hasDocker ? { ...engine, program: 'docker' } : engine;
  const named = hostOrUsual(host, world);
  if (!isPodmanAlone(world) || !named.startsWith('unix://')) return engine;
  return { ...engine, program: 'podman', host: isSocketThere(host, world) ? named : undefined };
}

/** Whether Podman is on this machine, and no docker command but perhaps the one that Podman brings. */
export const isPodmanAlone = (world: Where): boolean =>
  pathOf('podman', world) !== undefined && !isDockerHere(world);

// The package podman-docker brings a script of this name, which leads to no socket.
function isDockerHere(world: Where): boolean {
  const path = pathOf('docker', world);
  if (path === undefined) return false;
  return statSync(path).size > 4096 || !/^exec .*podman/m.test(readFileSync(path, 'utf8'));
}

/** Where Podman offers Docker's API, as `docker.host`, and whether it answers there. */
export interface PodmanSocket {
  readonly host: string;
  readonly answers: boolean;
}

/** Finds the socket of this machine's Podman; nothing when it runs elsewhere, as in a virtual machine. Throws when podman does not answer. */
export async function podmanSocket(world: Where): Promise<PodmanSocket | undefined> {
  if (!platformOf(world).hasOwnContainers) return undefined;
  const podman = await findEngine('podman', world);
  const { socket, isSocketThere, isRemote } = await engineFacts(podman);
  if (isRemote || socket === undefined) return undefined;
  const host = `unix://${socket}`;
  if (!isSocketThere) return { host, answers: false };
  return { host, answers: 'words' in (await engineVersion({ program: 'podman', host, env: world.env })) };
}

/** The command that starts Podman's service at a socket, also after a restart of the machine. */
export const podmanStart = (host: string): string =>
  /^unix:\/\/(\/var)?\/run\/podman\//.test(host)
    ? 'sudo systemctl enable --now podman.socket'
    : 'systemctl --user enable --now podman.socket && loginctl enable-linger';
