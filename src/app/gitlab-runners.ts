import { isSame } from '../host/config-folder.ts';
import { platformOf } from '../host/platform/index.ts';
import type { ContainedRunner, RunningRunner } from '../host/running-runners.ts';
import type { RunnerService } from '../host/services/service.ts';
import type { Output } from '../terminal/output-schema.ts';
import type { World } from '../world.ts';

/** A gitlab-runner of this machine, as `--json` has it: one that runs, or a service that does not. */
export type GitlabRunner = NonNullable<Output['gitlabRunners']>[number];

/** What the system shows of gitlab-runner. */
interface Shown {
  readonly running: readonly RunningRunner[];
  readonly contained: readonly ContainedRunner[];
  readonly services: readonly RunnerService[];
  /** The name of a user, where the system knows one. */
  nameOf(uid: number): string | undefined;
}

/** A gitlab-runner of this machine, with the program that it is. */
export interface Found {
  readonly runner: GitlabRunner;
  readonly program: string | undefined;
}

/**
 * Finds the gitlab-runners of this machine: those that run, with the service that started them, those in containers that
 * may have this config.toml, and services that do not run. No program is started on Linux.
 */
export async function findGitlabRunners(path: string, world: World): Promise<Found[]> {
  const platform = platformOf(world);
  return gitlabRunnersOf({
    running: platform.runningRunners(world) ?? [],
    contained: platform.containedRunners(path).filter(({ reads }) => reads !== 'no'),
    services: await platform.runnerServices(world),
    nameOf: (uid) => platform.userName(uid),
  });
}

/** The gitlab-runners in what the system shows: each once, although process and service are the same. */
export function gitlabRunnersOf(shown: Shown): Found[] {
  const { running, contained, services } = shown;
  const stopped = services.filter((service) => !running.some((one) => isOf(one, service)));
  return [
    ...running.map((one) => ofProcess(one, shown)),
    ...contained.map(({ pid }) => ({
      runner: { kind: 'container', running: true, pid } as const,
      program: undefined,
    })),
    ...stopped
      .filter(({ manager }) => manager !== 'Quadlet' || contained.length === 0)
      .map((one) => ofService(one, shown)),
  ];
}

function ofProcess(one: RunningRunner, shown: Shown): Found {
  const service = shown.services.find((each) => isOf(one, each));
  const name = service?.name ?? one.service;
  const runner: GitlabRunner = {
    kind: name === undefined ? 'process' : 'service',
    running: true,
    pid: one.pid,
    ...(name !== undefined && { name }),
    ...(service && { enabled: service.isEnabled }),
    ...facts(one, shown),
  };
  return { runner, program: one.program };
}

function ofService(one: RunnerService, shown: Shown): Found {
  const { name, isEnabled, program } = one;
  return {
    runner: { kind: 'service', running: false, name, enabled: isEnabled, ...facts(one, shown) },
    program,
  };
}

function facts(
  { config, uid, user }: Pick<RunningRunner, 'config' | 'uid' | 'user'>,
  { nameOf }: Shown,
): Pick<GitlabRunner, 'config' | 'user' | 'jobUser'> {
  return {
    ...(config !== undefined && { config }),
    ...(uid !== undefined && { user: nameOf(uid) ?? String(uid) }),
    ...(user !== undefined && { jobUser: user }),
  };
}

// What starts scripts does not say which process is theirs: the one with the same file is.
function isOf(one: RunningRunner, { name, pid, manager, config }: RunnerService): boolean {
  if (one.pid === pid || one.service === name) return true;
  if ((manager !== 'init' && manager !== 'rc.d') || one.service !== undefined) return false;
  return config !== undefined && one.config !== undefined && isSame(config, one.config);
}
