import { type Answer, error, json, message, Refusal } from './answers.ts';
import { type Call, matchPath, type Route } from './call.ts';
import type { Profile } from './profile.ts';
import { accessTokenRoutes } from './routes/access-tokens.ts';
import { jobRoutes } from './routes/jobs.ts';
import { legacyRoutes } from './routes/legacy.ts';
import { lookupRoutes, metadataRoutes } from './routes/lookups.ts';
import { projectRunnerRoutes } from './routes/project-runners.ts';
import { runnerListRoutes } from './routes/runner-lists.ts';
import { managerRoutes, noManagerRoutes, runnerTokenRoutes } from './routes/runner-tokens.ts';
import { runnerManagerRoutes, runnerRoutes } from './routes/runners.ts';
import { userRunnerRoutes } from './routes/user-runners.ts';
import { variableRoutes } from './routes/variables.ts';

/** The answer to a request below /api/v4, refusals included; a bug of ours is thrown. */
export function answerApi(path: string, call: Omit<Call, 'at' | 'path'>): Answer {
  try {
    for (const route of routesOf(call.state.profile)) {
      const [method, pattern] = route.on.split(' ') as [string, string];
      const at = method === call.method ? matchPath(pattern, path) : undefined;
      if (at !== undefined) return route.answer({ ...call, path, at: decodeAll(at) });
    }
    return json(404, { error: '404 Not Found' });
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.answer;
    throw thrown;
  }
}

/** What every path below /api/v3 answers. */
export const answerOldApi = (): Answer =>
  error(410, 'API V3 is no longer supported. Use API V4 instead.').answer;

/** What a bug of ours looks like from outside. */
export const answerBug = (): Answer => message(500, '500 Internal Server Error').answer;

// Fixed paths come before those with :id, as GitLab mounts them.
function routesOf(profile: Profile): Route[] {
  const since16 = profile.userRunners
    ? [...managerRoutes, ...userRunnerRoutes, ...runnerManagerRoutes]
    : noManagerRoutes;
  return [
    ...legacyRoutes,
    ...runnerTokenRoutes,
    ...since16,
    ...runnerListRoutes,
    ...runnerRoutes,
    ...projectRunnerRoutes,
    ...lookupRoutes,
    ...(profile.showsOwnToken ? accessTokenRoutes : []),
    ...(profile.metadata ? metadataRoutes : []),
    ...variableRoutes,
    ...jobRoutes,
  ];
}

function decodeAll(at: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(at).map(([name, part]) => [name, decode(part)]));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw error(400, 'Bad Request');
  }
}
