import { type Table, textIn } from '../config/model.ts';
import type { Gitlab } from '../gitlab/calls.ts';
import { Refusal, unlessGone } from '../gitlab/refusals.ts';
import type { Listed } from '../gitlab/replies.ts';
import { sameGitlab } from '../gitlab/url.ts';
import { tokenKeys } from '../runner/plan.ts';
import { differingAtGitlab } from '../runner/request.ts';
import { idOf } from '../runner/select.ts';
import type { Settings } from '../settings/table.ts';
import type { Say } from '../terminal/say.ts';
import { expand } from '../text/expand.ts';
import { removeFile } from '../text/shell-quote.ts';
import type { Env, World } from '../world.ts';
import { askGitlab, connectionOf } from './connection.ts';
import { endingWords, equip, retire, type Succession } from './succession.ts';
import { hashOf, lookFor, nameOf, openUnsaved, type Unsaved } from './unsaved-file.ts';

/** An access token that is at hand, and the GitLab that it is of, where that was told. */
export interface Access {
  readonly token: string;
  readonly url?: string | undefined;
}

/** Who looks at GitLab: the runner's own certificates count, and those of these flags before them. */
export interface Looker {
  readonly world: World;
  readonly say: Say;
  readonly path: string;
  readonly settings: Pick<Settings, 'tlsCaFile' | 'tlsCertFile' | 'tlsKeyFile'>;
}

/** How it ended: whether nothing is left to do for what the run asked, in words; or the file in which a new token waits. */
export interface Ending {
  readonly isOver: boolean;
  readonly words?: string;
  readonly renewed?: string;
}

/**
 * Puts right at GitLab what an interrupted run asked for and nobody heard the answer of: a runner that it made is deleted,
 * of a runner whose token was to be renewed another one is got, beside config.toml. Gives nothing where the access token
 * may be of another GitLab. Throws when GitLab cannot be reached.
 */
export async function takeBack(
  looker: Looker,
  unsaved: Unsaved,
  runners: readonly Table[],
  { token, url }: Access,
): Promise<Ending | undefined> {
  const here = textIn(unsaved.runner, 'url');
  if (!isTokenOf(here, runners, { token, url }, looker.world.env)) return undefined;
  const connection = connectionOf(looker, { at: 0, runner: unsaved.runner });
  const doing = `Checking GitLab at ${here} for what an interrupted run left`;
  return askGitlab(looker, doing, connection, async (gitlab) => {
    const at: Place = { looker, unsaved, runners, gitlab, token };
    try {
      return await (unsaved.asked?.call === 'reset' ? getAnother(at) : deleteMade(at));
    } catch (error) {
      if (!(error instanceof Refusal) || ![401, 403, 404].includes(error.status)) throw error;
      const why = `The access token does not help: ${error.message} ${error.why ?? ''}`;
      return { isOver: false, words: `${lookFor(unsaved)} ${why.trim()}.`.replace(/\.\.$/, '.') };
    }
  });
}

/** Whether an access token is surely one of the GitLab at a URL: it was told, or all runners are of that GitLab. */
export function isTokenOf(here: string, runners: readonly Table[], { url }: Access, env: Env): boolean {
  const homes = url === undefined ? runners.map((one) => expand(textIn(one, 'url'), env)) : [url];
  return homes.every((home) => sameGitlab(home, here));
}

/** Finishes at GitLab what an interrupted migration left to do for its new runner; says how that ended. Throws when GitLab cannot be reached. */
export async function finishSuccession(
  looker: Looker,
  runner: Table,
  succession: Succession,
  { token }: Pick<Access, 'token'>,
): Promise<{ isOver: boolean; words: string }> {
  const id = idOf(runner);
  const name = `"${textIn(runner, 'name')}" at ${textIn(runner, 'url')}`;
  try {
    await askGitlab(
      looker,
      `Finishing the migration of ${name}`,
      connectionOf(looker, { at: 0, runner }),
      async (gitlab) => {
        if (id !== undefined) await equip(gitlab, token, id, succession);
        await retire(gitlab, token, succession);
      },
    );
    return {
      isOver: true,
      words: `An interrupted run migrated the runner ${name}. ${endingWords(succession)}`,
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const why = `${error.message} ${error.why ?? ''}`.trim();
    return { isOver: false, words: `The migration of the runner ${name} is not finished. ${why}` };
  }
}

interface Place {
  readonly looker: Looker;
  readonly unsaved: Unsaved;
  readonly runners: readonly Table[];
  readonly gitlab: Gitlab;
  readonly token: string;
}

// What comes is saved when this file is done with; a kill before that leaves two of them.
async function getAnother({ looker, unsaved, runners, gitlab, token }: Place): Promise<Ending> {
  const id = idOf(unsaved.runner);
  const runner = runners.find((one) => hashOf(textIn(one, 'token')) === unsaved.replaces);
  if (id === undefined || runner === undefined) return { isOver: false, words: lookFor(unsaved) };
  const replaced = textIn(runner, 'token');
  const file = openUnsaved(looker.path, {
    runner: unsaved.runner,
    asked: { call: 'reset', body: {} },
    replaced,
    place: unsaved.place,
  });
  try {
    file.fill(tokenKeys(await gitlab.resetTokenById(token, id, file.hear), looker.world.now()));
  } catch (error) {
    file.remove();
    throw error;
  }
  file.close();
  return { isOver: true, renewed: file.path };
}

async function deleteMade(place: Place): Promise<Ending> {
  const { unsaved, gitlab, token } = place;
  const [found, ...more] = await lookPatiently(place);
  const asked = `An interrupted run asked GitLab to create the runner ${nameOf(unsaved)}, and the response is unknown.`;
  if (found === undefined)
    return {
      isOver: true,
      words: `${asked} The access token shows no such runner, so there is nothing to delete.`,
    };
  if (more.length > 0 || !found.isSure) {
    const ids = [found, ...more].map(({ id }) => id).join(', ');
    const next = `Check in GitLab which of them is not in use, and delete it. Then: ${removeFile(unsaved.file)}`;
    return { isOver: false, words: `${asked} Runners with exactly these settings: ${ids}. ${next}` };
  }
  await gitlab.deleteRunnerById(token, found.id).catch(unlessGone);
  return {
    isOver: true,
    words: `An interrupted run created the runner ${nameOf({ runner: { ...unsaved.runner, id: found.id } })}, and its token was lost. The runner was deleted in GitLab.`,
  };
}

interface Found {
  readonly id: number;
  /** Whether GitLab told that it was made when the run asked for it. */
  readonly isSure: boolean;
}

// GitLab may still be at work for a run that was killed a moment ago.
async function lookPatiently(place: Place): Promise<Found[]> {
  const found = await look(place);
  const left = place.unsaved.at.getTime() + 3000 - Date.now();
  if (found.length > 0 || left <= 0) return found;
  await new Promise((resolve) => {
    setTimeout(resolve, Math.min(left, 3000));
  });
  return look(place);
}

async function look({ unsaved, runners, gitlab, token }: Place): Promise<Found[]> {
  const { body } = unsaved.asked!;
  const listed = await gitlab.newRunners(token);
  const present = new Set(runners.map(idOf));
  const fitting = listed.runners.filter(
    (one) =>
      !present.has(one.id) &&
      (one.description ?? '') === (body.description ?? '') &&
      (body.runner_type === undefined || one.runnerType === body.runner_type) &&
      mayBeOf(unsaved.at, one, listed.now),
  );
  const found: Found[] = [];
  for (const { id, createdAt } of fitting.slice(0, mostRead))
    if (isMadeAs(body, await gitlab.runner(token, id))) found.push({ id, isSure: createdAt !== undefined });
  return found;
}

// Of so many that are alike none can be told from the others.
const mostRead = 20;

// By GitLab's own clock, which may be another one.
function mayBeOf(at: Date, { createdAt }: Listed, now: Date): boolean {
  if (createdAt === undefined) return true;
  const age = now.getTime() - createdAt.getTime();
  const expected = Date.now() - at.getTime();
  return age < expected + 5000 && age > expected - 60_000;
}

function isMadeAs(body: Table, runner: Readonly<Record<string, unknown>>): boolean {
  const { group_id: group, project_id: project, info: _, ...kept } = body;
  const isOf = (id: unknown, places: unknown) =>
    id === undefined || (Array.isArray(places) && places.some((one) => one?.id === id));
  return (
    runner.contacted_at === null &&
    Object.keys(differingAtGitlab(kept, runner)).length === 0 &&
    isOf(group, runner.groups) &&
    isOf(project, runner.projects)
  );
}
