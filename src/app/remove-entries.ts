import type { Change } from '../config/model.ts';
import { replaceFile } from '../config/replace-file.ts';
import { foundAgain, type RunnerEntry } from '../runner/select.ts';
import { readChecked } from './config-file.ts';
import type { ConfigInvocation } from './invocation.ts';
import { replacing } from './save.ts';

/**
 * Takes entries out of the file, which `signal` stops as long as the old file stands; they are looked for again under
 * the lock, and those that are gone already are no fault.
 */
export async function takeEntries(
  { world, say, path }: ConfigInvocation,
  entries: readonly RunnerEntry[],
  signal?: AbortSignal,
): Promise<boolean> {
  const { written } = await replaceFile(
    path,
    async ({ text }) => {
      const config = text === undefined ? undefined : await readChecked(text, path);
      const found = config === undefined ? [] : foundAgain(config.runners, entries);
      if (config === undefined || found.length === 0) return undefined;
      const { editConfig } = await import('../config/edit.ts');
      // From the last to the first, so that no position moves before its turn.
      const positions = found.map(({ at }) => at).sort((a, b) => b - a);
      return editConfig(
        config,
        positions.map((at): Change => ({ do: 'remove-runner', at })),
      );
    },
    { ...replacing(world, say, path), signal },
  );
  return written;
}
