import { findConfig, openFaulty } from '../../app/config-file.ts';
import { warnOfOtherFile } from '../../app/config-in-use.ts';
import type { ConfigFile } from '../../app/container-config.ts';
import { finishInterruptedRuns } from '../../app/interrupted-run.ts';
import { type Invocation, takeInvocation, warnOfHostsFile } from '../../app/invocation.ts';
import { takeCredential } from '../../app/tokens.ts';
import type { Config } from '../../config/read.ts';
import { Trouble } from '../../errors.ts';
import { visibleSecrets } from '../../settings/rules.ts';
import type { Person } from '../../terminal/ask.ts';
import type { Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { editGrammar } from './flags.ts';

/** What an edit starts from. */
export interface EditContext extends Invocation {
  readonly config: Config;
  readonly file: ConfigFile;
}

/** Opens the file that is to be edited, which may hold what gitlab-runner refuses to load; throws when there is nothing in it. */
export async function openContext(reading: Reading, world: World): Promise<EditContext> {
  const invocation = await takeInvocation(reading, world, editGrammar);
  const { say, known } = invocation;
  const credential = await takeCredential(invocation);
  warnOfHostsFile(invocation);
  const visible = visibleSecrets(known, credential);
  if (visible !== undefined) say.note(visible);
  const place = await findConfig(known, world, say);
  await warnOfOtherFile(place, world, say);
  await finishInterruptedRuns(invocation, place.path);
  const { path, config } = await openFaulty(place.path, invocation);
  if (config !== undefined) return { ...invocation, config, file: place };
  throw new Trouble(`${path} has nothing to edit.`, {
    why: 'The file is empty or does not exist.',
    hint: 'Use another file with --config FILE, or register a runner: runner-setup register',
  });
}

/** The person who answers questions; nothing when nobody may be asked. */
export const personFor = ({ world, say, mayAsk }: EditContext): (() => Promise<Person>) | undefined =>
  mayAsk ? async () => (await import('../../terminal/ask.ts')).personOf(world, say) : undefined;
