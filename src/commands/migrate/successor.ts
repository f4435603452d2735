import { askGitlab, connectionOf, infoOf } from '../../app/connection.ts';
import { mayBeCreated } from '../../app/interrupted-run.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import type { Succession } from '../../app/succession.ts';
import { type EnvFiles, placeOfToken, type TokenPlace } from '../../app/token-place.ts';
import { hashOf, type Unsaved } from '../../app/unsaved-file.ts';
import { tablesIn, textIn, textsIn, valueAt } from '../../config/model.ts';
import { Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { Refusal } from '../../gitlab/refusals.ts';
import { systemIdFor } from '../../host/system-id.ts';
import { type Entries, idOf, nameWithUrl, tokenOf } from '../../runner/select.ts';
import { harmless } from '../../text/sanitize.ts';

/** The body of POST /user/runners. */
type Body = { readonly runner_type: string; readonly [parameter: string]: string | number | boolean };

/** The runner that is to take the place of one that was made with a registration token. */
export interface Successor {
  readonly entries: Entries;
  readonly body: Body;
  readonly succession: Succession;
  /** Where the token is kept, when config.toml names a variable. */
  readonly place: TokenPlace | undefined;
  /** What it belongs to, in words. */
  readonly owner: string;
  /** How many other machines use the old runner. */
  readonly others: number;
}

/** A runner that cannot be migrated, and why. */
interface Unfit {
  readonly entries: Entries;
  readonly trouble: Trouble;
}

/** Reads an old runner at GitLab and plans the new one; what stands in the way is given, not thrown. */
export async function planSuccessor(
  invocation: ConfigInvocation,
  entries: Entries,
  how: { accessToken: string; files: EnvFiles; keepOld: boolean; unanswered: readonly Unsaved[] },
): Promise<Successor | Unfit> {
  try {
    const place = placeOfToken(entries, how.files);
    refuseSecond(entries, how.unanswered);
    const doing = `Reading ${nameWithUrl(entries.first)}`;
    const connection = connectionOf(invocation, entries.first);
    return await askGitlab(invocation, doing, connection, async (gitlab) => {
      const id = await idAt(invocation, entries, gitlab);
      const record = await gitlab.runner(how.accessToken, id);
      const others = await othersOf(invocation, gitlab, how.accessToken, id);
      const ending = others > 0 ? 'leave' : how.keepOld ? 'pause' : 'delete';
      return { entries, place, others, ...successorOf(id, record, ending) };
    });
  } catch (error) {
    if (error instanceof Trouble) return { entries, trouble: error };
    throw error;
  }
}

function refuseSecond({ first }: Entries, unanswered: readonly Unsaved[]): void {
  const open = unanswered.find(({ replaces }) => replaces === hashOf(textIn(first.runner, 'token')));
  if (open !== undefined) throw mayBeCreated(open.file);
}

async function idAt({ world, path }: ConfigInvocation, { first }: Entries, gitlab: Gitlab): Promise<number> {
  const known = idOf(first.runner);
  if (known !== undefined) return known;
  const system = systemIdFor(path, world.platform).id;
  const body = { token: tokenOf(first.runner, world.env), system_id: system, info: infoOf(world, {}, false) };
  const { id } = await gitlab.verify(body);
  if (id !== undefined) return id;
  throw new Trouble('The ID of the runner is unknown, and this GitLab does not report it.', {
    hint: `Get it from GitLab, then set it: runner-setup edit "#${first.at + 1}" --set id=ID`,
  });
}

// A GitLab before 16.0 does not tell machines apart.
async function othersOf(
  { world, path }: ConfigInvocation,
  gitlab: Gitlab,
  accessToken: string,
  id: number,
): Promise<number> {
  const here = systemIdFor(path, world.platform).id;
  try {
    const managers = await gitlab.managers(accessToken, id);
    return managers.filter(({ system_id: system, status }) => system !== here && status !== 'stale').length;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return 0;
    throw error;
  }
}

function successorOf(
  oldId: number,
  record: Readonly<Record<string, unknown>>,
  ending: Succession['ending'],
): Pick<Successor, 'body' | 'succession' | 'owner'> {
  const type = textIn(record, 'runner_type');
  const [owner, ...more] = ownersOf(record);
  if (owner === undefined && type !== 'instance_type')
    throw new Trouble(
      `Runner ${oldId} belongs to no ${type === 'group_type' ? 'group' : 'project'} that the access token shows.`,
      {
        hint: 'Use an access token of a user who can see it, or create a new runner: runner-setup register',
      },
    );
  const projects = type === 'project_type' ? more.map(({ id }) => id) : [];
  const isLocked = record.locked === true;
  const ofOwner = owner && { [type === 'group_type' ? 'group_id' : 'project_id']: owner.id };
  const body = {
    runner_type: type,
    ...(type !== 'instance_type' && ofOwner),
    ...kept(record),
    // A locked runner cannot be assigned to more projects.
    locked: isLocked && projects.length === 0,
  };
  const succession = { oldId, ending, projects, isLocked: isLocked && projects.length > 0 };
  return { body, succession, owner: ownerWords(type, owner?.name, projects.length) };
}

function ownersOf(record: unknown): { id: number; name: string }[] {
  const list = [...tablesIn(record, 'groups'), ...tablesIn(record, 'projects')];
  return list.flatMap((one) => {
    const id = idOf(one);
    const name = textIn(one, 'path_with_namespace') || textIn(one, 'full_path') || textIn(one, 'name');
    return id === undefined ? [] : [{ id, name }];
  });
}

const ownerWords = (type: string, name: string | undefined, more: number): string => {
  if (type === 'instance_type') return 'instance runner';
  const others = more === 0 ? '' : more === 1 ? ' and 1 more project' : ` and ${more} more projects`;
  return harmless(`${type === 'group_type' ? 'group' : 'project'} runner of ${name}${others}`, 200);
};

// By the names of GitLab's API, as GET tells them and POST takes them.
function kept(record: Readonly<Record<string, unknown>>): Record<string, string | number | boolean> {
  const texts = ['description', 'maintenance_note', 'access_level'].map(
    (key) => [key, textIn(record, key)] as const,
  );
  const tags = textsIn(record, 'tag_list');
  const timeout = valueAt(record, ['maximum_timeout']);
  return {
    ...Object.fromEntries(texts.filter(([, value]) => value !== '')),
    ...(tags.length > 0 && { tag_list: tags.join(',') }),
    run_untagged: record.run_untagged !== false,
    ...(typeof timeout === 'number' && timeout > 0 && { maximum_timeout: timeout }),
    paused: record.paused === true,
  };
}
