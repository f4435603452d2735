import { statSync } from 'node:fs';
import { runningContainers } from '../../../app/container-config.ts';
import type { Finding } from '../../../app/findings.ts';
import { type Found, findGitlabRunners, type GitlabRunner } from '../../../app/gitlab-runners.ts';
import { configPlace } from '../../../engine/config-mount.ts';
import { isTrusted } from '../../../files/owner.ts';
import { isSame } from '../../../host/config-folder.ts';
import { platformOf } from '../../../host/platform/index.ts';
import { runSystem } from '../../../host/schedule-run.ts';
import type { World } from '../../../world.ts';
import type { Check, CheckContext, CheckResult, Step } from './check.ts';

/** Tells which gitlab-runners are on this machine: process, service, container, config.toml, user, and version. */
export const inUseCheck: Check = { runs: 'always', run: lookForRunners };

async function lookForRunners({ invocation, isOffline }: CheckContext): Promise<CheckResult> {
  const { world, path } = invocation;
  const found = await findGitlabRunners(path, world);
  const gitlabRunners = await Promise.all(found.map((one) => withVersion(one, world)));
  return resultOf(isOffline ? gitlabRunners : await withNames(gitlabRunners, world), path, world);
}

/** What there is to tell of the gitlab-runners of this machine to somebody who looks at this config.toml. */
export const resultOf = (
  gitlabRunners: readonly GitlabRunner[],
  path: string,
  world: Pick<World, 'platform' | 'uid' | 'env'>,
): CheckResult => ({
  steps: gitlabRunners.filter(({ running }) => running).map(stepOf),
  findings: stoppedFindings(gitlabRunners, path, world),
  gitlabRunners,
});

// Of those in containers the processes alone say little: the engines know more, where this user may ask them.
async function withNames(all: readonly GitlabRunner[], world: World): Promise<readonly GitlabRunner[]> {
  const others = all.filter(({ kind }) => kind !== 'container');
  if (others.length === all.length) return all;
  const named = await runningContainers(world);
  if (named.length === 0) return all;
  return [
    ...others,
    ...named.map(({ container }): GitlabRunner => {
      const file = configPlace(container)?.file;
      const { name } = container.settings;
      return { kind: 'container', name, running: true, ...(file !== undefined && { config: file }) };
    }),
  ];
}

// Only a program that root or this user has put there is started.
async function withVersion({ runner, program }: Found, { env }: World): Promise<GitlabRunner> {
  const owner = program === undefined ? undefined : statSync(program, { throwIfNoEntry: false })?.uid;
  if (owner === undefined || !isTrusted(owner)) return runner;
  const ran = await runSystem([program!, '--version'], env, '', 5);
  const version = /^Version:\s+([\w.~+-]{1,40})\s*$/m.exec(ran?.words ?? '')?.[1];
  return version === undefined ? runner : { ...runner, version };
}

function stepOf({ kind, name, pid, config, user, jobUser, version }: GitlabRunner): Step {
  const facts = [
    pid !== undefined && `process ${pid}`,
    name !== undefined && `${kind} ${name}`,
    user !== undefined && `user ${user}`,
    jobUser !== undefined && `jobs as ${jobUser}`,
    version !== undefined && `version ${version}`,
    config !== undefined && config,
  ];
  return { about: 'gitlab-runner', what: 'running', ok: true, words: facts.filter(Boolean).join(', ') };
}

function stoppedFindings(
  all: readonly GitlabRunner[],
  path: string,
  world: Pick<World, 'platform' | 'uid' | 'env'>,
): Finding[] {
  const isOurs = ({ config }: GitlabRunner) => config !== undefined && isSame(config, path);
  const [stopped] = all.filter((one) => isOurs(one) && !one.running && one.enabled);
  if (stopped === undefined || all.some((one) => isOurs(one) && one.running)) return [];
  const isUsual = /^gitlab-runner(\.service)?$/.test(stopped.name ?? '');
  return [
    {
      severity: 'note',
      rule: 'not-running',
      place: `service ${stopped.name}`,
      message: 'the service of this file is not running',
      ...(isUsual && { next: platformOf(world).service(world).start }),
    },
  ];
}
