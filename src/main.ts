import { version } from '../package.json';
import { type ExitCode, exitCode } from './errors.ts';
import { realWorld, setExitCode, type World } from './world.ts';

/** Runs the program with the words of its command line in the real world, and leaves the exit code to the process. */
export async function run(argv: readonly string[]): Promise<void> {
  setExitCode(await main(argv, realWorld()));
}

/** Runs one command; everything that goes wrong ends here, as words for the person and as an exit code. */
export async function main(argv: readonly string[], world: World): Promise<ExitCode> {
  const { verb, words } = split(argv);
  try {
    if (verb === undefined) return await withoutVerb(words, world);
    return await verbs[verb]!.run(words, world);
  } catch (error) {
    const { tellFailure } = await import('./terminal/fail.ts');
    return tellFailure(error, words, world);
  }
}

interface Verb {
  readonly line: string;
  run(words: readonly string[], world: World): Promise<ExitCode>;
}

/** The commands; each is loaded when it runs. */
const verbs: Readonly<Record<string, Verb>> = {
  register: {
    line: 'Register a runner at GitLab and write it into config.toml',
    async run(words, world) {
      const [{ readCommandLine }, { register }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/register.ts'),
      ]);
      return register(readCommandLine('register', words), world);
    },
  },
  undo: {
    line: 'Put config.toml back as it was before the last change',
    async run(words, world) {
      const [{ readCommandLine }, { undo }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/undo.ts'),
      ]);
      return undo(readCommandLine('undo', words, { names: ['config', 'nonInteractive'] }), world);
    },
  },
  help: {
    line: 'Show the help of a command: runner-setup help register',
    async run([topic, ...rest], world) {
      if (topic === undefined || topic === 'help') return showHelp(world);
      if (Object.hasOwn(verbs, topic)) return verbs[topic]!.run(['--help', ...rest], world);
      throw await unknown(topic);
    },
  },
};

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

async function unknown(word: string): Promise<Error> {
  const { unknownCommand } = await import('./terminal/help.ts');
  return unknownCommand(word, Object.keys(verbs));
}

async function showHelp(world: World): Promise<ExitCode> {
  const { programHelp } = await import('./terminal/help.ts');
  world.stdout.write(programHelp(Object.entries(verbs).map(([name, { line }]) => ({ name, line }))));
  return exitCode.done;
}
