import { connectionOf, waitWords } from '../../app/connection.ts';
import { textIn } from '../../config/model.ts';
import { fromLeaves } from '../../fleet-file/wanted.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import type { Connection } from '../../gitlab/connection.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import { spin } from '../../terminal/spin.ts';
import type { ApplyContext } from './context.ts';

/** Gives the calls to the GitLab of an address. */
export type GitlabOf = (url: string) => Gitlab;

/**
 * Asks all GitLabs of a fleet behind one spinner that says what is done (`doing`); each is connected to once, and closed
 * whatever comes. Throws what asking throws.
 */
export async function askGitlabs<T>(
  context: ApplyContext,
  doing: string,
  ask: (gitlabOf: GitlabOf) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const { world, say } = context;
  const { openGitlab } = await import('../../gitlab/calls.ts');
  const open = new Map<string, Gitlab>();
  return spin(world, say, doing, async (spinner) => {
    const gitlabOf = (url: string): Gitlab => {
      const known = open.get(url);
      if (known !== undefined) return known;
      const made = openGitlab({
        ...connectionTo(context, url, signal),
        onWait: (wait) => spinner.says(waitWords(wait)),
      });
      open.set(url, made);
      return made;
    };
    try {
      return await ask(gitlabOf);
    } finally {
      await Promise.all([...open.values()].map((one) => one.close()));
    }
  });
}

/** How a GitLab is reached; throws a `Trouble` for certificates that cannot be read. */
export const connectionTo = (context: ApplyContext, url: string, signal?: AbortSignal): Connection =>
  connectionOf(context, { at: 0, runner: placeOf(context, url) }, signal);

// The certificates are those of the first runner of this GitLab that names some.
function placeOf({ wanted }: ApplyContext, url: string) {
  const tables = wanted
    .filter(({ gitlab }) => gitlab.url !== undefined && sameGitlab(gitlab.url, url))
    .map(({ leaves }) => fromLeaves(leaves.filter(({ path }) => path[0]!.startsWith('tls-'))));
  const named = tables.find((table) => textIn(table, 'tls-ca-file') !== '') ?? tables[0] ?? {};
  return { ...named, url };
}
