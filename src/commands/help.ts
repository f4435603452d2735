import type { Program } from '../app/program.ts';
import { pageOf } from '../app/show-help.ts';
import { type ExitCode, exitCode } from '../errors.ts';
import { groups } from '../settings/row.ts';
import { programHelp } from '../terminal/help.ts';
import { unknownCommand } from '../terminal/unknown-command.ts';
import type { World } from '../world.ts';

/**
 * The verb `help`: shows the help of the command that is named, of a group of settings, or of the program. Throws for a
 * command that there is not.
 */
export async function help(words: readonly string[], world: World, program: Program): Promise<ExitCode> {
  const [topic, ...rest] = words.filter((word) => !isHelpFlag(word));
  const asked = words.some((word) => /^--?help-all$/.test(word)) ? '--help-all' : '--help';
  if (topic === undefined || topic === 'help') return withoutCommand(asked, world, program);
  if (topic === 'container') return program.run(topic, [...rest, asked], world);
  if (Object.hasOwn(program.commands, topic)) return program.run(topic, [asked, ...rest], world);
  if (Object.hasOwn(groups, topic)) return program.run('register', [asked, topic], world);
  throw unknownCommand(topic, Object.keys(program.commands), world);
}

/** What is done without a command: with no word, or a flag for help, the help of the program is shown. Throws for other words. */
export function withoutCommand(word: string | undefined, world: World, { commands }: Program): ExitCode {
  if (word !== undefined && !isHelpFlag(word)) throw unknownCommand(word, Object.keys(commands), world);
  const listed = Object.entries(commands).map(([name, { line, group }]) => ({ name, line, group }));
  world.stdout.write(programHelp(listed, pageOf(world, word?.endsWith('-all') ?? false)));
  return exitCode.done;
}

const isHelpFlag = (word: string): boolean => /^(-h|--?help(-all)?)$/.test(word);
