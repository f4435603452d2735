import { logSince } from '../../engine/containers.ts';
import { isSame, outsidePath } from '../../host/config-folder.ts';
import { logOfService } from '../../host/logs/index.ts';
import type { NoLog, RunnerLog } from '../../host/logs/runner-log.ts';
import { platformOf } from '../../host/platform/index.ts';
import { quote } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';
import type { ConfigOfContainer } from '../container-config.ts';

/** The log of the gitlab-runner in a container. */
export function logOfContainer({ name, engine }: ConfigOfContainer): RunnerLog {
  return {
    name: `the log of the container ${name}`,
    command: `${engine.program} logs --tail 50 ${quote(name)}`,
    read: (since) => logSince(engine, name, since?.toISOString() ?? '1970-01-01T00:00:00Z'),
  };
}

/** Finds the log of the gitlab-runner that a service of this machine starts with this config.toml, or says why there is none. */
export async function logFor(path: string, world: World): Promise<RunnerLog | NoLog> {
  const platform = platformOf(world);
  const services = (await platform.runnerServices(world)).filter(
    ({ config }) => config !== undefined && isSame(config, path),
  );
  const service = services.find(({ isEnabled }) => isEnabled) ?? services[0];
  if (service !== undefined) return logOfService(service, world);
  const running = platform.runningRunners(world)?.find(({ config }) => config && isSame(config, path));
  if (running !== undefined)
    return {
      why: `gitlab-runner (process ${running.pid}) was not started by a service, so the place of its log is not known.`,
    };
  if (outsidePath(path) !== undefined)
    return { why: 'This command runs in a container, where the log of gitlab-runner cannot be read.' };
  return { why: `No service on this host uses ${path}, so there is no log to read.` };
}

/** Whether a log can be read at all. */
export const isLog = (one: RunnerLog | NoLog): one is RunnerLog => 'read' in one;
