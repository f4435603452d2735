import type { Program } from '../../app/program.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { shells } from '../../terminal/completion/shells.ts';
import { type Candidate, type Completion, wantedAt } from '../../terminal/completion/wanted.ts';
import type { Grammar } from '../../terminal/options.ts';
import type { World } from '../../world.ts';

/** Answers the script of a shell that asks, on standard input, what may stand at the cursor; it never fails and says nothing else. */
export async function answerShell(
  [shell = '', ...more]: readonly string[],
  program: Program,
  world: World,
): Promise<ExitCode> {
  if (!Object.hasOwn(shells, shell)) throw unknownShell(shell);
  const { before, current, answer } = shells[shell]!(await world.readStdin(), more);
  // Whoever types a line is told by the command itself what is wrong with the file, not by the TAB key.
  const found = await candidatesAt(before, current, program, world).catch(() => []);
  world.stdout.write(answer(found));
  return exitCode.done;
}

const unknownShell = (shell: string): Trouble =>
  new Trouble(`The shell "${shell}" is not supported.`, {
    hint: Object.keys(shells)
      .map((name) => `runner-setup completion ${name}`)
      .join('\n'),
    code: exitCode.usage,
  });

async function candidatesAt(
  before: readonly string[],
  current: string,
  program: Program,
  world: World,
): Promise<'files' | Candidate[]> {
  const wanted = await wantedOf(before, current, program);
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
  { commands, split }: Program,
): Promise<Completion> {
  const lines = Object.fromEntries(Object.entries(commands).map(([name, { line }]) => [name, line]));
  const { verb, words } = split(before);
  if (verb === undefined) {
    const wanted = wantedAt(words, current, beforeCommand(lines));
    return wanted.positionals.length === 0 ? wanted : { ...wanted, offers: [] };
  }
  if (verb !== 'help') return wantedAt(words, current, await commands[verb]!.grammar(words));
  const [topic] = words;
  if (topic === undefined) return wantedAt([], current, { names: [], next: () => lines });
  return wantedAt(['--help', ...words.slice(1)], current, await commands[topic]!.grammar([]));
}

/** What may stand before a command. */
const beforeCommand = (lines: Readonly<Record<string, string>>): Grammar => ({
  names: ['config'],
  verbFlags: { version: { flag: '--version', isSwitch: true, doc: 'Print the version' } },
  next: () => lines,
});
