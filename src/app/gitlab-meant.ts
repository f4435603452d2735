import type { Table } from '../config/model.ts';
import { sameGitlab } from '../gitlab/url.ts';
import { entriesIn, type RunnerEntry, urlOf } from '../runner/select.ts';
import { secret } from '../settings/kinds.ts';
import { normaliseUrl } from '../text/gitlab-url.ts';
import type { Env } from '../world.ts';
import { readAddress } from './gitlab-address.ts';
import { accessTokenOf, type ConfigInvocation, misuse } from './invocation.ts';

/**
 * The GitLab that is meant, as an entry that `connectionOf` takes: that of `url`, else the only one of config.toml, with
 * the certificates that a runner of it names. Nothing where no URL was given and the file has none, or several. Throws a
 * `Trouble` for what is no URL.
 */
export function gitlabMeant(
  url: string | undefined,
  runners: readonly Table[],
  env: Env,
): RunnerEntry | undefined {
  const entries = entriesIn(runners);
  if (url !== undefined) {
    const address = readAddress(url);
    const known = entries.find(({ runner }) => sameGitlab(urlOf(runner, env), address));
    return known ?? { at: 0, runner: { url: address } };
  }
  const urls = new Set(entries.map(({ runner }) => normaliseUrl(urlOf(runner, env))));
  return urls.size === 1 ? entries[0] : undefined;
}

/** As `gitlabMeant`; throws a `Trouble` where it would give nothing. */
export function neededGitlab(
  { world, path }: ConfigInvocation,
  url: string | undefined,
  runners: readonly Table[],
): RunnerEntry {
  const found = gitlabMeant(url, runners, world.env);
  if (found !== undefined) return found;
  const why = runners.length === 0 ? `${path} has no runners` : `${path} has several GitLab URLs`;
  throw misuse(
    `No GitLab URL was given, and ${why}.`,
    'Add the GitLab URL: --url https://gitlab.example.com',
  );
}

/** Throws a `Trouble` when runners are at several GitLabs: an access token is of one, and no other may see it. */
export function refuseSeveralGitlabs(
  { world: { env } }: ConfigInvocation,
  entries: readonly RunnerEntry[],
): void {
  const [first, ...more] = entries.map(({ runner }) => urlOf(runner, env));
  if (first === undefined || more.every((url) => sameGitlab(url, first))) return;
  throw misuse(
    'These runners are at several GitLab URLs, and an access token belongs to one of them.',
    'Select the runners of one GitLab: --url URL',
  );
}

/** The access token that was given, by a flag, a file, or a variable; a person is asked for it. Throws a `Trouble` where nobody can be. */
export async function neededAccess(invocation: ConfigInvocation, scope: string): Promise<string> {
  const given = accessTokenOf(invocation);
  if (given !== undefined) return given;
  const { world, say, mayAsk } = invocation;
  if (!mayAsk)
    throw misuse(
      `This requires an access token with the scope ${scope}.`,
      'Add --access-token-file FILE, or set RUNNER_SETUP_ACCESS_TOKEN.',
    );
  const { personOf } = await import('../terminal/ask.ts');
  const person = await personOf(world, say);
  const question = { ask: `Access token with the scope ${scope}`, kind: secret(), required: true };
  const token = String(await person.answer(question, undefined));
  say.hide([token]);
  return token;
}
