import { askGitlab, connectionOf } from '../../app/connection.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { idOf, nameWithUrl, type RunnerEntry } from '../../runner/select.ts';
import { harmless } from '../../text/sanitize.ts';
import type { AtGitlab } from './formats/format.ts';

/**
 * What GitLab has for runners of the file, by their positions. Those without an ID, which no access token can ask for, are
 * named in a warning. Throws what GitLab refuses.
 */
export async function readAtGitlab(
  invocation: ConfigInvocation,
  entries: readonly RunnerEntry[],
  accessToken: string,
): Promise<Map<number, AtGitlab>> {
  const { world, say } = invocation;
  const found = new Map<number, AtGitlab>();
  for (const entry of entries) {
    const id = idOf(entry.runner);
    if (id === undefined) {
      say.warn(`Runner ${nameWithUrl(entry)} has no ID in config.toml, so GitLab was not asked about it.`);
      continue;
    }
    const connection = connectionOf(invocation, entry);
    const doing = `Reading the runner with id ${id} at ${harmless(connection.url)}`;
    const answer = await askGitlab({ world, say }, doing, connection, (gitlab) =>
      gitlab.runner(accessToken, id),
    );
    found.set(entry.at, keptIn(answer));
  }
  return found;
}

function keptIn(answer: Readonly<Record<string, unknown>>): AtGitlab {
  const { tag_list: tags, groups, projects, runner_type: type } = answer;
  const [group, project] = [idIn(groups), idIn(projects)];
  return {
    runner_type: String(type),
    ...(type === 'group_type' && group !== undefined && { group_id: group }),
    ...(type === 'project_type' && project !== undefined && { project_id: project }),
    tag_list: Array.isArray(tags) ? tags.map(String) : [],
    ...ofType(answer, 'string', ['description', 'access_level', 'maintenance_note']),
    ...ofType(answer, 'boolean', ['run_untagged', 'locked', 'paused']),
    ...ofType(answer, 'number', ['maximum_timeout']),
  };
}

// A runner of several projects belongs to the first.
function idIn(list: unknown): number | undefined {
  const [first] = Array.isArray(list) ? list : [];
  const id: unknown = first?.id;
  return typeof id === 'number' ? id : undefined;
}

// GitLab says null, or an empty text, where nothing is set.
const ofType = (answer: Readonly<Record<string, unknown>>, type: string, keys: readonly string[]) =>
  Object.fromEntries(
    keys.flatMap((key) => (typeof answer[key] === type && answer[key] !== '' ? [[key, answer[key]]] : [])),
  );
