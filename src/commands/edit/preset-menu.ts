import { sameSetting } from '../../config/canonical.ts';
import { textIn } from '../../config/model.ts';
import { resultOf } from '../../runner/edit.ts';
import { presetWishes } from '../../runner/preset.ts';
import type { Entry, Person } from '../../terminal/ask.ts';
import type { Drafting } from './draft.ts';
import type { EditContext } from './finish.ts';
import { askForNeeds, presetsForExecutor } from './preset.ts';

/** Lets a person choose a preset for a runner of the draft; what it changes waits with the other changes. */
export async function choosePreset(
  stage: EditContext,
  person: Person,
  draft: Drafting,
  at: number,
): Promise<void> {
  const executor = textIn(draft.config.runners[at]!, 'executor');
  const all = await presetsForExecutor(executor);
  const width = Math.max(...all.map(({ title }) => title.length));
  const entries: Entry[] = all.map(({ name, title, risk, notes }) => ({
    value: name,
    name: `${title.padEnd(width)}  ${risk}`,
    line: `${name}: ${notes.join(' ')}`,
  }));
  const choice = await person.pick('Build images with', [
    ...entries,
    { value: 'back', name: 'Back', apart: true },
  ]);
  const preset = all.find(({ name }) => name === choice);
  if (preset === undefined) return;
  const runner = draft.runnerAt(at);
  const asked = await askForNeeds({ preset, all }, runner, [], async () => person, stage.world);
  for (const wish of [...asked, ...presetWishes(preset, { runner, all, equal: sameSetting })]) {
    const spot = draft.spotOf(`${at} ${wish.path.join('.')}`);
    draft.put(spot, resultOf(wish, draft.valueAt(spot)));
  }
}
