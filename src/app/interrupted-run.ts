import { secretFilesBeside } from '../host/secret-file.ts';
import type { Invocation } from './invocation.ts';
import type { Access } from './take-back.ts';

/**
 * Saves in config.toml what GitLab gave to runs that were killed before they could do so, and says it; what nobody heard
 * the answer of is put right at GitLab where an access token is at hand. With `dryRun` it is only said.
 */
export async function finishInterruptedRuns(
  { world, say, settings, dryRun }: Pick<Invocation, 'world' | 'say' | 'settings' | 'dryRun'>,
  path: string,
  access?: Access,
): Promise<void> {
  if (secretFilesBeside(path).length === 0) return;
  const { saveUnsaved, tellUnsaved } = await import('./unsaved.ts');
  await (dryRun ? tellUnsaved(say, path) : saveUnsaved({ world, say, path, settings }, access));
}
