import type { Table } from '../config/model.ts';
import { textIn } from '../config/model.ts';
import { expand } from '../text/expand.ts';
import type { Env } from '../world.ts';

/** Whether two addresses lead to the same GitLab. */
export type SameGitlab = (a: string, b: string) => boolean;

/** How a runner of the file is looked for: by its token, or, where each registration makes a new token, by its name. */
interface RunnerIdentity {
  readonly url: string;
  readonly token?: string;
  readonly name?: string;
  /** With a name: a runner with another executor is another runner. */
  readonly executor?: string | undefined;
}

/**
 * The positions of the runners of the file that are the wanted one: the same GitLab and the same token (or the
 * `${VAR}` that holds it), or, without a token, the same name and executor.
 */
export function findRunners(
  runners: readonly Table[],
  wanted: RunnerIdentity,
  env: Env,
  same: SameGitlab,
): number[] {
  return [...runners.keys()].filter((at) => {
    const runner = runners[at]!;
    const isNamed =
      wanted.token === undefined
        ? textIn(runner, 'name') === wanted.name &&
          (wanted.executor === undefined || textIn(runner, 'executor') === wanted.executor)
        : expand(textIn(runner, 'token'), env) === wanted.token;
    return isNamed && same(expand(textIn(runner, 'url'), env), wanted.url);
  });
}
