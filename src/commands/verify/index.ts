import { hideTokens, openFile, readConfigFile } from '../../app/config-file.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import {
  type ConfigInvocation,
  helpIfAsked,
  isSwitchedOn,
  openInvocation,
  openToWrite,
  quietFlag,
  reachNames,
  selectorFlags,
  tokenFlag,
} from '../../app/invocation.ts';
import { withRollback } from '../../app/rollback.ts';
import { allMeant } from '../../app/select-runner.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { RunnerEntry } from '../../runner/select.ts';
import { nameWithUrl } from '../../runner/select.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { type Check, codeOf, tellChecks, tellPlan } from './output.ts';

/** The verb `verify`: asks GitLab whether the tokens of the file still work; with `--delete` the refused leave the file. */
export async function verify(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, verifyGrammar, 'verify', help);
  if (helped !== undefined) return helped;
  const deletes = isSwitchedOn(reading.verbFlags, 'delete');
  const invocation = await (deletes ? openToWrite : openInvocation)(reading, world, verifyGrammar);
  const { say, path } = invocation;
  await finishInterruptedRuns({ ...invocation, dryRun: invocation.dryRun || !deletes }, path);
  const file = deletes ? await openFile(path, invocation) : await readConfigFile(path, say);
  hideTokens(invocation.say, file.config);
  const entries = allMeant(invocation, file.config);
  if (invocation.dryRun || entries.length === 0) return tellPlan(invocation, entries, deletes);
  const { askEach } = await import('./ask-gitlab.ts');
  const checks = await askEach(invocation, entries);
  const gone = checks.filter(({ state }) => state === 'refused' || state === 'expired');
  const removed = deletes && gone.length > 0 ? await removeRefused(invocation, gone) : new Set<number>();
  tellChecks(invocation, checks, removed);
  return codeOf(checks, removed);
}

/** What `verify` understands. */
export const verifyGrammar: Grammar = {
  names: ['config', 'container', 'engine', ...reachNames],
  verbFlags: {
    ...selectorFlags,
    ...tokenFlag,
    delete: { flag: '--delete', isSwitch: true, doc: 'Remove refused runners from config.toml' },
    parallel: {
      flag: '--parallel',
      isSwitch: false,
      hint: 'N',
      doc: 'Number of runners checked at the same time (default 8)',
    },
    ...quietFlag,
  },
  next: () => 'runners',
};

const help: Help = {
  usage: ['verify [RUNNER…] [flags]'],
  about: `Check with GitLab whether the token of each runner is valid. Exits with ${exitCode.done} when all tokens are valid, ${exitCode.refused} when GitLab refuses one, and ${exitCode.failed} when one cannot be checked.`,
  flags: {
    'Select runners': ['name', 'url', 'token'],
    Actions: ['delete', 'dryRun', 'yes', 'nonInteractive'],
    'Other flags': ['json', 'parallel', 'config', 'container', 'tlsCaFile'],
  },
  examples: {
    'Check all runners': 'runner-setup verify',
    'Check two runners, by name and by position': 'runner-setup verify build-1 "#3"',
    'Remove refused runners from config.toml': 'runner-setup verify --delete',
  },
};

/** Takes the refused runners out of the file, after showing them and asking; gives their positions (from 0). */
async function removeRefused(
  invocation: ConfigInvocation,
  checks: readonly Check[],
): Promise<ReadonlySet<number>> {
  const { say } = invocation;
  const entries: RunnerEntry[] = checks.map(({ entry }) => entry);
  const isAsked = invocation.mayAsk && !invocation.yes;
  const tell = isAsked ? say.propose : say.talk;
  tell(`Remove from ${invocation.path}:`);
  for (const entry of entries) tell(`  ${nameWithUrl(entry)}`);
  if (isAsked && !(await isAgreed(invocation, entries.length))) return new Set();
  const { takeEntries } = await import('../../app/remove-entries.ts');
  // GitLab has refused the old token only.
  const left = await withRollback(invocation.world, say, ({ signal }) =>
    takeEntries(invocation, entries, { renewed: 'left', signal }),
  );
  for (const entry of left)
    say.warn(`${nameWithUrl(entry)} has a new token and was not removed. Run verify again.`);
  const stays = new Set(left);
  return new Set(entries.flatMap((entry) => (stays.has(entry) ? [] : [entry.at])));
}

async function isAgreed({ world, say }: ConfigInvocation, count: number): Promise<boolean> {
  const { personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  return person.agree(count === 1 ? 'Remove this runner?' : `Remove these ${count} runners?`, false);
}
