import { findConfig, openFile, readTemplate } from '../../app/config-file.ts';
import { isOn, mannerOf, noteShellVariables, takeGiven } from '../../app/given.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { Preset } from '../../runner/preset.ts';
import type { Settings } from '../../settings/table.ts';
import type { Reading } from '../../terminal/options.ts';
import { type Say, speak } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { apply } from './apply.ts';
import { hasMoreToTell, type Outcome, tellNext, tellOutcome } from './output.ts';
import { decide, type RegisterContext, type RegisterPlan } from './plan.ts';

/** The verb `register`: everything is known before GitLab is asked, and what was done is taken back when a later step fails. */
export async function register(reading: Reading, world: World): Promise<ExitCode> {
  const say = await speak(world, mannerOf(reading, world.env));
  if ('help' in reading.options || 'helpAll' in reading.options) return showHelp(reading, world);
  const given = await takeGiven(world, say, reading);
  const place = await findConfig(given.known, world, say);
  const file = { ...(await openFile(place.path, say)), ...place };
  const preset = await presetGiven(given.known.settings, world);
  const template = preset?.block ?? (await readTemplate(given.known.settings, world));
  const start = { world, say, given, file, template, preset, dryRun: isOn(given, 'dryRun') };
  if (given.mayAsk) return converse(start);
  const ready = await decide(start);
  noteShellVariables(world, say, ready);
  return finish(start, ready, await apply(start, ready));
}

async function converse(start: RegisterContext): Promise<ExitCode> {
  const { registerInteractively } = await import('./interactive.ts');
  return registerInteractively(start, async (ready, builds) => {
    noteShellVariables(start.world, start.say, ready);
    return finish(start, ready, await apply(start, ready), builds);
  });
}

async function finish(
  start: RegisterContext,
  ready: RegisterPlan,
  outcome: Outcome,
  builds = start.preset?.name,
): Promise<ExitCode> {
  const { say, world, file, given } = start;
  const isDone = outcome.changed && outcome.action !== 'planned';
  const { wait } = given.known.settings;
  const waits = wait !== undefined && outcome.action !== 'planned';
  if (!waits) tellOutcome(say, outcome);
  if (outcome.changed && hasMoreToTell(ready)) {
    const { tellReach } = await import('./network-output.ts');
    await tellReach(start, ready, outcome);
  }
  if (isDone && !waits && world.stderr.isTTY) tellNext(say, file.container?.name);
  if (isDone && builds !== undefined) await tellSample(say, world, builds);
  if (waits) {
    const { finishOnline } = await import('./wait.ts');
    return finishOnline(start, outcome, wait);
  }
  return exitCode.done;
}

async function presetGiven(settings: Settings, world: World): Promise<Preset | undefined> {
  if (settings.preset === undefined) return undefined;
  const { presetFor } = await import('../../app/presets.ts');
  return presetFor(settings.preset, settings, world);
}

async function tellSample(say: Say, world: World, name: string): Promise<void> {
  const { tellSampleOf } = await import('../../app/presets.ts');
  tellSampleOf(say, world, name);
}

async function showHelp({ options, positionals }: Reading, world: World): Promise<ExitCode> {
  const { fullHelp, groupHelp, registerHelp } = await import('../../terminal/help.ts');
  const [group] = positionals;
  const text = 'helpAll' in options ? fullHelp() : group === undefined ? registerHelp() : groupHelp(group);
  world.stdout.write(text);
  return exitCode.done;
}
