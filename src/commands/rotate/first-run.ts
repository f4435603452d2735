import { hideTokens, openFile } from '../../app/config-file.ts';
import { accessTokenOf, type ConfigInvocation, openInvocation } from '../../app/invocation.ts';
import { allNamed } from '../../app/select-runner.ts';
import { openEnvFiles } from '../../app/token-place.ts';
import { Trouble } from '../../errors.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import { expiryOf, nameWithUrl, withCopies } from '../../runner/select.ts';
import type { Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { dueTokens } from './due.ts';
import { rotateGrammar } from './flags.ts';
import { type RotateRequest, takeRotation } from './request.ts';

/**
 * Says what a scheduled rotation could not do if it ran now, each in a sentence, by the files alone: GitLab is not asked.
 * Gives nothing where it could do all of it.
 */
export async function firstRunTroubles(reading: Reading, world: World): Promise<string[]> {
  try {
    const invocation = await openInvocation(reading, world, rotateGrammar);
    return await troublesOf(invocation, takeRotation(invocation));
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return [`the first run will fail. ${error.message}`];
  }
}

async function troublesOf(invocation: ConfigInvocation, request: RotateRequest): Promise<string[]> {
  const { path, say, world } = invocation;
  const { config } = await openFile(path, invocation);
  hideTokens(say, config);
  const accessToken = accessTokenOf(invocation);
  const files = openEnvFiles(say, request.envFiles, request.tokenOutput);
  const all = withCopies(config?.runners ?? [], allNamed(invocation, config), world.env, sameGitlab);
  if (all.length === 0) return [`${path} has no runners, so nothing is rotated.`];
  if (accessToken !== undefined) return [];
  const due = await dueTokens(invocation, all, request, { files, accessToken });
  const failing = due.flatMap(({ trouble, entries }) =>
    trouble === undefined
      ? []
      : [
          `the first run cannot rotate ${nameWithUrl(entries.first)}. ${[trouble.message, trouble.hint ?? ''].join(' ').trim()}`,
        ],
  );
  const isEndless = !request.isForced && all.every(({ first }) => expiryOf(first.runner) === undefined);
  return isEndless ? [...failing, endless] : failing;
}

const endless =
  'config.toml has no expiry date of these tokens (token_expires_at), so nothing is rotated. With --access-token-file FILE, each run asks GitLab for the dates.';
