import { authenticate, callerOf, sees } from '../access.ts';
import { json, notFound } from '../answers.ts';
import type { Call, Route } from '../call.ts';
import { showGroup, showPendingJob, showProject } from '../entities.ts';
import { checkParams } from '../params.ts';
import type { GroupSetup, ProjectSetup } from '../setup.ts';
import { paginate, shareRoute } from './shared.ts';

/** Looking up a project or group by id or URL-encoded path, and the version (gitlab-api.md 9). */
export const lookupRoutes: Route[] = [
  shareRoute('GET /projects/:id', (call) => {
    const caller = callerOf(call);
    const project = placeById(call, call.state.projects);
    if (project === undefined || !sees(call.state, caller, project)) throw notFound('Project');
    return json(200, showProject(call.state, project));
  }),
  shareRoute('GET /projects/:id/jobs', (call) => {
    const caller = authenticate(call);
    const project = placeById(call, call.state.projects);
    if (project === undefined || !sees(call.state, caller, project)) throw notFound('Project');
    // Of its scopes the one that is a state before a runner has it.
    checkParams(call.params, {
      fields: [{ name: 'scope', kind: 'string', required: true, oneOf: ['pending'] }],
    });
    const all = (call.state.setup.pendingJobs ?? []).filter((job) => job.project === project.id);
    const { items, headers } = paginate(call, all);
    return json(
      200,
      items.map((each) => showPendingJob(call.state, each)),
      headers,
    );
  }),
  shareRoute('GET /groups/:id', (call) => {
    const caller = callerOf(call);
    const group = placeById(call, call.state.groups);
    if (group === undefined || !sees(call.state, caller, group)) throw notFound('Group');
    return json(200, showGroup(call.state, group));
  }),
  shareRoute('GET /version', answerVersion),
];

/** GET /metadata, since 15.2. */
export const metadataRoutes: Route[] = [shareRoute('GET /metadata', answerVersion)];

/** The project or group of the `:id` in the path; undefined when there is none. */
export function placeById<Place extends GroupSetup | ProjectSetup>(
  { at }: Call,
  places: Place[],
): Place | undefined {
  return places.find((each) => String(each.id) === at.id || each.path === at.id);
}

function answerVersion(call: Call) {
  authenticate(call, ['read_user', 'ai_features']);
  const { version, enterprise, metadata } = call.state.profile;
  const plain = { version, revision: 'ceb07b24cb0' };
  if (!metadata) return json(200, plain);
  const kas = {
    enabled: true,
    externalUrl: 'grpc://gitlab.example.com:8150',
    externalK8sProxyUrl: 'https://gitlab.example.com:8150/k8s-proxy',
    version: version.replace(/-.*$/, ''),
  };
  return json(200, { ...plain, kas, enterprise });
}
