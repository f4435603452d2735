import { statSync } from 'node:fs';
import { containersHere } from '../../../app/container-config.ts';
import type { Finding } from '../../../app/findings.ts';
import { type Found, findGitlabRunners, type GitlabRunner } from '../../../app/gitlab-runners.ts';
import { configPlace } from '../../../engine/config-mount.ts';
import { isTrusted } from '../../../files/owner.ts';
import { isSame, lineToOwn, otherConfigs } from '../../../host/config-folder.ts';
import { platformOf } from '../../../host/platform/index.ts';
import { runSystem } from '../../../host/schedule-run.ts';
import { asRoot, quote } from '../../../text/shell-quote.ts';
import type { World } from '../../../world.ts';
import type { Check, CheckContext, CheckResult, Step } from './check.ts';

/** Tells which gitlab-runners are on this machine: process, service, container, config.toml, user, and version. */
export const inUseCheck: Check = { runs: 'always', run: lookForRunners };

async function lookForRunners({ invocation, isOffline }: CheckContext): Promise<CheckResult> {
  const { world, path } = invocation;
  const found = await findGitlabRunners(path, world);
  const gitlabRunners = await Promise.all(found.map((one) => withVersion(one, world)));
  return resultOf(isOffline ? gitlabRunners : await withNames(gitlabRunners, path, world), path, world);
}

/** What there is to tell of the gitlab-runners of this machine to somebody who looks at this config.toml. */
export const resultOf = (
  gitlabRunners: readonly GitlabRunner[],
  path: string,
  world: Asker,
): CheckResult => ({
  steps: gitlabRunners.filter(({ running }) => running).map(stepOf),
  findings: serviceFindings(gitlabRunners, path, world),
  gitlabRunners,
});

// Of those in containers the processes alone say little: the engines know more, where this user may ask them.
async function withNames(
  all: readonly GitlabRunner[],
  path: string,
  world: World,
): Promise<readonly GitlabRunner[]> {
  const others = all.filter(({ kind }) => kind !== 'container');
  if (others.length === all.length) return all;
  const named = (await containersHere(world)).flatMap(({ container }): GitlabRunner[] => {
    const config = configPlace(container)?.file;
    if (config === undefined || !isSame(config, path)) return [];
    return [{ kind: 'container', name: container.settings.name, running: true, config }];
  });
  return named.length === 0 ? all : [...others, ...named];
}

// Only a program that root or this user has put there is started.
async function withVersion({ runner, program }: Found, { env }: World): Promise<GitlabRunner> {
  const owner = program === undefined ? undefined : statSync(program, { throwIfNoEntry: false })?.uid;
  if (owner === undefined || !isTrusted(owner)) return runner;
  const ran = await runSystem([program!, '--version'], env, { seconds: 5 }).catch(() => undefined);
  const version = /^Version:\s+([\w.~+-]{1,40})\s*$/m.exec(ran?.words ?? '')?.[1];
  return version === undefined ? runner : { ...runner, version };
}

function stepOf({ kind, name, pid, config, user, jobUser, version }: GitlabRunner): Step {
  const facts = [
    pid !== undefined && `process ${pid}`,
    name !== undefined ? `${kind} ${name}` : kind === 'container' && 'in a container',
    user !== undefined && `user ${user}`,
    jobUser !== undefined && `jobs as ${jobUser}`,
    version !== undefined && `version ${version}`,
    config !== undefined && config,
  ];
  return { about: 'gitlab-runner', what: 'running', ok: true, words: facts.filter(Boolean).join(', ') };
}

type Asker = Pick<World, 'platform' | 'uid' | 'home' | 'env'>;

// What a process with another file means is told by the findings of the host.
function serviceFindings(all: readonly GitlabRunner[], path: string, world: Asker): Finding[] {
  const isOurs = ({ config }: GitlabRunner) => config !== undefined && isSame(config, path);
  const closed = all.filter(isOurs).flatMap((one) => closedTo(one, path, world));
  return [...closed, ...stoppedFindings(all, path, world, isOurs)];
}

// gitlab-runner also writes to it, when it renews its token.
function closedTo({ name, user }: GitlabRunner, path: string, world: Asker): Finding[] {
  if (user === undefined) return [];
  const line = lineToOwn(path, user, (uid) => platformOf(world).userName(uid));
  if (line === undefined) return [];
  return [
    {
      severity: 'warning',
      rule: 'owner',
      place: path,
      message: `${name === undefined ? 'gitlab-runner' : `service ${name}`} runs as ${user}, who cannot read this file`,
      next: world.uid === 0 ? line : asRoot(line),
    },
  ];
}

function stoppedFindings(
  all: readonly GitlabRunner[],
  path: string,
  world: Asker,
  isOurs: (one: GitlabRunner) => boolean,
): Finding[] {
  if (all.some((one) => one.running && (isOurs(one) || one.config === undefined))) return [];
  const services = all.filter(({ running, enabled }) => !running && enabled);
  const ours = services.find(isOurs);
  if (ours !== undefined) return [notRunning(ours, world)];
  const isSeen = services.every(({ config }) => config !== undefined) && !all.some(({ running }) => running);
  const usual = otherConfigs(path, world);
  const other = services.find(({ config }) => isSeen && !usual.some((one) => isSame(one, config!)));
  return other === undefined ? [] : [otherConfig(other, path)];
}

function notRunning({ name = '' }: GitlabRunner, world: Asker): Finding {
  const isUsual = /^gitlab[-_]runner(\.service)?$/.test(name);
  return {
    severity: 'note',
    rule: 'not-running',
    place: `service ${name}`,
    message: 'the service of this file is not running',
    ...(isUsual && { next: platformOf(world).service(world).start }),
  };
}

const otherConfig = ({ name, config = '' }: GitlabRunner, path: string): Finding => ({
  severity: 'warning',
  rule: 'other-config',
  place: path,
  message: `service ${name} uses ${config}, not this file`,
  next: `runner-setup doctor --config ${quote(config)}`,
});
