import { presetHeaders } from '../../app/preset-headers.ts';
import { exitCode, Trouble } from '../../errors.ts';
import type { Preset } from '../../runner/preset.ts';
import { presetNames, withoutHeader } from '../../settings/presets.ts';
import { table } from '../../settings/table.ts';
import type { Say } from '../../terminal/say.ts';
import { columnsOf } from '../../terminal/size.ts';
import { type Column, tableLines } from '../../terminal/tables.ts';
import type { World } from '../../world.ts';

/** Prints the program's presets: a table, or the object of `--json`. */
export async function listPresets(say: Say, world: World): Promise<void> {
  const headers = await presetHeaders();
  if (say.mode.json) {
    const presets = headers.map(({ name, title, purpose, risk }) => ({ name, title, purpose, risk }));
    say.object({ action: 'listed', changed: false, presets });
    return;
  }
  const rows = headers.map(({ name, purpose, risk }) => [name, purpose, risk]);
  const lines = tableLines(columns, rows);
  const isWide = lines.every((line) => line.length <= columnsOf(world.stdout));
  if (isWide) for (const line of lines) say.result(line);
  else for (const row of rows) tellPreset(say, row);
}

const columns: readonly Column[] = [{ title: 'PRESET' }, { title: 'PURPOSE' }, { title: 'RISK' }];

// Whoever chooses has to read all of it: nothing is cut.
function tellPreset(say: Say, [name = '', purpose = '', risk = '']: readonly string[]): void {
  say.result(name);
  say.result(`  For:  ${purpose}`, 8);
  say.result(`  Risk: ${risk}`, 8);
}

/** Prints one preset for so many columns: all of it, its sample alone (`ci`), its block as a file (`block`), or the object of `--json`. */
export function showPreset(say: Say, preset: Preset, columns: number, part: 'all' | 'ci' | 'block'): void {
  const text = part === 'all' ? undefined : part === 'ci' ? sampleOf(preset) : preset.text;
  if (say.mode.json)
    say.object({
      action: 'printed',
      changed: false,
      preset: plain(preset),
      ...(text !== undefined && { text }),
    });
  else if (text !== undefined) say.result(text.trimEnd());
  else {
    for (const line of headOf(preset)) say.result(line, 7);
    for (const line of notesWithin(preset.notes, columns)) say.result(line, 0);
    for (const line of bodyOf(preset)) say.result(line);
  }
}

function headOf({ name, title, purpose, risk, needed }: Preset): string[] {
  const flags = [...needed].map(([setting, example]) => `${table[setting].flag} (such as ${example})`);
  return [
    title === '' ? name : `${name}: ${title}`,
    ...(purpose === '' ? [] : [`For:   ${purpose}`]),
    ...(risk === '' ? [] : [`Risk:  ${risk}`]),
    ...(flags.length === 0 ? [] : [`Needs: ${flags.join(', ')}`]),
  ];
}

// The lines of a template are broken for 80 columns: on fewer they are put together first.
function notesWithin(notes: Preset['notes'], columns: number): string[] {
  if (notes.length === 0) return [];
  const isWide = notes.every((line) => line.length <= columns);
  const paragraphs = notes.join('\n').split(/\n{2,}/);
  return ['', isWide ? notes.join('\n') : paragraphs.map((one) => one.replace(/\n(?! )/g, ' ')).join('\n\n')];
}

function bodyOf({ text, ci }: Preset): string[] {
  return [
    '',
    '--- config.toml',
    withoutHeader(text).trimEnd(),
    ...(ci === undefined ? [] : ['', '--- .gitlab-ci.yml', ci.trimEnd()]),
  ];
}

function sampleOf({ name, ci }: Preset): string {
  if (ci !== undefined) return ci;
  throw new Trouble(`Your own preset ${name} has no sample.`, {
    hint: `Presets with a sample: ${presetNames.join(', ')}`,
    code: exitCode.usage,
  });
}

const plain = ({ name, title, purpose, risk, executor, needed, notes, text, ci }: Preset) => ({
  name,
  title,
  purpose,
  risk,
  notes: notes.join('\n').trim(),
  executor,
  needs: Object.fromEntries([...needed].map(([setting, example]) => [table[setting].flag, example])),
  block: text,
  ...(ci !== undefined && { ci }),
});
