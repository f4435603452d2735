import { existsSync } from 'node:fs';
import { containersHere } from '../../app/container-config.ts';
import { effectOn } from '../../app/effect.ts';
import { findInstalled } from '../../app/existing-runner.ts';
import { type Table, textIn } from '../../config/model.ts';
import { pathOf } from '../../engine/find.ts';
import { isPodmanAlone, podmanStart } from '../../engine/podman-socket.ts';
import { hostOrUsual } from '../../engine/socket.ts';
import { isInContainer, isSame } from '../../host/config-folder.ts';
import { platformOf } from '../../host/platform/index.ts';
import { asRoot } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';
import { containerLine, installationHere } from './ways-to-run.ts';

/** Whether no gitlab-runner is found on this machine that could have this file: none runs, is a service, is installed, or is in a container. */
export async function isRunnerAbsent(path: string, world: World): Promise<boolean> {
  return (
    effectOn({ path }, world).kind === 'stopped' &&
    (await platformOf(world).runnerServices(world)).length === 0 &&
    (await findInstalled('/', world)) === undefined &&
    (await containersHere(world, { all: true })).length === 0
  );
}

/** What is said where no gitlab-runner is found on this machine, with the way to get one; nothing where one is. */
export async function wordsOnAbsence(path: string, runner: Table, world: World): Promise<string | undefined> {
  if (!(await isRunnerAbsent(path, world))) return undefined;
  const installation = await installationHere(world);
  const container = containerLine(path, runner);
  const way =
    installation !== undefined && isSame(installation.configFile, path)
      ? `To install it: ${installation.typed}`
      : container !== undefined
        ? `To run it in a container: ${container}`
        : 'To install it: https://docs.gitlab.com/runner/install/';
  return `gitlab-runner is not installed on this machine, so the runner runs no jobs. ${way}`;
}

/**
 * What is said where the socket of the engine is not on this machine that jobs of a runner are to run in; nobody is asked.
 * Nothing in a container: its socket may be mounted later, or be that of its host.
 */
export function wordsOnEngine(runner: Table, world: World): string | undefined {
  const host = textIn(runner, 'docker', 'host');
  const { hasOwnContainers } = platformOf(world);
  if (hasOwnContainers && isInContainer()) return undefined;
  if (host !== '') {
    const next = host.includes('podman')
      ? `To start it: ${podmanStart(host)}`
      : 'To see the cause: runner-setup doctor';
    return `docker.host is ${host}, and this socket does not exist. ${next}`;
  }
  if (isPodmanAlone(world))
    return 'docker.host is missing, and only Podman is installed. To see the command that sets it: runner-setup doctor';
  if (pathOf('docker', world) === undefined)
    return 'Docker is not installed on this machine, and the docker executor requires it. To install it: https://docs.docker.com/engine/install/';
  // Elsewhere Docker is in a virtual machine, and has its socket where it likes.
  return hasOwnContainers
    ? `Docker is not running: ${hostOrUsual(host, world).slice('unix://'.length)} does not exist. To start it: ${startLine(world)}`
    : undefined;
}

function startLine({ uid }: World): string {
  const line = existsSync('/run/systemd/system') ? 'systemctl enable --now docker' : 'service docker start';
  return uid === 0 ? line : asRoot(line);
}
