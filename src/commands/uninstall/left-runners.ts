import { existsSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { readConfigFile } from '../../app/config-file.ts';
import type { Invocation } from '../../app/invocation.ts';
import { printScript } from '../../app/print-script.ts';
import { type ExitCode, Trouble } from '../../errors.ts';
import { isSame } from '../../host/config-folder.ts';
import { platformOf } from '../../host/platform/index.ts';
import type { RunnerService } from '../../host/services/service.ts';
import { nameOf } from '../../runner/select.ts';
import type { Say } from '../../terminal/say.ts';
import { removeFolder, shellLine } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';

/** How many runners are named before the others are only counted. */
const mostNames = 10;

/** What stays when gitlab-runner is removed. */
interface Left {
  /** A sentence on the runners of each config.toml that stay in GitLab, with the command that removes them. */
  readonly warnings: readonly string[];
  /** Each config.toml besides the usual one that a service of this machine reads: it is never removed. */
  readonly others: readonly string[];
}

/** Looks at what stays: the usual config.toml, and on this machine those of its services. */
export async function lookAtLeft(root: string, usual: string, world: World, say: Say): Promise<Left> {
  const services = root === '/' ? await platformOf(world).runnerServices(world) : [];
  const others = otherConfigs(services, usual);
  const found = await Promise.all([usual, ...others].map((path) => leftRunners(path, say)));
  return { warnings: found.filter((each) => each !== undefined), others };
}

/** Takes the services of a machine; gives each config.toml that is there and that one of them reads, without the usual one and those of containers. */
export function otherConfigs(
  services: readonly Pick<RunnerService, 'manager' | 'config'>[],
  usual: string,
): string[] {
  const named = services.flatMap(({ manager, config }) =>
    manager === 'Quadlet' || config === undefined ? [] : [config],
  );
  return [...new Set(named)].filter((path) => existsSync(path) && !isSame(path, usual));
}

/** `--print`: what stays is said beside the script. */
export function tellScript(
  invocation: Pick<Invocation, 'say'>,
  script: readonly string[],
  { warnings }: Left,
): ExitCode {
  for (const warning of warnings) invocation.say.warn(warning);
  return printScript(invocation, script);
}

/** Throws where one of these files is in the folder that is to be removed. */
export function refuseToRemove(folder: string, others: readonly string[]): void {
  if (!existsSync(folder)) return;
  const inside = others.filter((path) => isBelow(realpathSync(path), realpathSync(folder)));
  if (inside.length > 0)
    throw new Trouble(`--remove-config would also remove ${inside.join(' and ')}. Nothing was changed.`, {
      why: 'A service of this machine reads it.',
      hint: `Omit --remove-config. To remove the folder afterwards: ${removeFolder(folder)}`,
    });
}

const isBelow = (path: string, folder: string): boolean => path.startsWith(join(folder, sep));

async function leftRunners(path: string, say: Say): Promise<string | undefined> {
  try {
    const { config } = await readConfigFile(path, say);
    const names = (config?.runners ?? []).map((runner, at) => nameOf({ at, runner }));
    return names.length === 0 ? undefined : sentence(path, names);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return `The runners in ${path} stay registered in GitLab. Their names are not known: ${error.message}`;
  }
}

function sentence(path: string, names: readonly string[]): string {
  const more = names.length - mostNames;
  const shown = names.slice(0, mostNames).join(', ') + (more > 0 ? `, and ${more} more` : '');
  const command = shellLine(['runner-setup', 'unregister', '--all-runners', '--config', path]);
  return `Still registered in GitLab: ${shown}. To remove them from GitLab first: ${command}`;
}
