import { hideTokens, readConfigFile } from '../../app/config-file.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import { helpIfAsked, isSwitchedOn, openInvocation, quietFlag } from '../../app/invocation.ts';
import { eachMeant, refuseMissing } from '../../app/select-runner.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { tellRunners } from './output.ts';

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
  if (invocation.words.length === 0) {
    refuseMissing(invocation);
    tellRunners(invocation, file, { wide, open });
    return exitCode.done;
  }
  const entries = await eachMeant(invocation, file.config, { all: false, oneEntry: true });
  const { tellSettings } = await import('./settings.ts');
  tellSettings(invocation, entries, { wide, open });
  return exitCode.done;
}

/** What `list` understands. */
export const listGrammar: Grammar = {
  names: ['config', 'container', 'engine', 'showEnvironment'],
  verbFlags: {
    wide: { flag: '--wide', isSwitch: true, doc: 'Show whole values, even beyond the width of the terminal' },
    showTokens: { flag: '--show-tokens', isSwitch: true, doc: 'Show whole tokens' },
    nonInteractive: { ...quietFlag.nonInteractive, short: '-n', doc: 'Do not ask questions' },
  },
  next: () => 'runners',
};

const help: Help = {
  usage: ['list [RUNNER…] [flags]'],
  about:
    'Show the runners in config.toml. With RUNNER, show its settings and mark those that differ from the default. RUNNER is a name, a position such as "#2", an ID, or the beginning of a token.',
  flags: {
    Flags: ['json', 'wide', 'showTokens', 'showEnvironment', 'config', 'container'],
  },
  examples: {
    'Show all runners': 'runner-setup list',
    'Show the settings of one runner': 'runner-setup list build-1',
    'Print the names of all runners': 'runner-setup list --json | jq -r ".runners[].name"',
  },
};
