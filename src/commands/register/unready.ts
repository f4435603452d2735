import { containersHere } from '../../app/container-config.ts';
import { effectOn } from '../../app/effect.ts';
import { findInstalled } from '../../app/existing-runner.ts';
import type { Table } from '../../config/model.ts';
import { isSame } from '../../host/config-folder.ts';
import { platformOf } from '../../host/platform/index.ts';
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
