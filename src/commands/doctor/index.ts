import { hideTokens } from '../../app/config-file.ts';
import { worstFirst } from '../../app/findings.ts';
import {
  accessFlags,
  accessTokenOf,
  helpIfAsked,
  isSwitchedOn,
  misuse,
  openInvocation,
} from '../../app/invocation.ts';
import { type ExitCode, exitCode, type Trouble } from '../../errors.ts';
import { hasCache } from '../../runner/cache.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { examine } from './checks/file.ts';
import { runChecks } from './checks/index.ts';
import { mend } from './fix.ts';
import { tellAll, tellPlan } from './output.ts';

/** The verb `doctor`: looks through the file, its settings, this machine and the way to GitLab; exit 1 for errors only. */
export async function doctor(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, doctorGrammar, 'doctor', help);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, doctorGrammar);
  const { say, path, verbFlags, words, dryRun } = invocation;
  if (words.length > 0)
    throw misuse(
      `doctor takes no arguments: "${words[0]}" was given.`,
      'Use another file with --config FILE.',
    );
  let examined = await examine(path, world);
  hideTokens(say, examined.config);
  const fixes = isSwitchedOn(verbFlags, 'fix');
  const fixed = fixes && (await mend(invocation, examined));
  if (fixes && dryRun) return tellPlan(invocation, examined.findings);
  if (fixed) examined = await examine(path, world);
  const isOffline = isSwitchedOn(verbFlags, 'offline') || dryRun;
  const inContainers = isSwitchedOn(verbFlags, 'testContainers');
  const looksForJob = isSwitchedOn(verbFlags, 'canary');
  if (looksForJob && accessTokenOf(invocation) === undefined) throw withoutToken();
  const asked = await runChecks(invocation, examined, { isOffline, inContainers, looksForJob });
  // What was asked is told rather than what could be feared, where both end in the same advice.
  const answered = new Set(asked.findings.flatMap(({ next }) => next ?? []));
  const feared = examined.findings.filter(({ next }) => next === undefined || !answered.has(next));
  const findings = worstFirst([...feared, ...asked.findings]);
  tellAll(say, {
    file: path,
    findings,
    steps: asked.steps,
    gitlabRunners: asked.gitlabRunners,
    changed: fixed,
  });
  if (examined.config?.runners.some(hasCache)) say.talk('To test the job cache: runner-setup cache test');
  return findings.some(({ severity }) => severity === 'error') ? exitCode.failed : exitCode.done;
}

const withoutToken = (): Trouble =>
  misuse(
    '--canary requires an access token.',
    'Add --access-token-file FILE (scope read_api or manage_runner).',
  );

/** What `doctor` understands. */
export const doctorGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'nonInteractive', 'showEnvironment'],
  verbFlags: {
    offline: { flag: '--offline', isSwitch: true, doc: 'Do not contact GitLab, Docker, or Podman' },
    testContainers: {
      flag: '--test-containers',
      isSwitch: true,
      doc: 'Check the connection from a container of each image',
    },
    canary: {
      flag: '--canary',
      isSwitch: true,
      doc: 'Show the last job that this host has run',
    },
    fix: { flag: '--fix', isSwitch: true, doc: 'Fix what is safe to fix, after confirmation' },
    ...accessFlags,
    url: {
      flag: '--url',
      short: '-u',
      isSwitch: false,
      hint: 'URL',
      doc: 'GitLab URL of the access token',
      offers: 'urls',
    },
  },
};

const help: Help = {
  usage: ['doctor [flags]'],
  about: `Diagnose config.toml, its settings, the connection to GitLab, and this host. Exits with ${exitCode.failed} when there are errors; warnings and notes exit with ${exitCode.done}.`,
  more: [
    'With an access token, it also compares this host with the runner managers that GitLab lists. It finds settings that were changed in GitLab since the last apply. It also finds deleted, paused, stale, and outdated runners.',
  ],
  flags: {
    Flags: ['fix', 'dryRun', 'yes', 'nonInteractive', 'offline', 'testContainers', 'canary', 'json'],
    'Other flags': ['url', 'accessTokenFile', 'config', 'container', 'showEnvironment'],
  },
  examples: {
    'Find problems and show how to fix them': 'runner-setup doctor',
    'Show what would be fixed': 'runner-setup doctor --fix --dry-run',
    'Check the connection from inside job containers': 'runner-setup doctor --test-containers',
  },
};
