import { Trouble } from '../errors.ts';
import { secretFilesBeside } from '../host/secret-file.ts';
import { removeFile } from '../text/shell-quote.ts';
import type { Invocation } from './invocation.ts';
import type { Access } from './take-back.ts';
import type { Unsaved } from './unsaved-file.ts';

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

/** What runs asked GitLab to create, while it is not known whether it did: what `finishInterruptedRuns` could not find out. */
export async function unansweredAt(path: string): Promise<Unsaved[]> {
  const files = secretFilesBeside(path);
  if (files.length === 0) return [];
  const { isUnanswered, readUnsaved } = await import('./unsaved-file.ts');
  const all = await Promise.all(files.map(readUnsaved));
  return all.filter((one) => one !== undefined).filter(isUnanswered);
}

/** What is thrown instead of asking GitLab a second time for a runner that it may have created. */
export const mayBeCreated = (file: string): Trouble =>
  new Trouble('An earlier run may have created the new runner in GitLab.', {
    why: 'GitLab did not respond to it, and the access token does not show new runners.',
    hint: `Use an access token with the scope api, which shows it. Or delete it in GitLab if it exists, then: ${removeFile(file)}`,
  });
