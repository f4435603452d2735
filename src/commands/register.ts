import { type ExitCode, exitCode } from '../errors.ts';
import type { Reading } from '../terminal/options.ts';
import { speak } from '../terminal/say.ts';
import type { World } from '../world.ts';
import { act } from './act.ts';
import { findConfig, openFile, readTemplate } from './file.ts';
import { isOn, mannerOf, noteShellVariables, takeGiven } from './given.ts';
import { decide, type Start } from './ready.ts';
import { type Outcome, tellNext, tellOutcome } from './report.ts';

/** The verb `register`: everything is known before GitLab is asked, and what was done is taken back when a later step fails. */
export async function register(reading: Reading, world: World): Promise<ExitCode> {
  const say = await speak(world, mannerOf(reading, world.env));
  if ('help' in reading.options || 'helpAll' in reading.options) return showHelp(reading, world);
  const given = await takeGiven(world, say, reading);
  const place = await findConfig(given.known, world, say);
  const file = { ...(await openFile(place.path, say)), ...place };
  const template = await readTemplate(given.known.settings, world);
  const start = { world, say, given, file, template, dryRun: isOn(given, 'dryRun') };
  if (given.mayAsk) return converse(start);
  const ready = await decide(start);
  noteShellVariables(world, say, ready);
  return finish(start, await act(start, ready));
}

async function converse(start: Start): Promise<ExitCode> {
  const { discuss } = await import('./discuss.ts');
  return discuss(start, async (ready) => {
    noteShellVariables(start.world, start.say, ready);
    return finish(start, await act(start, ready));
  });
}

async function finish(start: Start, outcome: Outcome): Promise<ExitCode> {
  const { say, world, file, given } = start;
  const { wait } = given.known.settings;
  if (wait !== undefined && outcome.action !== 'planned') {
    const { finishOnline } = await import('./wait-online.ts');
    return finishOnline(start, outcome, wait);
  }
  tellOutcome(say, outcome);
  if (outcome.changed && outcome.action !== 'planned' && world.stderr.isTTY)
    tellNext(say, file.container?.name);
  return exitCode.done;
}

async function showHelp({ options, strays }: Reading, world: World): Promise<ExitCode> {
  const { fullHelp, groupHelp, registerHelp } = await import('../terminal/help.ts');
  const [group] = strays;
  const text = 'helpAll' in options ? fullHelp() : group === undefined ? registerHelp() : groupHelp(group);
  world.stdout.write(text);
  return exitCode.done;
}
