import { type Gathered, learn } from '../../settings/gather.ts';
import type { QuestionName } from '../../settings/questions.ts';
import type { SettingName, Settings } from '../../settings/table.ts';

/** Takes what is known of a setting back. */
export function unlearn({ settings, sources }: Gathered, name: SettingName): void {
  delete settings[name];
  sources.delete(name);
}

/**
 * What is known with what follows from how images are built, without answers to questions that are idle: worked out
 * anew from the answers each time, so that another answer leaves no trace of the first.
 */
export function settle(known: Gathered, builds: Settings, idle: ReadonlySet<QuestionName>): Gathered {
  const settled: Gathered = { settings: { ...known.settings }, sources: new Map(known.sources) };
  for (const [name, source] of known.sources) {
    if (source === 'answer' && idle.has(name)) unlearn(settled, name);
  }
  for (const [name, value] of Object.entries(builds)) learn(settled, name as SettingName, value, 'answer');
  return settled;
}
