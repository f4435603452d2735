import { authenticate, type Caller, maintains, managesRunner, sees } from '../access.ts';
import { error, forbidden, json, message, notFound } from '../answers.ts';
import type { Call, Route } from '../call.ts';
import { showRunner, statusOf } from '../entities.ts';
import { checkParams, type Params, type Rule } from '../params.ts';
import type { GroupSetup, ProjectSetup } from '../setup.ts';
import type { Runner, State } from '../state.ts';
import { placeById } from './lookups.ts';
import { paginate, shareRoute } from './shared.ts';

/** The lists of runners: of the caller, the instance, a group, a project (gitlab-api.md 6). */
export const runnerListRoutes: Route[] = [
  shareRoute('GET /runners', (call) => {
    const caller = listCaller(call);
    const filter = readFilter(call, [scope]);
    const own = call.state.runners.filter(
      (each) => each.type !== 'instance' && managesRunner(call.state, caller, each),
    );
    return list(call, own.filter(filter));
  }),
  shareRoute('GET /runners/all', (call) => {
    const caller = listCaller(call);
    const filter = readFilter(call, [scope]);
    if (!caller.admin && !caller.auditor) throw forbidden();
    return list(call, call.state.runners.filter(filter));
  }),
  shareRoute('GET /projects/:id/runners', (call) => {
    const caller = listCaller(call);
    const project = readablePlace(call, caller, call.state.projects, 'Project');
    const filter = readFilter(call, [scope]);
    const runners = call.state.runners.filter((each) => servesProject(call.state, each, project));
    return list(call, runners.filter(filter));
  }),
  shareRoute('GET /groups/:id/runners', (call) => {
    const caller = listCaller(call);
    const group = readablePlace(call, caller, call.state.groups, 'Group');
    const filter = readFilter(call, []);
    const runners = call.state.runners.filter((each) => servesGroup(call.state, each, group));
    return list(call, runners.filter(filter));
  }),
];

/** The project or group of the path whose runners the caller may see: 404 for one that it cannot see, 403 otherwise. */
export function readablePlace<Place extends GroupSetup | ProjectSetup>(
  call: Call,
  caller: Caller,
  places: Place[],
  kind: 'Project' | 'Group',
): Place {
  const place = placeById(call, places);
  if (place === undefined || !sees(call.state, caller, place)) throw notFound(kind);
  if (!caller.auditor && !maintains(call.state, caller, place)) throw forbidden();
  return place;
}

// manage_runner is named in the refusal but does not help here: the rule wants /runners/:id.
function listCaller(call: Call): Caller {
  return authenticate(call, [], ['manage_runner']);
}

function servesGroup(state: State, runner: Runner, { path }: GroupSetup): boolean {
  if (runner.type !== 'group') return runner.type === 'instance';
  const groups = state.groups.filter(({ id }) => runner.of.includes(id));
  return groups.some((group) => path === group.path || path.startsWith(`${group.path}/`));
}

const servesProject = (state: State, runner: Runner, project: ProjectSetup): boolean =>
  runner.type === 'project' ? runner.of.includes(project.id) : servesGroup(state, runner, project);

function list(call: Call, runners: Runner[]) {
  const { items, headers } = paginate(call, runners);
  return json(
    200,
    items.map((each) => showRunner(call.state, each)),
    headers,
  );
}

const scope: Rule = { name: 'scope', kind: 'string' };

function readFilter(call: Call, more: Rule[]): (runner: Runner) => boolean {
  const wanted = checkParams(call.params, {
    fields: [
      ...more,
      { name: 'type', kind: 'string', oneOf: ['instance_type', 'group_type', 'project_type'] },
      { name: 'paused', kind: 'boolean' },
      { name: 'status', kind: 'string', oneOf: states },
      { name: 'tag_list', kind: 'tags' },
      { name: 'version_prefix', kind: 'string' },
    ],
  });
  if (typeof wanted.version_prefix === 'string' && !/^[\d+.]+/.test(wanted.version_prefix)) {
    throw error(400, 'version_prefix is invalid');
  }
  if (wanted.scope !== undefined && !states.includes(String(wanted.scope))) {
    throw message(400, 'Scope contains invalid value');
  }
  return (runner) => fits(call.state, runner, wanted);
}

const states = ['active', 'paused', 'online', 'offline', 'never_contacted', 'stale'];

function fits(state: State, runner: Runner, wanted: Params): boolean {
  const tags = (wanted.tag_list as string[] | undefined) ?? [];
  return (
    isIn(state, runner, wanted.scope) &&
    isIn(state, runner, wanted.status) &&
    (wanted.type === undefined || `${runner.type}_type` === wanted.type) &&
    (typeof wanted.paused !== 'boolean' || runner.paused === wanted.paused) &&
    tags.every((tag) => runner.tags.includes(tag)) &&
    (wanted.version_prefix === undefined ||
      runner.managers.some((each) => each.version?.startsWith(String(wanted.version_prefix))))
  );
}

// The filters overlap: what is stale is also offline, or was never contacted.
function isIn(state: State, runner: Runner, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  const status = statusOf(state, runner);
  const isNew = runner.contactedAt === null;
  const names = [
    status,
    runner.paused ? 'paused' : 'active',
    isNew ? 'never_contacted' : status === 'online' ? 'online' : 'offline',
  ];
  return names.includes(String(wanted));
}
