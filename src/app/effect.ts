import { isSame, outsidePath } from '../host/config-folder.ts';
import { platformOf } from '../host/platform/index.ts';
import type { ContainedRunner, RunningRunner } from '../host/running-runners.ts';
import { quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';
import type { ConfigFile } from './container-config.ts';

/**
 * Whether a gitlab-runner that runs here loads a change of config.toml, as far as this machine shows it: one that has
 * this file, one whose file cannot be seen, only one with another file, none at all; or the system does not show what runs, or
 * this is a container, and the file is one of its host.
 */
export interface Effect {
  readonly kind: 'loads' | 'hidden' | 'other' | 'stopped' | 'unknown' | 'outside';
  readonly words: string;
}

/** What of gitlab-runner runs on this machine; nothing where the system does not show it. */
interface Seen {
  readonly running: readonly RunningRunner[] | undefined;
  readonly contained: readonly ContainedRunner[];
  /** Whether this is a container, and the file is one of its host. */
  readonly isOutside?: boolean;
}

/** Finds out which gitlab-runner loads a change of this config.toml, and says so in words: never more than what is known. */
export function effectOn(
  { path, container }: ConfigFile,
  world: Pick<World, 'platform' | 'uid' | 'home'>,
  { running, contained, isOutside = false }: Seen = seenOn(world, path),
): Effect {
  if (container !== undefined) return effectInContainer(container);
  if (running === undefined)
    return { kind: 'unknown', words: `A gitlab-runner that uses ${path} loads the change within seconds.` };
  const own = running.find(({ config }) => config !== undefined && isSame(config, path));
  if (own !== undefined) return loads(`gitlab-runner (process ${own.pid})`);
  const inside = contained.find(({ reads }) => reads === 'yes');
  if (inside !== undefined) return loads(`gitlab-runner in a container (process ${inside.pid})`);
  const hidden =
    running.find(({ config }) => config === undefined) ?? contained.find(({ reads }) => reads === 'unknown');
  if (hidden !== undefined) return hiding(hidden, path);
  const [other] = running;
  if (other !== undefined) return usingOther(other);
  return isOutside ? unseen : stopped;
}

function seenOn(world: Pick<World, 'platform' | 'uid' | 'home'>, path: string): Seen {
  const platform = platformOf(world);
  return {
    running: platform.runningRunners(world),
    contained: platform.containedRunners(path),
    isOutside: outsidePath(path) !== undefined,
  };
}

const stopped: Effect = {
  kind: 'stopped',
  words: 'gitlab-runner is not running. It loads the change when it starts.',
};

const unseen: Effect = {
  kind: 'outside',
  words:
    "runner-setup runs in a container, so it does not see the host's gitlab-runner. If it uses this file, it loads the change within seconds.",
};

const usingOther = ({ pid, config = '' }: RunningRunner): Effect => ({
  kind: 'other',
  words: `The running gitlab-runner (process ${pid}) uses ${config}, so it does not load the change.`,
});

const loads = (who: string): Effect => ({ kind: 'loads', words: `${who} loads the change within seconds.` });

const hiding = ({ pid }: { pid: number }, path: string): Effect => ({
  kind: 'hidden',
  words: `The config.toml of the running gitlab-runner (process ${pid}) is only visible to root. If it is ${path}, the change is loaded within seconds.`,
});

function effectInContainer({ name, isRunning, engine }: NonNullable<ConfigFile['container']>): Effect {
  if (isRunning)
    return {
      kind: 'loads',
      words: `The container ${name} loads the change within seconds, without a restart.`,
    };
  const start = `${engine.program} start ${quote(name)}`;
  return { kind: 'stopped', words: `The container ${name} is not running. To start it: ${start}` };
}
