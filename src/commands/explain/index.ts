import { helpIfAsked, takeInvocation } from '../../app/invocation.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { Help } from '../../terminal/help.ts';
import type { Grammar, Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { showSubjects } from './output.ts';
import { subjectsFor, topOfFile } from './subjects.ts';

/** The verb `explain`: says what a key or table of config.toml is for. */
export async function explain(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, explainGrammar, 'explain', help);
  if (helped !== undefined) return helped;
  const { say, words } = await takeInvocation(reading, world, explainGrammar);
  showSubjects(say, words.length === 0 ? [topOfFile()] : words.flatMap(subjectsFor), world);
  return exitCode.done;
}

/** What `explain` understands. */
export const explainGrammar: Grammar = {
  // Taken, as every command takes them; there is nothing to do with them here.
  names: ['config', 'nonInteractive'],
  next: () => 'explained',
};

const help: Help = {
  usage: ['explain [KEY…]'],
  about:
    'Explain a key of config.toml: what it does, its type, its default, an example, and the flag that sets it. For a table, list its keys. KEY can also be a flag or an environment variable. Without KEY, list the keys at the top of the file.',
  flags: { Flags: ['json'] },
  examples: {
    'Explain a key': 'runner-setup explain runners.docker.pull_policy',
    'List the keys of a table': 'runner-setup explain runners.docker',
    'Explain what a flag sets': 'runner-setup explain docker-privileged',
  },
};
