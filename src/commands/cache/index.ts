import { type ExitCode, exitCode } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';

/** One command of `cache`. */
interface CacheCommand {
  readonly grammar: Grammar;
  run(reading: Reading, world: World): Promise<ExitCode>;
}

/** The commands of `cache`; each is loaded when it runs. */
const subVerbs: Readonly<Record<string, { line: string; load(): Promise<CacheCommand> }>> = {
  setup: {
    line: 'Set up the job cache in S3, Google Cloud Storage, or Azure',
    load: async () => (await import('./setup.ts')).setup,
  },
  test: {
    line: 'Check that the cache of each runner works',
    load: async () => (await import('./test.ts')).test,
  },
};

const subLines = Object.fromEntries(Object.entries(subVerbs).map(([name, { line }]) => [name, line]));

/** The verb `cache`: sets up the distributed job cache of runners, and tests it; without a word of its own, it is `setup`. */
export async function cache(words: readonly string[], world: World): Promise<ExitCode> {
  const { name, rest } = split(words);
  if (name === undefined && isAboutAll(rest, world)) return help(rest, world);
  if (name !== undefined && !Object.hasOwn(subVerbs, name)) {
    const { unknownSubcommand } = await import('../../terminal/unknown-command.ts');
    throw unknownSubcommand('cache', name, Object.keys(subVerbs));
  }
  const [{ readCommandLine }, { grammar, run }] = await Promise.all([
    import('../../terminal/options.ts'),
    subVerbs[name ?? 'setup']!.load(),
  ]);
  return run(readCommandLine(`cache ${name ?? 'setup'}`, rest, grammar), world);
}

/** What `cache` understands behind these words. */
export async function cacheGrammar(words: readonly string[]): Promise<Grammar> {
  const { name = 'setup' } = split(words);
  const { grammar } = Object.hasOwn(subVerbs, name) ? await subVerbs[name]!.load() : { grammar: {} };
  return { ...grammar, next: (before) => (before.length === 0 ? subLines : 'runners') };
}

// Flags may stand before the word, with their values.
const valued = ['-c', '--config', '--container', '--engine', '-l', '--log-level', '--log-format'];

function split(words: readonly string[]): { name: string | undefined; rest: readonly string[] } {
  let at = 0;
  while (at < words.length && words[at]!.startsWith('-')) {
    // The value of another flag is none of the commands.
    if (!valued.includes(words[at]!) && !isSwitch(words[at]!)) return { name: undefined, rest: words };
    at += valued.includes(words[at]!) ? 2 : 1;
  }
  return { name: words[at], rest: [...words.slice(0, at), ...words.slice(at + 1)] };
}

const isSwitch = (word: string): boolean =>
  word.includes('=') ||
  /^(-[hnqy]|--(help|help-all|json|quiet|verbose|debug|yes|dry-run|no-color))$/.test(word);

const isAboutAll = (words: readonly string[], world: World): boolean =>
  words.some((word) => /^(-h|--help|--help-all|help)$/.test(word)) ||
  (words.length === 0 && !world.isSomeoneThere);

async function help(words: readonly string[], world: World): Promise<ExitCode> {
  const [{ commandHelp }, { pageOf }] = await Promise.all([
    import('../../terminal/help.ts'),
    import('../../app/show-help.ts'),
  ]);
  const page = pageOf(world, words.includes('--help-all'));
  world.stdout.write(commandHelp('cache COMMAND', cacheHelp, { names: [] }, page));
  return exitCode.done;
}

const cacheHelp: Help = {
  usage: ['cache [setup] [RUNNER] [flags]', 'cache test [RUNNER…] [flags]'],
  about:
    'Set up and test the distributed job cache of runners. Without a command, runner-setup cache asks questions and sets it up.',
  commands: subLines,
  examples: {
    'Set up the cache of a runner; asks for what is needed': 'runner-setup cache',
    'Test the caches of all runners': 'runner-setup cache test',
  },
};
