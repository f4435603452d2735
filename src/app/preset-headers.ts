import { type Header, headerOf, type PresetName, presetNames } from '../settings/presets.ts';

/** What each of the program's presets says of itself; no block is read. */
export async function presetHeaders(): Promise<(Header & { name: PresetName })[]> {
  const { default: texts } = await import('templates');
  return presetNames.map((name) => ({ name, ...headerOf(texts[`${name}.toml`]!) }));
}
