import { version } from '../../package.json';
import { type RunnerInfo, runnerInfo } from '../gitlab/features.ts';
import type { Settings } from '../settings/table.ts';
import type { World } from '../world.ts';

const name = 'runner-setup';

/** The User-Agent of this program. */
export const agentOf = ({ platform, architecture, versions }: World): string =>
  `${name} ${version} (${platform}/${architecture}; node ${versions.node})`;

/** The `info` that goes with a request about a runner: what it can do, by its executor where that is told. */
export function infoOf(
  world: World,
  { executor, shell, dockerGpus }: Settings,
  withExecutor: boolean,
): RunnerInfo {
  const { platform, architecture } = world;
  return runnerInfo({
    name,
    version,
    platform,
    architecture,
    ...(withExecutor && executor !== undefined && { executor }),
    ...(withExecutor && shell !== undefined && { shell }),
    ...(withExecutor && dockerGpus !== undefined && { gpus: dockerGpus }),
  });
}
