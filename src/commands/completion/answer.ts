import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { shells } from '../../terminal/completion/shells.ts';
import { type Candidate, type Completion, wantedAt } from '../../terminal/completion/wanted.ts';
import type { Grammar } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { grammars } from '../index.ts';

/** What is known of the commands: their lines, and how a line is cut into the command and its words. */
export interface Commands {
  readonly lines: Readonly<Record<string, string>>;
  split(argv: readonly string[]): { verb: string | undefined; words: readonly string[] };
}

/** Answers the script of a shell that asks, on standard input, what may stand at the cursor; it never fails and says nothing else. */
export async function answerShell(
  [shell = '', ...more]: readonly string[],
  commands: Commands,
  world: World,
): Promise<ExitCode> {
  if (!Object.hasOwn(shells, shell)) throw unknownShell(shell);
  const { before, current, answer } = shells[shell]!(await world.readStdin(), more);
  // Whoever types a line is told by the command itself what is wrong with the file, not by the TAB key.
  const found = await candidatesAt(before, current, commands, world).catch(() => []);
  world.stdout.write(answer(found));
  return exitCode.done;
}

const unknownShell = (shell: string): Trouble =>
  new Trouble(`__complete is for the scripts of runner-setup completion, and "${shell}" has none.`, {
    hint: 'runner-setup completion bash|zsh|fish',
    code: exitCode.usage,
  });

async function candidatesAt(
  before: readonly string[],
  current: string,
  commands: Commands,
  world: World,
): Promise<'files' | Candidate[]> {
  const wanted = await wantedOf(before, current, commands);
  if (wanted.offers === 'files') return 'files';
  const found =
    typeof wanted.offers === 'string' ? await lookUp(wanted.offers, wanted, world) : wanted.offers;
  return found.map((one) => ({ ...one, value: wanted.settled + one.value }));
}

async function lookUp(...asked: Parameters<Sources['lookUp']>): Promise<readonly Candidate[]> {
  const sources = await import('./sources.ts');
  return sources.lookUp(...asked);
}

type Sources = typeof import('./sources.ts');

async function wantedOf(
  before: readonly string[],
  current: string,
  { lines, split }: Commands,
): Promise<Completion> {
  const { verb, words } = split(before);
  if (verb === undefined) {
    const wanted = wantedAt(words, current, program(lines));
    return wanted.positionals.length === 0 ? wanted : { ...wanted, offers: [] };
  }
  if (verb !== 'help') return wantedAt(words, current, await grammars[verb]!(words));
  const [topic] = words;
  if (topic === undefined) return wantedAt([], current, { names: [], next: () => lines });
  return wantedAt(['--help', ...words.slice(1)], current, await grammars[topic]!([]));
}

/** What may stand before a command. */
const program = (lines: Commands['lines']): Grammar => ({
  names: ['config'],
  verbFlags: { version: { flag: '--version', isSwitch: true, doc: 'Print the version' } },
  next: () => lines,
});
