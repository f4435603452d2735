import { existsSync } from 'node:fs';
import { type Effect, effectOn } from '../../app/effect.ts';
import type { Table } from '../../config/model.ts';
import { configPlace } from '../../engine/config-mount.ts';
import { isSame, lineToOwn } from '../../host/config-folder.ts';
import { defaultConfigFile, runnerProgram } from '../../host/places.ts';
import { platformOf } from '../../host/platform/index.ts';
import type { RunnerService } from '../../host/services/service.ts';
import { asRoot, quote } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';
import { containerLine, installationHere } from './ways-to-run.ts';

/**
 * Says whether a gitlab-runner has the file that was written, and where none has, which command starts one: as this
 * machine is, and as it is typed there.
 */
export async function wordsOnStart(
  effect: Effect,
  world: World,
  path: string,
  runner: Table,
): Promise<string> {
  const run = runLine(path, world);
  if (effect.kind === 'loads' || effect.kind === 'hidden') return effect.words;
  if (effect.kind === 'other') return `${effect.words}\nTo use ${path}: ${run}`;
  if (effect.kind === 'outside')
    return `${effect.words}\nTo install one: https://docs.gitlab.com/runner/install/`;
  if (effect.kind === 'unknown') return `${effect.words}\nTo start one: ${run}`;
  const service = await serviceLine(path, world);
  if (service !== undefined || runnerProgram(world) !== undefined)
    return `gitlab-runner is not running. To start it: ${service ?? run}`;
  return (await wordsOnContainer(path, world)) ?? linesToInstall(path, runner, world);
}

/** What is said of the gitlab-runner in a container, the one that has the file before others; nothing where there is none. */
async function wordsOnContainer(path: string, world: World): Promise<string | undefined> {
  const { containersHere } = await import('../../app/container-config.ts');
  const here = (await containersHere(world, { all: true })).map(({ engine, container }) => ({
    engine,
    name: container.settings.name,
    isRunning: container.state.running,
    ...(configPlace(container) ?? { file: undefined, inside: '' }),
  }));
  const own = here.find(({ file }) => file !== undefined && isSame(file, path));
  if (own !== undefined) return effectOn({ path, container: own }, world).words;
  const [other] = here;
  if (other === undefined) return undefined;
  const { name, file = 'another file' } = other;
  return `The gitlab-runner in the container ${name} uses ${file}, so it does not load the change.
To register in it: runner-setup register --container ${quote(name)}`;
}

// Each way to get one that has this file.
async function linesToInstall(path: string, runner: Table, world: World): Promise<string> {
  const installation = await installationHere(world);
  const container = containerLine(path, runner);
  const isServed = installation !== undefined && isSame(installation.configFile, path);
  return [
    'gitlab-runner is not installed on this machine.',
    ...(installation === undefined ? [] : [`To install it: ${installation.typed}`]),
    ...(installation === undefined || isServed ? [] : [`To start it then: ${runLine(path, world)}`]),
    ...(container === undefined ? [] : [`To run it in a container: ${container}`]),
    ...(installation === undefined
      ? [
          `${container === undefined ? 'To install it' : 'Other ways'}: https://docs.gitlab.com/runner/install/`,
        ]
      : []),
  ].join('\n');
}

function runLine(path: string, world: World): string {
  const config = path === defaultConfigFile(world) ? '' : ` --config ${quote(path)}`;
  return `gitlab-runner run${config}`;
}

/** What starts the service of this machine that has this file; nothing where there is none, or systemd does not run here. */
async function serviceLine(path: string, world: World): Promise<string | undefined> {
  const platform = platformOf(world);
  const services = await platform.runnerServices(world);
  const own = services.find(({ config }) => config !== undefined && isSame(config, path));
  if (own === undefined) return undefined;
  const start = startLine(own, world);
  const user = own.uid === undefined ? undefined : (platform.userName(own.uid) ?? String(own.uid));
  const line = user && lineToOwn(path, user, (uid) => platform.userName(uid));
  return line && start ? `${byRoot(line, world)} && ${start}` : start;
}

function startLine(own: RunnerService, world: World): string | undefined {
  const { manager, name } = own;
  const platform = platformOf(world);
  if (manager === 'launchd' || manager === 'Windows') return platform.service(world).start;
  if (manager === 'init')
    return byRoot(`${existsSync('/run/openrc') ? 'rc-service' : 'service'} ${quote(name)} start`, world);
  if (manager === 'rc.d') return rcLine(own, world);
  return existsSync('/run/systemd/system') ? systemdLine(own, world) : undefined;
}

// The variable has the name of the script, as in GitLab's documentation.
function rcLine({ name, isEnabled }: RunnerService, world: World): string {
  const enable = isEnabled ? '' : `${byRoot(`sysrc ${quote(`${name}_enable`)}=YES`, world)} && `;
  return `${enable}${byRoot(`service ${quote(name)} start`, world)}`;
}

function systemdLine({ manager, name, file, isEnabled }: RunnerService, world: World): string {
  // A Quadlet says itself whether it starts by itself.
  const verb = isEnabled || manager === 'Quadlet' ? 'start' : 'enable --now';
  const unit = quote(name.replace(/\.service$/, ''));
  const isOfUser =
    /\/systemd\/user(s|\/)/.test(file) || (world.uid !== 0 && file.startsWith(`${world.home}/`));
  return isOfUser ? `systemctl --user ${verb} ${unit}` : byRoot(`systemctl ${verb} ${unit}`, world);
}

const byRoot = (line: string, { uid }: World): string => (uid === 0 ? line : asRoot(line));
