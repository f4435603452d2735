import { nameOf } from '../../fleet-file/find.ts';
import { markerIn } from '../../fleet-file/marker.ts';
import type { WantedRunner } from '../../fleet-file/wanted.ts';
import { Refusal } from '../../gitlab/refusals.ts';
import type { Listed } from '../../gitlab/replies.ts';
import type { RunnerPage, RunnersOf } from '../../gitlab/runner-calls.ts';
import { idOf } from '../../runner/select.ts';
import type { ApplyContext } from './context.ts';
import type { GitlabOf } from './gitlabs.ts';

/** A runner in GitLab that `apply` created for a key and a host, and that config.toml does not have. */
interface Orphan {
  readonly id: number;
  readonly details: Readonly<Record<string, unknown>>;
  /** Whether another machine of this name may use it: one that is online, or was created within an hour. */
  readonly mayBeUsed: boolean;
}

/**
 * Looks in GitLab for the runner that `apply` created for a key and this host before, as for a machine that was installed
 * again. Throws what asking throws.
 */
export async function findOrphan(
  { config, host, world }: ApplyContext,
  gitlabOf: GitlabOf,
  wanted: WantedRunner,
  lists: ReturnType<typeof listsOf>,
): Promise<Orphan | undefined> {
  const { url, access_token: token, description } = wanted.gitlab;
  if (url === undefined || token === undefined) return undefined;
  const present = new Set((config?.runners ?? []).map(idOf));
  const name = description ?? nameOf(wanted);
  const runners = await lists(wanted);
  const found = runners.filter((one) => one.description === name && !present.has(one.id));
  for (const one of found.slice(0, mostRead)) {
    const { id } = one;
    const details = await gitlabOf(url).runner(token, id);
    const marker = markerIn(details.maintenance_note);
    if (marker?.key === wanted.key && marker.host === host)
      return { id, details, mayBeUsed: mayBeUsed(one, world.now()) };
  }
  return undefined;
}

function mayBeUsed({ status, createdAt }: Listed, now: Date): boolean {
  if (status === 'online') return true;
  const age = createdAt === undefined ? 0 : now.getTime() - createdAt.getTime();
  return status === 'never_contacted' && age < 3_600_000;
}

/** Gives the runners of the owner of a runner, each list asked for once. */
export function listsOf(gitlabOf: GitlabOf): (wanted: WantedRunner) => Promise<readonly Listed[]> {
  const known = new Map<string, Promise<readonly Listed[]>>();
  return (wanted) => {
    const { url = '', access_token: token = '' } = wanted.gitlab;
    const { of, type } = placeOf(wanted);
    const name = JSON.stringify([url, token, of]);
    const list = known.get(name) ?? allOf(gitlabOf(url).runnerPages(token, of, { type }));
    known.set(name, list);
    return list;
  };
}

// Who may create runners need not be allowed to list them.
async function allOf(pages: AsyncGenerator<RunnerPage>): Promise<readonly Listed[]> {
  const all: Listed[] = [];
  try {
    for await (const { runners } of pages) all.push(...runners);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 403) throw error;
  }
  return all;
}

// Of so many with one name, each takes a request.
const mostRead = 50;

function placeOf({ gitlab: { group_id: group, project_id: project } }: WantedRunner): {
  of: RunnersOf;
  type: 'instance' | 'group' | 'project';
} {
  if (group !== undefined) return { of: { group }, type: 'group' };
  return project === undefined ? { of: 'seen', type: 'instance' } : { of: { project }, type: 'project' };
}
