import { existsSync } from 'node:fs';
import type { World } from '../world.ts';

/** The address of the engine that a `docker.host` means; empty for the usual one. */
export const hostOrUsual = (host: string, { env }: Pick<World, 'env'>): string =>
  host || env.DOCKER_HOST || 'unix:///var/run/docker.sock';

/** Whether gitlab-runner would find a socket at a `docker.host`, or at Docker's own place when it is empty; what is no socket of this machine counts as found. */
export function isSocketThere(host: string, world: Pick<World, 'env'>): boolean {
  const named = hostOrUsual(host, world);
  return !named.startsWith('unix://') || existsSync(named.slice('unix://'.length));
}
