import { secretFilesBeside } from '../host/secret-file.ts';
import type { Invocation } from './invocation.ts';

/**
 * Saves in config.toml what GitLab gave to runs that were killed before they could do so, and says it; with `dryRun` it is
 * only said.
 */
export async function finishInterruptedRuns(
  { world, say, dryRun }: Pick<Invocation, 'world' | 'say' | 'dryRun'>,
  path: string,
): Promise<void> {
  if (secretFilesBeside(path).length === 0) return;
  const { saveUnsaved, tellUnsaved } = await import('./unsaved.ts');
  await (dryRun ? tellUnsaved(say, path) : saveUnsaved({ world, say }, path));
}
