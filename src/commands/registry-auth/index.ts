import { hideTokens, openFile, readConfigFile } from '../../app/config-file.ts';
import { warnOfOtherFile } from '../../app/config-in-use.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import { accessTokenOf, type ConfigInvocation, helpIfAsked, openInvocation } from '../../app/invocation.ts';
import { refuseMissing } from '../../app/select-runner.ts';
import { type ExitCode, Trouble } from '../../errors.ts';
import { readRegistry } from '../../host/docker-config.ts';
import type { Reading } from '../../terminal/options.ts';
import { noSubcommand, unknownSubcommand } from '../../terminal/unknown-command.ts';
import type { World } from '../../world.ts';
import { changesTargets, isChange, type RegistryAuthContext } from './context.ts';
import { help, registryAuthGrammar } from './flags.ts';

/** The verb `registry-auth`: shows, gives, takes away and tries the logins with which jobs pull private images. */
export async function registryAuth(reading: Reading, world: World): Promise<ExitCode> {
  const isBare = Object.keys({ ...reading.options, ...reading.verbFlags, ...reading.words }).length === 0;
  const asked = isBare && reading.positionals.length === 0 ? { ...reading, options: { help: '' } } : reading;
  const helped = await helpIfAsked(asked, world, registryAuthGrammar, 'registry-auth', help);
  if (helped !== undefined) return helped;
  const invocation = await openInvocation(reading, world, registryAuthGrammar);
  const [word, ...hosts] = invocation.words;
  const act = actOf(word);
  const registries = hosts.map(readRegistry);
  const file = await configOf(invocation);
  hideTokens(invocation.say, file);
  return act({ ...invocation, registries, access: accessTokenOf(invocation), file });
}

// Without a runner that is meant, a config.toml that cannot be read is no reason to stop.
async function configOf(invocation: ConfigInvocation): Promise<RegistryAuthContext['file']> {
  const { path, say, verbFlags, known, words } = invocation;
  const isFlagged = known.sources.get('config') === 'flag';
  if (isFlagged && (words[0] === 'list' || words[0] === 'test')) refuseMissing(invocation);
  try {
    if (verbFlags.runner !== undefined && isChange(words))
      await warnOfOtherFile(invocation, invocation.world, say);
    const isWritten = verbFlags.runner !== undefined && changesTargets(invocation);
    await finishInterruptedRuns({ ...invocation, dryRun: !isWritten }, path);
    return (await (isWritten ? openFile(path, invocation) : readConfigFile(path, say))).config;
  } catch (error) {
    if (!(error instanceof Trouble) || verbFlags.runner !== undefined) throw error;
    say.warn(error.message);
    return undefined;
  }
}

type Act = (context: RegistryAuthContext) => Promise<ExitCode>;

// Each is loaded when it runs.
const acts: Readonly<Record<string, Act>> = {
  add: async (context) => (await import('./add.ts')).add(context),
  list: async (context) => (await import('./list.ts')).list(context),
  remove: async (context) => (await import('./remove.ts')).remove(context),
  test: async (context) => (await import('./test.ts')).test(context),
};

function actOf(word: string | undefined): Act {
  if (word !== undefined && Object.hasOwn(acts, word)) return acts[word]!;
  if (word === undefined) throw noSubcommand('registry-auth');
  throw unknownSubcommand('registry-auth', word, Object.keys(acts));
}
