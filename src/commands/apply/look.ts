import { type Table, textIn } from '../../config/model.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { findEntries, type Located, type Present } from '../../fleet-file/find.ts';
import { type Marker, markerIn } from '../../fleet-file/marker.ts';
import type { WantedRunner } from '../../fleet-file/wanted.ts';
import { Refusal } from '../../gitlab/refusals.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import type { Owner } from '../../runner/request.ts';
import { entriesIn, idOf, tokenOf } from '../../runner/select.ts';
import { expand } from '../../text/expand.ts';
import { type Access, type ApplyContext, throwAll } from './context.ts';
import { askGitlabs, type GitlabOf } from './gitlabs.ts';
import { findOrphan, listsOf } from './orphans.ts';

/** A runner as `GET /runners/:id` tells it; `gone` where GitLab has no such runner. */
export type Details = Readonly<Record<string, unknown>> | 'gone';

/** An entry of config.toml that no key of the files was found for by what was kept, an ID, or a token. */
interface OtherEntry {
  readonly id: number;
  readonly details: Details;
  readonly marker: Marker | undefined;
}

/** All that is known of config.toml and GitLab before a plan is made. */
export interface Seen {
  /** Which entry each runner is, by its key. */
  readonly found: ReadonlyMap<string, Located>;
  /** What GitLab tells of the runners, by key; absent where it was not asked. */
  readonly details: ReadonlyMap<string, Details>;
  /** The owners of those that are to be created, by key. */
  readonly owners: ReadonlyMap<string, Owner>;
  /** By position. */
  readonly others: ReadonlyMap<number, OtherEntry>;
  /** The runners in GitLab that another machine of this name may use, by key. */
  readonly twins: ReadonlyMap<string, number>;
  /** What is wrong with a runner, by key. */
  readonly faults: ReadonlyMap<string, Trouble>;
}

/** Whether two addresses, variables filled in, lead to the same GitLab. */
export const sameFor =
  ({ world: { env } }: Pick<ApplyContext, 'world'>) =>
  (a: string, b: string): boolean =>
    sameGitlab(expand(a, env), expand(b, env));

/**
 * Looks at GitLab for all that the plan depends on: the access tokens, the runners, their owners. Throws when a GitLab
 * cannot be reached, and for an access token that does not do.
 */
export async function lookAround(context: ApplyContext): Promise<Seen> {
  if (context.accesses.length === 0) return seenHere(context);
  return askGitlabs(context, 'Reading the runners from GitLab', (gitlabOf) => look(context, gitlabOf));
}

function seenHere(context: ApplyContext): Seen {
  const { found, several } = findEntries(context.wanted, presentFor(context, new Map()));
  const faults = new Map(several.map((key) => [key, ambiguous(key, context, [])]));
  return { found, details: new Map(), owners: new Map(), others: new Map(), twins: new Map(), faults };
}

/** What entries are looked for among, with the markers that are known. */
export function presentFor(context: ApplyContext, markers: ReadonlyMap<number, Marker>): Present {
  const { config, state, host, world } = context;
  return {
    runners: config?.runners ?? [],
    state,
    markers,
    host,
    same: sameFor(context),
    tokenOf: (runner: Table) => tokenOf(runner, world.env),
  };
}

async function look(context: ApplyContext, gitlabOf: GitlabOf): Promise<Seen> {
  const { wanted } = context;
  const scopes = await checkTokens(context, gitlabOf);
  const others = await lookAtOthers(context, gitlabOf);
  const markers = new Map([...others].flatMap(([at, { marker }]) => (marker ? [[at, marker] as const] : [])));
  const { found: here, several } = findEntries(wanted, presentFor(context, markers));
  const found = new Map(here);
  const twins = new Map<string, number>();
  const lists = listsOf(gitlabOf);
  const faults = new Map(several.map((key) => [key, ambiguous(key, context, [...markers.values()])]));
  const details = new Map<string, Details>();
  const owners = new Map<string, Owner>();
  for (const one of wanted) {
    const located = found.get(one.key)!;
    try {
      const known =
        others.get(located.at ?? -1)?.details ?? (await detailsOf(context, gitlabOf, one, located));
      if (known !== undefined) details.set(one.key, known);
      if (!isToBeCreated(one, located, known)) continue;
      const mayList = mayRead(scopes.get(one.gitlab.access_token!));
      const owner = await ownerOf(gitlabOf, one, mayList);
      if (owner !== undefined) owners.set(one.key, owner);
      const orphan =
        owner !== undefined && known === undefined && mayList
          ? await findOrphan(context, gitlabOf, one, lists)
          : undefined;
      if (orphan?.mayBeUsed) twins.set(one.key, orphan.id);
      else if (orphan !== undefined) {
        found.set(one.key, { id: orphan.id, by: 'marker' });
        details.set(one.key, orphan.details);
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      faults.set(one.key, faultOf(one.key, error));
    }
  }
  return { found, details, owners, others, twins, faults };
}

/** Whether GitLab has to create a runner anew: it has none, or no longer, and no token of one was given. */
export const isToBeCreated = (
  { gitlab }: WantedRunner,
  { at, id }: Located,
  details: Details | undefined,
): boolean =>
  gitlab.access_token !== undefined &&
  gitlab.token === undefined &&
  (details === 'gone' || (at === undefined && id === undefined));

/** A trouble of one runner among others. */
export function faultOf(key: string, { message, why, hint, code }: Trouble): Trouble {
  return new Trouble(`${key}: ${message}`, {
    ...(why !== undefined && { why }),
    ...(hint !== undefined && { hint }),
    code,
  });
}

function ambiguous(key: string, { path, config, host }: ApplyContext, markers: readonly Marker[]): Trouble {
  const isCopied = markers.filter((one) => one.key === key && one.host === host).length > 1;
  const what = isCopied ? 'its key in their maintenance notes' : 'its name and URL';
  const ids = (config?.runners ?? []).flatMap((runner) => idOf(runner) ?? []);
  return new Trouble(`${key}: several runners in ${path} have ${what}.`, {
    hint: `Set the ID of the runner: id = ${(isCopied ? undefined : ids[0]) ?? 'NUMBER'} in [runners.gitlab]. To see the IDs: runner-setup list`,
    code: exitCode.usage,
  });
}

/** What each access token may do; absent where GitLab is too old to tell. */
async function checkTokens(
  { accesses }: ApplyContext,
  gitlabOf: GitlabOf,
): Promise<Map<string, readonly string[]>> {
  const faults: Trouble[] = [];
  const scopes = new Map<string, readonly string[]>();
  for (const { url, token } of accesses) {
    try {
      scopes.set(token, (await gitlabOf(url).readToken(token)).scopes);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status !== 404) faults.push(error);
    }
  }
  for (const [, some] of scopes) if (!mayManage(some)) faults.push(tooWeak(some));
  throwAll(faults);
  return scopes;
}

const mayManage = (scopes: readonly string[]): boolean =>
  scopes.includes('api') || (scopes.includes('manage_runner') && scopes.includes('create_runner'));

const tooWeak = (scopes: readonly string[]): Trouble =>
  new Trouble(`The access token has the scope ${scopes.join(', ') || '(none)'}.`, {
    why: 'apply creates, reads, and changes runners.',
    hint: 'Use an access token with the scopes create_runner and manage_runner, or api.',
    code: exitCode.usage,
  });

// Without what was kept beside config.toml, the note in GitLab says which runner an entry is.
async function lookAtOthers(context: ApplyContext, gitlabOf: GitlabOf): Promise<Map<number, OtherEntry>> {
  const { config, wanted, verbFlags } = context;
  const { found } = findEntries(wanted, presentFor(context, new Map()));
  const sure = [...found.values()].filter(({ by }) => by !== 'name' && by !== 'nothing');
  const others = new Map<number, OtherEntry>();
  if (sure.length === wanted.length && verbFlags.prune === undefined) return others;
  const taken = new Set(sure.map(({ at }) => at));
  for (const { at, runner } of entriesIn(config?.runners ?? [])) {
    const id = idOf(runner);
    const access = accessTo(context, textIn(runner, 'url'));
    if (taken.has(at) || id === undefined || access === undefined) continue;
    const details = await readDetails(gitlabOf, access, id);
    // A runner of another owner has no marker of ours.
    if (details === undefined) continue;
    const marker = details === 'gone' ? undefined : markerIn(details.maintenance_note);
    others.set(at, { id, details, marker });
  }
  return others;
}

/** The access token for a GitLab, if one is at hand. */
export const accessTo = (context: ApplyContext, url: string): Access | undefined =>
  context.accesses.find((one) => sameFor(context)(one.url, url));

async function readDetails(
  gitlabOf: GitlabOf,
  { url, token }: Access,
  id: number,
): Promise<Details | undefined> {
  try {
    return await gitlabOf(url).runner(token, id);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 404) return 'gone';
    if (error.status === 403) return undefined;
    throw error;
  }
}

async function detailsOf(
  { config }: ApplyContext,
  gitlabOf: GitlabOf,
  { gitlab }: WantedRunner,
  { at, id }: Located,
): Promise<Details | undefined> {
  const { access_token: token } = gitlab;
  const url = gitlab.url ?? (at === undefined ? undefined : textIn(config?.runners[at], 'url'));
  if (id === undefined || token === undefined || !url) return undefined;
  try {
    return await gitlabOf(url).runner(token, id);
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return 'gone';
    throw error;
  }
}

const mayRead = (scopes: readonly string[] | undefined): boolean =>
  scopes === undefined || scopes.some((one) => one === 'api' || one === 'read_api');

// GitLab takes the owner by ID only; a path is looked up, which needs a token that may read.
async function ownerOf(
  gitlabOf: GitlabOf,
  { gitlab }: WantedRunner,
  mayLookUp: boolean,
): Promise<Owner | undefined> {
  const { group_id: group, project_id: project, access_token: token, url } = gitlab;
  if (url === undefined || token === undefined) return undefined;
  const id = async (idOrPath: number | string, find: () => Promise<{ id: number }>) =>
    !mayLookUp && /^\d+$/.test(String(idOrPath)) ? Number(idOrPath) : (await find()).id;
  if (group !== undefined) return { group_id: await id(group, () => gitlabOf(url).findGroup(token, group)) };
  if (project !== undefined)
    return { project_id: await id(project, () => gitlabOf(url).findProject(token, project)) };
  return {};
}
