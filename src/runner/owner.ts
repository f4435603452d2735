import { tablesIn } from '../config/model.ts';

/** A group or project, by the ID or path that a person gave. */
interface OwnerPlace {
  readonly group?: string | undefined;
  readonly project?: string | undefined;
}

/**
 * Whether a runner, as GitLab's API gives it, is of this group or project; `unknown` where GitLab names none, as it does
 * to a token that may not see them. True where no group and no project was given.
 */
export function isOf(runner: object, { group, project }: OwnerPlace): boolean | 'unknown' {
  const wanted = group ?? project;
  if (wanted === undefined) return true;
  const places = tablesIn(runner, group === undefined ? 'projects' : 'groups');
  return places.length === 0 ? 'unknown' : places.some((one) => isPlace(one, wanted));
}

// A group of a runner tells its path in its address only.
function isPlace(place: object, words: string): boolean {
  const { id, path_with_namespace: path, web_url: url } = place as Record<string, unknown>;
  if (/^\d+$/.test(words)) return id === Number(words);
  const wanted = words.replace(/^\/|\/$/g, '').toLowerCase();
  return (
    String(path ?? '').toLowerCase() === wanted ||
    String(url ?? '')
      .toLowerCase()
      .endsWith(`/groups/${wanted}`)
  );
}
