import { readFound } from '../config/found.ts';
import { type ExitCode, exitCode, Trouble } from '../errors.ts';
import { completePath } from '../host/places.ts';
import type { Reading } from '../terminal/options.ts';
import { type Say, speak } from '../terminal/say.ts';
import type { World } from '../world.ts';
import { lintIt } from './doctor-lint.ts';
import { showFindings } from './doctor-show.ts';
import { findConfig } from './file.ts';
import { mannerOf, takeGiven } from './given.ts';

/** The verb `lint`: says whether gitlab-runner would call a config.toml valid, and what is wrong with it at which line. */
export async function lint(reading: Reading, world: World): Promise<ExitCode> {
  if ('help' in reading.options || 'helpAll' in reading.options) return showHelp(world);
  const say = await speak(world, mannerOf(reading, world.env));
  const given = await takeGiven(world, say, { ...reading, strays: reading.strays.slice(1) });
  const word = reading.strays[0] ?? (await findConfig(given.known, world, say)).path;
  const file = word === '-' ? 'standard input' : completePath(word, world);
  const text = word === '-' ? await world.readStdin() : textOf(file);
  const { valid, findings } = await lintIt(text, file, world.env);
  if (say.manner.json) say.object({ action: 'lint', changed: false, valid, file, findings });
  else tell(say, file, valid, findings);
  return valid ? exitCode.done : exitCode.failed;
}

function textOf(file: string): string {
  const { text } = readFound(file);
  if (text !== undefined) return text;
  throw new Trouble(`There is no ${file}.`, {
    hint: 'Name another file: runner-setup lint FILE; or make this one: runner-setup register',
  });
}

function tell(
  say: Say,
  file: string,
  valid: boolean,
  findings: Awaited<ReturnType<typeof lintIt>>['findings'],
): void {
  showFindings(say, findings);
  if (valid) say.done(`${file} is valid.`);
  else say.talk(`${file} is not valid: gitlab-runner lint would refuse it, too.`);
}

async function showHelp(world: World): Promise<ExitCode> {
  const { verbHelp } = await import('../terminal/help.ts');
  const line =
    'Says whether config.toml is valid (as gitlab-runner lint 19.4 does), with the line of each fault.';
  const examples = [
    'runner-setup lint',
    'runner-setup lint build/config.toml',
    'envsubst < config.toml.in | runner-setup lint -',
  ];
  world.stdout.write(
    verbHelp({ line, usage: 'lint [FILE | -] [flags]', examples }, { names: ['config', 'container'] }),
  );
  return exitCode.done;
}
