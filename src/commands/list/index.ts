import { hideTokens, readConfigFile } from '../../app/config-file.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import {
  accessFlags,
  type ConfigInvocation,
  helpIfAsked,
  isSwitchedOn,
  openInvocation,
  quietFlag,
  reachNames,
} from '../../app/invocation.ts';
import { eachMeant, refuseMissing } from '../../app/select-runner.ts';
import type { Table } from '../../config/model.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import { entriesIn, type RunnerEntry } from '../../runner/select.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { type ListOptions, tellRunners } from './output.ts';

/** The verb `list`: what is configured as a table, or one runner with where it differs from the defaults. */
export async function list(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, listGrammar, 'list', help);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, listGrammar);
  const [wide = false, open = false] = ['wide', 'showTokens'].map((name) =>
    isSwitchedOn(invocation.verbFlags, name),
  );
  await finishInterruptedRuns({ ...invocation, dryRun: true }, invocation.path);
  const file = await readConfigFile(invocation.path, invocation.say);
  if (open) invocation.say.showTokens();
  else hideTokens(invocation.say, file.config);
  const runners = file.config?.runners ?? [];
  if (invocation.words.length === 0) {
    refuseMissing(invocation);
    const atGitlab = await askIfWanted(invocation, runners, entriesIn(runners));
    tellRunners(invocation, file, { wide, open, atGitlab, gitlabRunners: await runnersHere(invocation) });
    return exitCode.done;
  }
  const entries = await eachMeant(invocation, file.config, { all: false, oneEntry: true });
  const meant = entries.map(({ first }) => first);
  const atGitlab = await askIfWanted(invocation, runners, meant);
  const { tellSettings } = await import('./settings.ts');
  tellSettings(invocation, entries, { wide, open, atGitlab });
  return exitCode.done;
}

// Only `--json` tells them.
async function runnersHere({ say, path, world }: ConfigInvocation): Promise<ListOptions['gitlabRunners']> {
  if (!say.mode.json) return [];
  const { findGitlabRunners } = await import('../../app/gitlab-runners.ts');
  return (await findGitlabRunners(path, world)).map(({ runner }) => runner);
}

// A variable with an access token does not make it ask: most lists are of the file.
async function askIfWanted(
  invocation: ConfigInvocation,
  runners: readonly Table[],
  entries: readonly RunnerEntry[],
): Promise<ListOptions['atGitlab']> {
  const { accessToken, accessTokenFile } = invocation.verbFlags;
  const hasToken = (accessToken ?? accessTokenFile) !== undefined;
  if ((!hasToken && !isSwitchedOn(invocation.verbFlags, 'gitlab')) || runners.length === 0) return undefined;
  const { readAtGitlab } = await import('./at-gitlab.ts');
  return readAtGitlab(invocation, runners, entries);
}

/** What `list` understands. */
export const listGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'showEnvironment', 'url', ...reachNames],
  verbFlags: {
    wide: { flag: '--wide', isSwitch: true, doc: 'Show whole values, even beyond the width of the terminal' },
    showTokens: { flag: '--show-tokens', isSwitch: true, doc: 'Show whole tokens' },
    gitlab: {
      flag: '--gitlab',
      isSwitch: true,
      doc: 'Compare with GitLab: status, and what was changed there; requires an access token',
    },
    ...accessFlags,
    nonInteractive: { ...quietFlag.nonInteractive, short: '-n', doc: 'Do not ask questions' },
  },
  next: () => 'runners',
};

const help: Help = {
  usage: ['list [RUNNER…] [flags]'],
  about:
    'Show the runners in config.toml. With RUNNER, show its settings and mark those that differ from the default. RUNNER is a name, a position such as "#2", an ID, or the beginning of a token.',
  more: [
    '--access-token-file and --access-token imply --gitlab. To list the other runners of a GitLab: runner-setup fleet',
  ],
  flags: {
    Flags: ['json', 'wide', 'showTokens', 'showEnvironment', 'config', 'container'],
    GitLab: ['gitlab', 'accessTokenFile', 'url', 'tlsCaFile'],
  },
  examples: {
    'Show all runners': 'runner-setup list',
    'Show the settings of one runner': 'runner-setup list build-1',
    'Print the names of all runners': 'runner-setup list --json | jq -r ".runners[].name"',
  },
};
