import { findConfig, openFile } from '../../app/config-file.ts';
import { mannerOf, takeGiven } from '../../app/given.ts';
import { isAboutProxy } from '../../app/proxy.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import { masker } from '../../settings/mask.ts';
import { visibleSecrets } from '../../settings/rules.ts';
import type { Reading } from '../../terminal/options.ts';
import { speak } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import { type EditContext, finish } from './finish.ts';
import { bodyForGitlab, isSet, secretsIn, wishesOf, withoutSettings } from './flags.ts';
import { errandFor } from './start.ts';

/** The verb `edit`: changes configured runners or the global settings, by flags or in a menu; nothing is written before the yes. */
export async function edit(reading: Reading, realWorld: World): Promise<ExitCode> {
  if ('help' in reading.options || 'helpAll' in reading.options) {
    const { showHelp } = await import('./help.ts');
    return showHelp(reading, realWorld);
  }
  const stage = await open(reading, withoutSettings(realWorld));
  const { settings } = stage.given.known;
  const wishes = wishesOf(reading, settings);
  stage.say.hide(masker(secretsIn(wishes)));
  const body = bodyForGitlab(settings);
  const isMore = reading.verbFlags.preset !== undefined || isAboutProxy(settings);
  if (wishes.length > 0 || Object.keys(body).length > 0 || isMore) {
    return finish(stage, await errandFor(stage, wishes, body));
  }
  if (isSet(reading, 'all')) throw nothingForAll();
  if (!stage.given.mayAsk) throw nothingNamed();
  const { editByMenu } = await import('./menu.ts');
  return editByMenu(stage);
}

async function open(reading: Reading, world: World): Promise<EditContext> {
  const say = await speak(world, mannerOf(reading, world.env));
  const given = await takeGiven(world, say, { ...reading, positionals: [] });
  const visible = visibleSecrets(given.known, given.credential);
  if (visible !== undefined) say.note(visible);
  const place = await findConfig(given.known, world, say);
  const { path, config } = await openFile(place.path, say);
  if (config !== undefined) return { world, say, given, reading, config };
  throw new Trouble(`There is nothing to edit in ${path}.`, {
    why: 'It is empty or not there.',
    hint: 'Name the file with --config, or register a runner: runner-setup register',
  });
}

function nothingNamed(): Trouble {
  return new Trouble('Nothing to change was named.', {
    hint: 'Give flags such as --docker-privileged, or --set path=value; in a terminal, without -n, a menu opens.',
    code: exitCode.usage,
  });
}

function nothingForAll(): Trouble {
  return new Trouble('Nothing to change was named for all runners.', {
    hint: 'Give flags such as --docker-privileged=false, or --set path=value; the menu, without --all, changes one runner after another.',
    code: exitCode.usage,
  });
}
