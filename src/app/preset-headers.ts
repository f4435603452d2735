import { type Header, headerOf, type PresetName, presetNames } from '../settings/presets.ts';

/** What each preset of the program says of itself; no block is read. Apart from the presets, for the wizard reads it before its first question. */
export async function presetHeaders(): Promise<(Header & { name: PresetName })[]> {
  const { default: texts } = await import('templates');
  return presetNames.map((name) => ({ name, ...headerOf(texts[`${name}.toml`]!) }));
}
