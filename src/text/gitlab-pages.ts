import { normaliseUrl } from './gitlab-url.ts';

/** Who a runner serves, as far as that is known: the paths of GitLab's pages go by it. */
export interface PageOwner {
  readonly type?: string | undefined;
  /** Full path or id of the group or project. */
  readonly path?: string | undefined;
}

/**
 * The pages of the GitLab at `url` where a runner is created, as label and address; only one where its owner is known.
 * For an owner that is known by its id its own page, which GitLab finds by the id, and below it the way from there.
 */
export function newRunnerPages(
  url: string,
  { type, path }: PageOwner,
): readonly (readonly [string, string])[] {
  const base = normaliseUrl(url);
  const byId = ownerPage(url, { type, path });
  const all = {
    instance: ['instance runner', `${base}/admin/runners/new`],
    group: ['group runner', byId?.url ?? `${base}/groups/${path ?? 'GROUP'}/-/runners/new`],
    project: ['project runner', byId?.url ?? `${base}/${path ?? 'GROUP/PROJECT'}/-/runners/new`],
  } as const;
  if (type === undefined || !Object.hasOwn(all, type)) return Object.values(all);
  return [all[type as keyof typeof all], ...(byId === undefined ? [] : [['', byId.way] as const])];
}

/** The page of the GitLab at `url` where a person creates an access token, with the name and the scopes filled in. */
export const newAccessTokenPage = (url: string): string =>
  `${normaliseUrl(url)}/-/user_settings/personal_access_tokens?name=runner-setup&scopes=create_runner`;

/** The page of a runner; nothing where the path of its group or project is not known. */
export function runnerPage(url: string, id: number, { type, path }: PageOwner): string | undefined {
  const base = normaliseUrl(url);
  if (type === 'instance') return `${base}/admin/runners/${id}`;
  if (path === undefined || isId(path)) return undefined;
  return `${base}/${type === 'group' ? 'groups/' : ''}${path}/-/runners/${id}`;
}

/**
 * The page of a group or project that is known by its id, and the way from there to its runners; nothing for one that is
 * known by its path. GitLab 17.5 and later have such a page for groups.
 */
export function ownerPage(url: string, { type, path }: PageOwner): { url: string; way: string } | undefined {
  if (path === undefined || !isId(path)) return undefined;
  const base = normaliseUrl(url);
  if (type === 'project') return { url: `${base}/projects/${path}`, way: 'in Settings > CI/CD > Runners' };
  return type === 'group' ? { url: `${base}/-/g/${path}`, way: 'in Build > Runners' } : undefined;
}

const isId = (words: string): boolean => /^\d+$/.test(words);

/** The group or project whose page was pasted where the address of the GitLab at `url` was asked for. */
export function ownerOfPage(words: string, url: string): PageOwner {
  const base = normaliseUrl(url);
  const page = words.trim().replace(/^(?!https?:\/\/)/i, `${base.split('://')[0]}://`);
  if (!page.startsWith(`${base}/`)) return {};
  const [, isGroup, path] =
    /^(groups\/)?([\w.-]+(?:\/[\w.-]+)*)\/-\//.exec(page.slice(base.length + 1)) ?? [];
  return path === undefined ? {} : { type: isGroup === undefined ? 'project' : 'group', path };
}
