import type { ExitCode } from '../errors.ts';
import type { Grammar, Reading } from '../terminal/options.ts';
import type { World } from '../world.ts';

/** What a command does with a command line that was read by its grammar; gives the exit code. */
type Act = (reading: Reading, world: World, program: Program) => Promise<ExitCode>;

/** One command of the program; a command that has commands of its own takes the words as they are (`run`). */
export type Command = {
  /** What it does, for the help and for completion. */
  readonly line: string;
  /** The title of the group that the help of the program lists it in. */
  readonly group: string;
  /** What it understands behind these words; loaded when it is asked for. */
  grammar(words: readonly string[]): Promise<Grammar>;
} & (
  | { load(): Promise<Act> }
  | { run(words: readonly string[], world: World, program: Program): Promise<ExitCode> }
);

/** The program as its commands see it: what there is, and how one command leads to another. */
export interface Program {
  readonly commands: Readonly<Record<string, Command>>;
  /** Runs a command with the words behind its name, as if they had been typed. */
  run(name: string, words: readonly string[], world: World): Promise<ExitCode>;
  /** Cuts a command line into the command and all other words; no command when there is none among them. */
  split(argv: readonly string[]): { verb: string | undefined; words: readonly string[] };
}
