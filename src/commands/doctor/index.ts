import { hideTokens } from '../../app/config-file.ts';
import { worstFirst } from '../../app/findings.ts';
import { accessFlags, helpIfAsked, isSwitchedOn, misuse, openInvocation } from '../../app/invocation.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { examine } from './checks/file.ts';
import { runChecks } from './checks/index.ts';
import { mend } from './fix.ts';
import { tellAll, tellPlan } from './output.ts';

/** The verb `doctor`: looks through the file, its settings, this machine and the way to GitLab; exit 1 for errors only. */
export async function doctor(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, doctorGrammar, help);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, doctorGrammar);
  const { say, path, verbFlags, words, dryRun } = invocation;
  if (words.length > 0)
    throw misuse(`doctor looks at the whole file: "${words[0]}" is too much.`, 'Another file: --config FILE');
  let examined = await examine(path, world);
  hideTokens(say, examined.config);
  const fixes = isSwitchedOn(verbFlags, 'fix');
  const fixed = fixes && (await mend(invocation, examined));
  if (fixes && dryRun) return tellPlan(say, path, examined.findings);
  if (fixed) examined = await examine(path, world);
  const isOffline = isSwitchedOn(verbFlags, 'offline') || dryRun;
  const inContainers = isSwitchedOn(verbFlags, 'testContainers');
  const asked = await runChecks(invocation, examined, { isOffline, inContainers });
  // What was asked is told rather than what could be feared, where both end in the same advice.
  const answered = new Set(asked.findings.flatMap(({ next }) => next ?? []));
  const feared = examined.findings.filter(({ next }) => next === undefined || !answered.has(next));
  const findings = worstFirst([...feared, ...asked.findings]);
  tellAll(say, { file: path, findings, steps: asked.steps, changed: fixed });
  return findings.some(({ severity }) => severity === 'error') ? exitCode.failed : exitCode.done;
}

/** What `doctor` understands. */
export const doctorGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'nonInteractive', 'showEnvironment'],
  verbFlags: {
    offline: { flag: '--offline', isSwitch: true, doc: 'Ask neither GitLab nor Docker or Podman' },
    testContainers: {
      flag: '--test-containers',
      isSwitch: true,
      doc: 'Look GitLab up from inside a container of each default image',
    },
    fix: { flag: '--fix', isSwitch: true, doc: 'Fix what is safe to fix, after showing it' },
    ...accessFlags,
    url: {
      flag: '--url',
      short: '-u',
      isSwitch: false,
      hint: 'URL',
      doc: 'The GitLab that the access token is of',
      offers: 'urls',
    },
  },
};

/** What its help says. */
const help = {
  line: `Looks for what is wrong or risky: the file, its settings, this machine, the way to GitLab.

With an access token it also compares this machine with those that GitLab lists for the runner.
Ends with ${exitCode.failed} when there are errors; warnings and notes end with ${exitCode.done}.`,
  usage: 'doctor [flags]',
  examples: [
    'runner-setup doctor',
    'runner-setup doctor --offline --json',
    'runner-setup doctor --fix --dry-run',
    'runner-setup doctor --access-token-file token.txt',
    'runner-setup doctor --test-containers',
  ],
};
