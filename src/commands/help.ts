import type { Program } from '../app/program.ts';
import { type ExitCode, exitCode } from '../errors.ts';
import { programHelp, unknownCommand } from '../terminal/help.ts';
import type { World } from '../world.ts';

/** The verb `help`: shows the help of the command that is named, or of the program. Throws for a command that there is not. */
export async function help(words: readonly string[], world: World, program: Program): Promise<ExitCode> {
  const [topic, ...rest] = words;
  if (topic === undefined || topic === 'help') return showHelp(world, program);
  if (topic === 'container') return program.run(topic, [...rest, '--help'], world);
  if (Object.hasOwn(program.commands, topic)) return program.run(topic, ['--help', ...rest], world);
  throw unknownCommand(topic, Object.keys(program.commands));
}

function showHelp(world: World, { commands }: Program): ExitCode {
  world.stdout.write(programHelp(Object.entries(commands).map(([name, { line }]) => ({ name, line }))));
  return exitCode.done;
}
