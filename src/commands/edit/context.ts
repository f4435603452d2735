import { findConfig, openFile } from '../../app/config-file.ts';
import { type Given, mannerOf, takeGiven } from '../../app/given.ts';
import type { Config } from '../../config/read.ts';
import { Trouble } from '../../errors.ts';
import { visibleSecrets } from '../../settings/rules.ts';
import type { Person } from '../../terminal/ask.ts';
import type { Reading } from '../../terminal/options.ts';
import { type Say, speak } from '../../terminal/say.ts';
import type { World } from '../../world.ts';

/** What an edit starts from. */
export interface EditContext {
  readonly world: World;
  readonly say: Say;
  readonly given: Given;
  readonly reading: Reading;
  readonly config: Config;
}

/** Opens the file that is to be edited; throws when there is nothing in it. */
export async function openContext(reading: Reading, world: World): Promise<EditContext> {
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

/** The person who answers questions; nothing when nobody may be asked. */
export const personFor = ({ world, say, given }: EditContext): (() => Promise<Person>) | undefined =>
  given.mayAsk ? async () => (await import('../../terminal/ask.ts')).personOf(world, say) : undefined;
