import { existsSync } from 'node:fs';
import { maskToml } from '../config/mask.ts';
import type { Table } from '../config/model.ts';
import { exitCode, Trouble } from '../errors.ts';
import { completePath, hasCiFile, readText } from '../host/places.ts';
import { fitsExecutor, type Preset } from '../runner/preset.ts';
import { headerOf, type PresetName, presetNames } from '../settings/presets.ts';
import type { Settings } from '../settings/table.ts';
import { settingAt } from '../settings/toml-keys.ts';
import type { Say } from '../terminal/say.ts';
import { nearest } from '../text/closest.ts';
import { visible } from '../text/sanitize.ts';
import type { World } from '../world.ts';
import { knownOf, readChecked } from './config-file.ts';

/** The program's presets with their blocks: all, or those that are named. */
export async function readPresets(names: readonly PresetName[] = presetNames): Promise<Preset[]> {
  const { default: texts } = await import('templates');
  return Promise.all(
    names.map(async (name) => {
      const text = texts[`${name}.toml`]!;
      const config = await readChecked(text, `${name}.toml`);
      return presetOf(name, text, config!.runners[0]!, texts[`${name}.gitlab-ci.yml`]);
    }),
  );
}

/**
 * The preset of `--preset`: one of the program's by its name, or a file of the person's, whose secrets are hidden in its
 * text, the values of `environment` unless told. Throws for neither, and for a file that is no preset.
 */
export async function takePreset(
  word: string,
  world: World,
  say: Pick<Say, 'warn'>,
  showEnvironment = false,
): Promise<Preset> {
  if (isPresetName(word)) return (await readPresets([word]))[0]!;
  const path = completePath(word, world);
  if (word === '' || (!/[/\\]|\.toml$/.test(word) && !existsSync(path))) throw unknownPreset(word);
  const text = readText(path, 'preset');
  const block = await checkPreset(text, path, say);
  return presetOf(word, shownText(text, showEnvironment), block, undefined);
}

/** The preset that `register` takes; throws when a template, or another executor, is given besides. */
export async function presetFor(
  word: string,
  settings: Settings,
  world: World,
  say: Pick<Say, 'warn'>,
): Promise<Preset> {
  if (settings.templateConfig !== undefined) {
    throw new Trouble('--preset and --template-config cannot be combined.', {
      hint: `To use the file as a preset: --preset ${settings.templateConfig}`,
      code: exitCode.usage,
    });
  }
  const preset = await takePreset(word, world, say);
  refuseExecutor(preset, settings);
  return preset;
}

/** Refuses a preset for another executor than the one that a registration has. */
export function refuseExecutor(preset: Preset, { executor = preset.executor }: Settings): void {
  if (fitsExecutor(preset, executor)) return;
  throw new Trouble(`--executor is ${executor}, but the preset ${preset.name} is for ${preset.executor}.`, {
    hint: 'Omit --executor, or choose another preset: runner-setup preset list',
    code: exitCode.usage,
  });
}

/** Throws when a preset is not for the executor; `whose` begins the sentence, `next` says what would do. */
export function refuseOtherExecutor(preset: Preset, executor: string, whose: string, next: string): void {
  if (fitsExecutor(preset, executor)) return;
  const has = executor === '' ? 'has no executor' : `has the executor ${executor}`;
  throw new Trouble(`${whose} ${has}, but the preset ${preset.name} is for ${preset.executor}.`, {
    hint: next,
    code: exitCode.usage,
  });
}

/** Says how to get the sample that fits a preset; a .gitlab-ci.yml that is there is never written over. */
export function tellSampleOf(say: Say, world: World, name: string): void {
  if (!isPresetName(name)) return;
  const command = `runner-setup preset show ${name} --ci`;
  say.talk(
    hasCiFile(world)
      ? `To show the matching .gitlab-ci.yml (this folder already has one):\n  ${command}`
      : `To write the matching .gitlab-ci.yml:\n  ${command} > .gitlab-ci.yml`,
  );
}

const isPresetName = (word: string): word is PresetName => (presetNames as readonly string[]).includes(word);

function presetOf(name: string, text: string, block: Preset['block'], ci: string | undefined): Preset {
  const header = headerOf(text);
  const executor = typeof block.executor === 'string' ? block.executor : '';
  const needed = header.needs.map(({ path, example }) => {
    const setting = settingAt('runner', path.split('.'));
    if (setting !== undefined) return [setting, example] as const;
    throw new Trouble(`The preset ${name} requires ${path}, but no flag of register sets it.`, {
      hint: 'Use the path of a key below [[runners]], for example "# Needs: ssh.host such as build.example.com".',
      code: exitCode.usage,
    });
  });
  return { name, ...header, executor, block, needed: new Map(needed), text, ci, isOwn: ci === undefined };
}

function unknownPreset(word: string): Trouble {
  const guess = nearest(word, presetNames) ?? presetNames.find((name) => name.endsWith(`-${word}`));
  return new Trouble(
    `The preset ${word || '""'} does not exist.${guess ? ` Did you mean ${guess}?` : ' No file has this name either.'}`,
    {
      hint: 'To use your own file, write its path, such as ./mine.toml.\nList the presets: runner-setup preset list',
      code: exitCode.usage,
    },
  );
}

// They say which runner of GitLab it is: in a preset they would make two entries of one runner.
const ofOneRunner = ['name', 'id', 'token', 'token_obtained_at', 'token_expires_at'];

/**
 * The one `[[runners]]` of a person's own preset; throws with the place for what is no TOML, for keys that
 * gitlab-runner does not know, and for those that belong to one runner only.
 */
async function checkPreset(text: string, path: string, say: Pick<Say, 'warn'>): Promise<Table> {
  const config = await readChecked(text, path);
  const [runner, ...more] = config?.runners ?? [];
  if (config === undefined || runner === undefined || more.length > 0) {
    throw new Trouble(
      `The preset ${path} has ${config?.runners.length ?? 0} [[runners]] sections, not one.`,
      {
        hint: 'Keep exactly one [[runners]] section in the preset. For an example: runner-setup preset show docker --block',
        code: exitCode.usage,
      },
    );
  }
  const { locate } = await import('../config/locate.ts');
  const [own] = Object.keys(runner).filter((key) => ofOneRunner.includes(key.toLowerCase()));
  if (own === undefined) return knownOf(runner, `The preset ${path}`, say);
  const { line, column } = locate(config, [config.runnersKey, '0', own]);
  throw new Trouble(`${path}, line ${line}, column ${column}: a preset cannot contain ${own}.`, {
    why: 'This key belongs to a single runner.',
    hint: 'Remove the line, then run the command again.',
    code: exitCode.usage,
  });
}

/** The text of a person's own preset as it may be shown: secrets hidden, control characters harmless. */
const shownText = (text: string, showEnvironment: boolean): string =>
  visible(maskToml(text.replaceAll('\r\n', '\n'), { showEnvironment }));
