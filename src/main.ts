import { version } from '../package.json';
import type { Program } from './app/program.ts';
import { commands } from './commands/index.ts';
import { type ExitCode, exitCode } from './errors.ts';
import { realWorld, setExitCode, type World } from './world.ts';

/** Runs the program with the words of its command line in the real world, and leaves the exit code to the process. */
export async function run(argv: readonly string[]): Promise<void> {
  const world = realWorld((error) => void tellLost(error));
  const tellLost = async (error: Error) => {
    const { tellLostOutput } = await import('./terminal/fail.ts');
    setExitCode(await tellLostOutput(error, argv, world));
  };
  setExitCode(await main(argv, world));
  if (mayNotice(argv, world)) await noticeUpdate(argv, world);
}

// Only a person at a terminal is told; scripts load nothing for it.
const mayNotice = (argv: readonly string[], { env, stderr }: World): boolean =>
  Boolean(stderr.isTTY) &&
  !env.CI &&
  !env.NO_UPDATE_NOTIFIER &&
  argv[0] !== '__complete' &&
  !argv.some((word) => /^(-q|--?(quiet|json)(=.*)?)$/.test(word));

async function noticeUpdate(argv: readonly string[], world: World): Promise<void> {
  try {
    const notice = await import('./app/update-notice.ts');
    await notice.noticeUpdate(world, argv.includes('--no-color') ? false : undefined);
  } catch {
    // What cannot be known of other versions is no fault of the command that ran.
  }
}

/** Runs one command; everything that goes wrong ends here, as words for the person and as an exit code. */
export async function main(argv: readonly string[], world: World): Promise<ExitCode> {
  const { verb, words } = split(argv);
  try {
    // Only where users have no numbers, on Windows, are there shells of another kind.
    if (world.uid === undefined) await import('./terminal/person.ts').then((it) => it.writeForPerson(world));
    if (argv[0] === '__complete') return await answerShell(argv.slice(1), world);
    if (verb === undefined) return await withoutVerb(words, world);
    return await start(verb, words, world);
  } catch (error) {
    return tell(error, words, world);
  }
}

async function tell(error: unknown, words: readonly string[], world: World): Promise<ExitCode> {
  try {
    const { tellFailure } = await import('./terminal/fail.ts');
    return await tellFailure(error, words, world);
  } catch (second) {
    // Where no file can be opened any more, nothing can be loaded that says it better.
    world.stderr.write(`error: runner-setup cannot load its own files: ${(second as Error).message}\n`);
    return exitCode.failed;
  }
}

async function start(name: string, words: readonly string[], world: World): Promise<ExitCode> {
  const command = commands[name]!;
  if ('run' in command) return command.run(words, world, program);
  const [{ readCommandLine }, grammar, act] = await Promise.all([
    import('./terminal/options.ts'),
    command.grammar(words),
    command.load(),
  ]);
  return act(readCommandLine(name, words, grammar), world, program);
}

// gitlab-runner takes some flags before its command; they mean the same behind it.
const valued = ['-c', '--config', '-l', '--log-level', '--log-format', '--cpuprofile'];

function split(argv: readonly string[]): { verb: string | undefined; words: string[] } {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!;
    if (Object.hasOwn(commands, word))
      return { verb: word, words: [...argv.slice(0, at), ...argv.slice(at + 1)] };
    if (!word.startsWith('-')) break;
    if (valued.includes(word)) at++;
  }
  return { verb: undefined, words: [...argv] };
}

const program: Program = { commands, run: start, split };

async function withoutVerb(words: readonly string[], world: World): Promise<ExitCode> {
  const [first] = words;
  if (first === '--version' || first === '-v' || first === '-V') {
    world.stdout.write(`${version}\n`);
    return exitCode.done;
  }
  const { withoutCommand } = await import('./commands/help.ts');
  return withoutCommand(first, world, program);
}

// The scripts that `completion` prints call this at each TAB.
async function answerShell(words: readonly string[], world: World): Promise<ExitCode> {
  const answer = await import('./commands/completion/answer.ts');
  return answer.answerShell(words, program, world);
}
