import { isTable, type Table, tablesIn, valueAt } from '../config/model.ts';
import type { Gitlab } from '../gitlab/calls.ts';
import { isGone, Refusal } from '../gitlab/refusals.ts';
import { idOf } from '../runner/select.ts';

/** What is left to do at GitLab once a new runner has taken the place of an old one. */
export interface Succession {
  /** The ID of the old runner. */
  readonly oldId: number;
  /** What becomes of the old runner; one that other machines use stays as it is. */
  readonly ending: 'delete' | 'pause' | 'leave';
  /** The projects that the new runner is for, besides the one that it was created for. */
  readonly projects: readonly number[];
  /** Whether the new runner is to be locked, which it must not be while projects are assigned. */
  readonly isLocked: boolean;
}

/** A succession as a table of a file, and back; nothing for a table that is none. */
export const successionTable = ({ oldId, ending, projects, isLocked }: Succession): Table => ({
  old_id: oldId,
  ending,
  projects: [...projects],
  locked: isLocked,
});

/** Reads what `successionTable` wrote; nothing for what is no such table. */
export function successionIn(value: unknown): Succession | undefined {
  if (!isTable(value)) return undefined;
  const oldId = idOf({ id: value.old_id! });
  const ending = (['delete', 'pause', 'leave'] as const).find((one) => one === value.ending);
  if (oldId === undefined || ending === undefined) return undefined;
  const list = valueAt(value, ['projects']);
  const projects = Array.isArray(list) ? list.filter((one) => typeof one === 'number') : [];
  return { oldId, ending, projects, isLocked: value.locked === true };
}

/**
 * Gives a new runner the projects and the lock of the old one; what it has already stays. Throws a Refusal or Trouble, also
 * where GitLab does not have the new runner.
 */
export async function equip(
  gitlab: Gitlab,
  accessToken: string,
  id: number,
  { projects, isLocked }: Succession,
): Promise<void> {
  const present = await gitlab.runner(accessToken, id);
  const has = new Set(tablesIn(present, 'projects').map((project) => project.id));
  for (const project of projects.filter((one) => !has.has(one)))
    await gitlab.assignRunner(accessToken, project, id);
  if (isLocked && present.locked !== true) await gitlab.updateRunner(accessToken, id, { locked: true });
}

/**
 * Deletes or pauses the old runner; one that is gone already is no fault. Its own token, where that is known, deletes it
 * also where several projects have it. Throws a Refusal or Trouble.
 */
export async function retire(
  gitlab: Gitlab,
  accessToken: string,
  { oldId, ending }: Succession,
  oldToken?: string,
): Promise<void> {
  if (ending === 'leave') return;
  try {
    if (ending === 'pause') await gitlab.updateRunner(accessToken, oldId, { paused: true });
    else await deleteOld(gitlab, accessToken, oldId, oldToken);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function deleteOld(gitlab: Gitlab, accessToken: string, id: number, token?: string): Promise<void> {
  try {
    await gitlab.deleteRunnerById(accessToken, id);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 403) throw error;
    if (token !== undefined) await gitlab.removeRunner(token);
    else {
      await unassign(gitlab, accessToken, id);
      await gitlab.deleteRunnerById(accessToken, id);
    }
  }
}

// Who is no administrator can delete a runner of one project only; that one, its owner, cannot be unassigned.
async function unassign(gitlab: Gitlab, accessToken: string, id: number): Promise<void> {
  const { projects, locked } = await gitlab.runner(accessToken, id);
  if (locked === true) await gitlab.updateRunner(accessToken, id, { locked: false });
  for (const project of tablesIn({ projects }, 'projects').flatMap((one) => idOf(one) ?? []))
    await gitlab.unassignRunner(accessToken, project, id).catch(refusedOnly);
}

function refusedOnly(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}

/** What became of the old runner, in a sentence. */
export const endingWords = ({ oldId, ending }: Succession): string =>
  ({
    delete: `The old runner ${oldId} was deleted in GitLab.`,
    pause: `The old runner ${oldId} is paused in GitLab.`,
    leave: `The old runner ${oldId} stays in GitLab for the machines that use it.`,
  })[ending];
