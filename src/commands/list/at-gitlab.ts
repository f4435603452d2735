import { atGitlab, connectionOf, waitWords } from '../../app/connection.ts';
import { type LastSet, readLastSet } from '../../app/fleet-state.ts';
import { neededAccess, neededGitlab } from '../../app/gitlab-meant.ts';
import { inParallel } from '../../app/in-parallel.ts';
import { interruptible } from '../../app/interrupt.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import type { Table } from '../../config/model.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { isGone, Refusal } from '../../gitlab/refusals.ts';
import { listedOf } from '../../gitlab/replies.ts';
import { detailsOf } from '../../gitlab/runner-calls.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import { driftOf, driftWords } from '../../runner/drift.ts';
import { idOf, nameOf, type RunnerEntry, urlOf } from '../../runner/select.ts';
import type { OutputRunner } from '../../terminal/output-schema.ts';
import { spin } from '../../terminal/spin.ts';
import { normaliseUrl } from '../../text/gitlab-url.ts';

/** How a runner of config.toml is in GitLab: in a word or two, as sentences where the two differ, and for `--json`. */
export interface InGitlab {
  readonly state: string;
  readonly drift: readonly string[];
  readonly plain: Partial<Pick<OutputRunner, 'gitlab' | 'drift'>>;
}

/**
 * Asks GitLab for those entries of config.toml (`runners`) that are at the GitLab of `--url`, or at the only one of the
 * file; gives them by their positions, from 0. Those without an ID, at another GitLab, or that the token may not see are absent, which is
 * warned of. Throws a `Trouble` without an access token, and where GitLab cannot be reached.
 */
export async function readAtGitlab(
  invocation: ConfigInvocation,
  runners: readonly Table[],
  entries: readonly RunnerEntry[],
): Promise<ReadonlyMap<number, InGitlab>> {
  const { world, say, settings } = invocation;
  const home = neededGitlab(invocation, settings.url, runners);
  const accessToken = await neededAccess(invocation, 'manage_runner');
  const url = normaliseUrl(urlOf(home.runner, world.env));
  const there = entries.filter(({ runner }) => sameGitlab(urlOf(runner, world.env), url));
  const known = there.flatMap((entry) => {
    const id = idOf(entry.runner);
    return id === undefined ? [] : [{ entry, id }];
  });
  warnOfUnknown(invocation, there);
  const lastSet = readLastSet(invocation.path, world.env);
  const found = new Map<number, InGitlab>();
  await interruptible(world, say, 0, ({ signal }) =>
    spin(world, say, `Reading runners at ${url}`, (spinner) => {
      const onWait = (wait: Parameters<typeof waitWords>[0]) => spinner.says(waitWords(wait));
      return atGitlab({ ...connectionOf(invocation, home, signal), onWait }, (gitlab) =>
        inParallel(known, 8, async ({ entry, id }) => {
          const told = await gitlab.runner(accessToken, id).catch(refusalOnly);
          if (told instanceof Refusal) tellRefused(invocation, found, { entry, id, told });
          else found.set(entry.at, compared(entry, id, told, lastSet));
        }),
      );
    }),
  );
  return found;
}

function warnOfUnknown({ say }: ConfigInvocation, entries: readonly RunnerEntry[]): void {
  const without = entries.filter(({ runner }) => idOf(runner) === undefined);
  if (without.length === 0) return;
  const names = without.map(nameOf).join(', ');
  say.warn(`not compared with GitLab, because config.toml has no ID: ${names}.`);
}

function refusalOnly(error: unknown): Refusal {
  if (error instanceof Refusal && error.code === exitCode.refused) return error;
  throw error;
}

function tellRefused(
  { say }: ConfigInvocation,
  found: Map<number, InGitlab>,
  { entry, id, told }: { entry: RunnerEntry; id: number; told: Refusal },
): void {
  if (isGone(told)) {
    found.set(entry.at, deleted(id));
    return;
  }
  // The scope is missing for all of them.
  if (told.status === 401 || /scope/.test(told.hint ?? ''))
    throw new Trouble(told.message, {
      ...(told.why !== undefined && { why: told.why }),
      ...(told.hint !== undefined && { hint: told.hint }),
      code: told.code,
      cause: told,
    });
  say.warn(`${nameOf(entry)}: ${told.message} ${told.why ?? ''}`.trim());
}

const deleted = (id: number): InGitlab => ({
  state: 'deleted',
  drift: ['it was deleted in GitLab'],
  plain: { gitlab: { id, deleted: true } },
});

function compared(
  entry: RunnerEntry,
  id: number,
  told: Readonly<Record<string, unknown>>,
  lastSet: LastSet,
): InGitlab {
  const { status, paused, isBusy, description } = listedOf(told, id);
  const { isProtected, projects: _projects, ...details } = detailsOf(told);
  const drift = driftOf(entry.runner, told, { lastSet: lastSet(entry.runner) });
  const gitlab = { id, description, status, paused, busy: isBusy, ...details, protected: isProtected };
  return {
    state: `${status.replaceAll('_', ' ')}${paused ? ', paused' : ''}`,
    drift: drift.map(driftWords),
    plain: { gitlab, drift },
  };
}
