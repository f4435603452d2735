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
    if (argv[0] === '__complete') return await answerShell(argv.slice(1), world);
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
  list: {
    line: 'Show the runners of config.toml',
    async run(words, world) {
      const [{ readCommandLine }, { list, listGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/list.ts'),
      ]);
      return list(readCommandLine('list', words, listGrammar), world);
    },
  },
  verify: {
    line: 'Ask GitLab whether the tokens still work',
    async run(words, world) {
      const [{ readCommandLine }, { verify, verifyGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/verify.ts'),
      ]);
      return verify(readCommandLine('verify', words, verifyGrammar), world);
    },
  },
  unregister: {
    line: 'Remove runners at GitLab and here',
    async run(words, world) {
      const [{ readCommandLine }, { unregister }, { unregisterGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/unregister.ts'),
        import('./commands/unregister-flags.ts'),
      ]);
      return unregister(readCommandLine('unregister', words, unregisterGrammar), world);
    },
  },
  'reset-token': {
    line: 'Get a new token from GitLab for a runner',
    async run(words, world) {
      const [{ readCommandLine }, { resetToken, resetTokenGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/reset-token.ts'),
      ]);
      return resetToken(readCommandLine('reset-token', words, resetTokenGrammar), world);
    },
  },
  edit: {
    line: 'Change a runner of the file, or the global settings: by flags or in a menu',
    async run(words, world) {
      const [{ readCommandLine }, { edit, editGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/edit.ts'),
      ]);
      return edit(readCommandLine('edit', words, editGrammar), world);
    },
  },
  lint: {
    line: 'Say whether config.toml is valid, with the line of each fault',
    async run(words, world) {
      const [{ readCommandLine }, { lint, lintGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/lint.ts'),
      ]);
      return lint(readCommandLine('lint', words, lintGrammar), world);
    },
  },
  doctor: {
    line: 'Look for what is wrong or risky: file, settings, connection, this machine',
    async run(words, world) {
      const [{ readCommandLine }, { doctor, doctorGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/doctor.ts'),
      ]);
      return doctor(readCommandLine('doctor', words, doctorGrammar), world);
    },
  },
  preset: {
    line: 'Show the ready settings, each with a .gitlab-ci.yml that fits',
    async run(words, world) {
      const [{ readCommandLine }, { preset }, { presetGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/preset.ts'),
        import('./commands/preset-flags.ts'),
      ]);
      return preset(readCommandLine('preset', words, presetGrammar), world);
    },
  },
  'registry-auth': {
    line: 'Give jobs the logins for private registries; list, remove and test them',
    async run(words, world) {
      const [{ readCommandLine }, { registryAuth }, { registryAuthGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/registry-auth.ts'),
        import('./commands/registry-auth-flags.ts'),
      ]);
      return registryAuth(readCommandLine('registry-auth', words, registryAuthGrammar), world);
    },
  },
  undo: {
    line: 'Put config.toml back as it was before the last change',
    async run(words, world) {
      const [{ readCommandLine }, { undo, undoGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/undo.ts'),
      ]);
      return undo(readCommandLine('undo', words, undoGrammar), world);
    },
  },
  container: {
    line: 'Look after a gitlab-runner that itself runs in Docker or Podman',
    async run(words, world) {
      const { container } = await import('./commands/container.ts');
      return container(words, world);
    },
  },
  completion: {
    line: 'Print the completion script for bash, zsh or fish',
    async run(words, world) {
      const [{ readCommandLine }, { completion, completionGrammar }] = await Promise.all([
        import('./terminal/options.ts'),
        import('./commands/completion.ts'),
      ]);
      return completion(readCommandLine('completion', words, completionGrammar), world);
    },
  },
  help: {
    line: 'Show the help of a command: runner-setup help register',
    async run([topic, ...rest], world) {
      if (topic === undefined || topic === 'help') return showHelp(world);
      if (topic === 'container') return verbs.container!.run([...rest, '--help'], world);
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

// The scripts that `completion` prints call this at each TAB.
async function answerShell(words: readonly string[], world: World): Promise<ExitCode> {
  const answer = await import('./commands/completion-answer.ts');
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
