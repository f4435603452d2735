import { findConfig } from '../app/config-file.ts';
import { lintIt, showFindings } from '../app/findings.ts';
import { helpIfAsked, misuse, takeInvocation, warnOfHostsFile } from '../app/invocation.ts';
import { readAny } from '../config/read-file.ts';
import { type ExitCode, exitCode, Trouble } from '../errors.ts';
import { completePath } from '../host/places.ts';
import type { Help } from '../terminal/help.ts';
import type { Grammar, Reading } from '../terminal/options.ts';
import type { Say } from '../terminal/say.ts';
import { followedVersion } from '../text/gitlab-runner.ts';
import { quote } from '../text/shell-quote.ts';
import type { World } from '../world.ts';

/** The verb `lint`: says whether gitlab-runner would call a config.toml valid, and what is wrong with it at which line. */
export async function lint(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, lintGrammar, 'lint', help);
  if (helped !== undefined) return helped;
  const invocation = await takeInvocation(reading, world, lintGrammar);
  const { say, words, known } = invocation;
  warnOfHostsFile(invocation);
  if (words.length > 1) throw misuse('lint takes one file.', 'runner-setup lint FILE');
  const word = words[0] ?? (await findConfig(known, world, say)).path;
  const file = word === '-' ? 'standard input' : completePath(word, world);
  if (words.length > 0 && word !== '-') say.at({ config: word });
  const text = word === '-' ? await world.readStdin() : textOf(file, words.length > 0);
  const { valid, findings } = await lintIt(text, file, world.env);
  if (say.mode.json) say.object({ action: 'linted', changed: false, file, findings, valid });
  else tell(say, file, { valid, findings });
  // A script wants the verdict alone; doctor cannot read what came on standard input.
  if (valid && world.stderr.isTTY && word !== '-')
    say.talk('next: To check values, tokens, and this host as well: runner-setup doctor');
  return valid ? exitCode.done : exitCode.failed;
}

/** What `lint` understands. */
export const lintGrammar: Grammar = {
  names: ['config', 'container', 'engine'],
  next: (before) => (before.length === 0 ? 'files' : undefined),
};

function textOf(file: string, isArgument: boolean): string {
  const text = readAny(file, isArgument ? 'runner-setup lint' : '--config');
  if (text !== undefined) return text;
  throw new Trouble(`The file ${file} does not exist.`, {
    hint: `To use another file: runner-setup lint FILE\nTo create this one: runner-setup register -c ${quote(file)}`,
  });
}

function tell(
  say: Say,
  file: string,
  { valid, findings }: Pick<Awaited<ReturnType<typeof lintIt>>, 'valid' | 'findings'>,
): void {
  showFindings(say, findings);
  if (valid) say.done(`${file} is valid.`);
  else say.talk(`${file} is not valid. gitlab-runner refuses it.`);
}

const help: Help = {
  usage: ['lint [FILE | -] [flags]'],
  about: `Validate config.toml as gitlab-runner lint ${followedVersion} does, and show where each error is. "-" reads standard input.`,
  flags: { Flags: ['json', 'config', 'container'] },
  examples: {
    'Validate config.toml': 'runner-setup lint',
    'Validate another file': 'runner-setup lint build/config.toml',
    'Validate what another program writes': 'envsubst < config.toml.in | runner-setup lint -',
  },
};
