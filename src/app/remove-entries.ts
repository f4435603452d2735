import type { Change } from '../config/model.ts';
import type { Config } from '../config/read.ts';
import { foundAgain, type RunnerEntry, renewedAmong } from '../runner/select.ts';
import type { ConfigInvocation } from './invocation.ts';
import { replaceConfig } from './save.ts';

/**
 * Takes entries out of the file, which `signal` stops as long as the old file stands; they are looked for again under
 * the lock, and those that are gone already are no fault. One whose token gitlab-runner has renewed meanwhile goes, too,
 * with `renewed` `'taken'`; otherwise it is left. Gives the entries that are left.
 */
export async function takeEntries(
  invocation: ConfigInvocation,
  entries: readonly RunnerEntry[],
  { renewed, signal }: { renewed: 'taken' | 'left'; signal?: AbortSignal | undefined },
): Promise<RunnerEntry[]> {
  let left: RunnerEntry[] = [];
  const plan = async (config: Config | undefined) => {
    if (config === undefined) return undefined;
    const { runners } = config;
    left = renewed === 'left' ? renewedAmong(runners, entries) : [];
    const found = foundAgain(runners, entries, renewed === 'taken');
    if (found.length === 0) return undefined;
    const { editConfig } = await import('../config/edit.ts');
    // From the last to the first, so that no position moves before its turn.
    const positions = found.map(({ at }) => at).sort((a, b) => b - a);
    return editConfig(
      config,
      positions.map((at): Change => ({ do: 'remove-runner', at })),
    );
  };
  await replaceConfig(invocation, plan, { signal });
  return left;
}
