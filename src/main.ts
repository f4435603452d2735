import { version } from '../package.json';
import { type ExitCode, exitCode } from './errors.ts';
import type { Reading } from './terminal/options.ts';
import { realWorld, setExitCode, type World } from './world.ts';

/** Runs the program with the words of its command line in the real world, and leaves the exit code to the process. */
export async function run(argv: readonly string[]): Promise<void> {
  setExitCode(await main(argv, realWorld()));
}

/** Runs one command; everything that goes wrong ends here, as words for the person and as an exit code. */
export async function main(argv: readonly string[], world: World): Promise<ExitCode> {
  const { verb, words } = split(argv);
  try {
    if (argv[0] === '__complete') return await answerShell(argv.slice(1), world);
    if (verb === undefined) return await withoutVerb(words, world);
    return await start(verb, words, world);
  } catch (error) {
    const { tellFailure } = await import('./terminal/fail.ts');
    return tellFailure(error, words, world);
  }
}

/** A command: what it does with its words, read by its grammar or as they are; loaded when it runs. */
type Verb = { readonly line: string } & (
  | { load(): Promise<(reading: Reading, world: World) => Promise<ExitCode>> }
  | { run(words: readonly string[], world: World): Promise<ExitCode> }
);

/** The commands. */
const verbs: Readonly<Record<string, Verb>> = {
  register: {
    line: 'Register a runner at GitLab and write it into config.toml',
    load: async () => (await import('./commands/register/index.ts')).register,
  },
  list: {
    line: 'Show the runners of config.toml',
    load: async () => (await import('./commands/list/index.ts')).list,
  },
  verify: {
    line: 'Ask GitLab whether the tokens still work',
    load: async () => (await import('./commands/verify/index.ts')).verify,
  },
  unregister: {
    line: 'Remove runners at GitLab and here',
    load: async () => (await import('./commands/unregister/index.ts')).unregister,
  },
  'reset-token': {
    line: 'Get a new token from GitLab for a runner',
    load: async () => (await import('./commands/reset-token/index.ts')).resetToken,
  },
  edit: {
    line: 'Change a runner of the file, or the global settings: by flags or in a menu',
    load: async () => (await import('./commands/edit/index.ts')).edit,
  },
  lint: {
    line: 'Say whether config.toml is valid, with the line of each fault',
    load: async () => (await import('./commands/lint.ts')).lint,
  },
  doctor: {
    line: 'Look for what is wrong or risky: file, settings, connection, this machine',
    load: async () => (await import('./commands/doctor/index.ts')).doctor,
  },
  preset: {
    line: 'Show the ready settings, each with a .gitlab-ci.yml that fits',
    load: async () => (await import('./commands/preset/index.ts')).preset,
  },
  'registry-auth': {
    line: 'Give jobs the logins for private registries; list, remove and test them',
    load: async () => (await import('./commands/registry-auth/index.ts')).registryAuth,
  },
  undo: {
    line: 'Put config.toml back as it was before the last change',
    load: async () => (await import('./commands/undo/index.ts')).undo,
  },
  container: {
    line: 'Look after a gitlab-runner that itself runs in Docker or Podman',
    run: async (words, world) => (await import('./commands/container/index.ts')).container(words, world),
  },
  completion: {
    line: 'Print the completion script for bash, zsh or fish',
    load: async () => (await import('./commands/completion/index.ts')).completion,
  },
  help: {
    line: 'Show the help of a command: runner-setup help register',
    async run([topic, ...rest], world) {
      if (topic === undefined || topic === 'help') return showHelp(world);
      if (topic === 'container') return start(topic, [...rest, '--help'], world);
      if (Object.hasOwn(verbs, topic)) return start(topic, ['--help', ...rest], world);
      throw await unknown(topic);
    },
  },
};

async function start(name: string, words: readonly string[], world: World): Promise<ExitCode> {
  const verb = verbs[name]!;
  if ('run' in verb) return verb.run(words, world);
  const [{ readCommandLine }, { grammars }, act] = await Promise.all([
    import('./terminal/options.ts'),
    import('./commands/index.ts'),
    verb.load(),
  ]);
  return act(readCommandLine(name, words, await grammars[name]!(words)), world);
}

// gitlab-runner takes some flags before its command; they mean the same behind it.
const valued = ['-c', '--config', '-l', '--log-level', '--log-format', '--cpuprofile'];

function split(argv: readonly string[]): { verb: string | undefined; words: string[] } {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (Object.hasOwn(verbs, word))
      return { verb: word, words: [...argv.slice(0, at), ...argv.slice(at + 1)] };
    if (!word.startsWith('-')) break;
    if (valued.includes(word)) at++;
  }
  return { verb: undefined, words: [...argv] };
}

async function withoutVerb(words: readonly string[], world: World): Promise<ExitCode> {
  const [first] = words;
  if (first === '--version' || first === '-v' || first === '-V') {
    world.stdout.write(`${version}\n`);
    return exitCode.done;
  }
  if (first === undefined || first === '--help' || first === '-h') return showHelp(world);
  throw await unknown(first);
}

// The scripts that `completion` prints call this at each TAB.
async function answerShell(words: readonly string[], world: World): Promise<ExitCode> {
  const answer = await import('./commands/completion/answer.ts');
  const lines = Object.fromEntries(Object.entries(verbs).map(([name, { line }]) => [name, line]));
  return answer.answerShell(words, { lines, split }, world);
}

async function unknown(word: string): Promise<Error> {
  const { unknownCommand } = await import('./terminal/help.ts');
  return unknownCommand(word, Object.keys(verbs));
}

async function showHelp(world: World): Promise<ExitCode> {
  const { programHelp } = await import('./terminal/help.ts');
  world.stdout.write(programHelp(Object.entries(verbs).map(([name, { line }]) => ({ name, line }))));
  return exitCode.done;
}
