import type { Finding } from '../../../app/findings.ts';
import type { ConfigInvocation } from '../../../app/invocation.ts';
import { exitCode, Trouble } from '../../../errors.ts';
import { platformOf } from '../../../host/platform/index.ts';
import { spin } from '../../../terminal/spin.ts';
import type { World } from '../../../world.ts';
import { type Check, type CheckContext, type CheckResult, type Step, together } from './check.ts';
import { containerCheck } from './containers.ts';
import { engineCheck } from './engine.ts';
import type { Examined } from './file.ts';
import { gitlabCheck } from './gitlab.ts';
import { inUseCheck } from './in-use.ts';
import { logCheck } from './log.ts';
import { metricsCheck } from './metrics.ts';
import { nameCheck } from './names.ts';

/** What doctor looks at besides the file, in the order in which it is told. */
const checks: readonly Check[] = [
  inUseCheck,
  nameCheck,
  gitlabCheck,
  engineCheck,
  metricsCheck,
  logCheck,
  containerCheck,
];

/**
 * Runs the checks: those that ask the network at the same time, those in containers after them. Offline only those run
 * that ask nobody. Throws for `--test-containers` and `--canary` offline.
 */
export async function runChecks(
  invocation: ConfigInvocation,
  { config }: Examined,
  how: { isOffline: boolean; inContainers: boolean; looksForJob: boolean },
): Promise<CheckResult> {
  const { isOffline, inContainers, looksForJob } = how;
  if (isOffline && inContainers) throw contradiction('--test-containers', 'Docker or Podman');
  if (isOffline && looksForJob) throw contradiction('--canary', 'GitLab');
  if (config === undefined) return { steps: [], findings: [] };
  const context: CheckContext = { invocation, config, isOffline, looksForJob };
  const { world, say } = invocation;
  const first = await spin(world, say, 'Running checks', () =>
    Promise.all(checks.filter(({ runs }) => isFirst(runs, isOffline)).map((check) => check.run(context))),
  );
  const last: CheckResult[] = [];
  const inside = checks.filter(({ runs }) => inContainers && runs === 'in containers');
  for (const check of inside) last.push(await check.run(context));
  const { steps } = together(last);
  const { findings: found, ...all } = together([...first, ...last]);
  const findings = found.map((one) => (isAcceptedNow(one, all.steps) ? asPast(one, world) : one));
  return {
    ...all,
    findings: once(findings).filter(
      (one) => !isDecided(one, steps) && !isUntried(one, findings) && !isToldByGitlab(one, findings),
    ),
  };
}

const isFirst = (runs: Check['runs'], isOffline: boolean): boolean =>
  runs === 'always' || (runs === 'online' && !isOffline);

// What was seen in a container counts more than what was to be feared: Podman, for one, may hand the hosts file on.
const isDecided = ({ rule, place }: Finding, steps: readonly Step[]): boolean =>
  rule === 'hosts-file' && steps.some(({ about }) => about === place);

// An engine that does not answer is one failure, whatever could not be tried for it.
const isUntried = ({ rule, severity }: Finding, all: readonly Finding[]): boolean =>
  rule === 'inside' &&
  severity === 'note' &&
  all.some((other) => other.rule === 'engine' && other.severity !== 'note');

const isRefusal = ({ rule, next }: Finding): boolean =>
  /^(log|metrics)$/.test(rule) && next === 'runner-setup verify';

// That GitLab refuses a token now says more than that it has refused job requests.
const isToldByGitlab = (one: Finding, all: readonly Finding[]): boolean =>
  isRefusal(one) && all.some(({ rule, place }) => rule === 'token-refused' && place === one.place);

const isAcceptedNow = (one: Finding, steps: readonly Step[]): boolean =>
  isRefusal(one) &&
  steps.some(({ what, ok, words }) => what === 'token' && ok && words.startsWith(`${one.place} is known`));

// After some refusals gitlab-runner requests no jobs for an hour.
const asPast = (one: Finding, world: World): Finding => ({
  ...one,
  severity: 'warning',
  message: 'GitLab refused job requests of the runner, but accepts its token now',
  next: platformOf(world).usualService(world.env).restart,
});

// Several checks may run into the same fault.
function once(findings: readonly Finding[]): Finding[] {
  const told = new Set<string>();
  return findings.filter(({ place, message }) => {
    const fault = `${place}\n${message}`;
    return !told.has(fault) && told.add(fault);
  });
}

const contradiction = (flag: string, asked: string): Trouble =>
  new Trouble(`${flag} cannot be combined with --offline or --dry-run.`, {
    hint: `Omit one of them: the test uses ${asked}.`,
    code: exitCode.usage,
  });
