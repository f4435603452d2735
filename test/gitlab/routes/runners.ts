import { authenticate, managesRunner, readsRunner } from '../access.ts';
import { forbidden, json, message } from '../answers.ts';
import type { Call, Route } from '../call.ts';
import { showDetails, showManager, showRunner } from '../entities.ts';
import { checkParams, type Params, type Rules } from '../params.ts';
import { readSettings, refuseByField } from '../runners.ts';
import { type Runner, type State, stamp } from '../state.ts';
import { resetToken } from './runner-tokens.ts';
import { destroyConditionally, paginate, removeRunner, runnerById, shareRoute } from './shared.ts';

/** Looking after runners with an access token (gitlab-api.md 6). */
export const runnerRoutes: Route[] = [
  shareRoute('GET /runners', (call) => {
    // manage_runner is named in the refusal but does not help here: the rule wants an :id.
    const caller = listCaller(call);
    const filter = readFilter(call);
    const own = call.state.runners.filter(
      (each) => each.type !== 'instance' && managesRunner(call.state, caller, each),
    );
    return list(call, own.filter(filter));
  }),
  shareRoute('GET /runners/all', (call) => {
    const caller = listCaller(call);
    const filter = readFilter(call);
    if (!caller.admin && !caller.auditor) throw forbidden();
    return list(call, call.state.runners.filter(filter));
  }),
  shareRoute('GET /runners/:id', (call) => {
    const caller = authenticate(call, ['manage_runner']);
    const runner = runnerById(call);
    const { include_projects: projects } = checkParams(call.params, {
      fields: [{ name: 'include_projects', kind: 'boolean' }],
    });
    if (!readsRunner(call.state, caller, runner)) throw forbidden('No access granted');
    return json(200, showDetails(call.state, caller, runner, projects !== false));
  }),
  shareRoute('PUT /runners/:id', (call) => {
    const caller = authenticate(call, ['manage_runner']);
    checkParams(call.at, { fields: [{ name: 'id', kind: 'integer' }] });
    const values = checkParams(call.params, changeRules);
    const runner = runnerById(call);
    if (!managesRunner(call.state, caller, runner)) throw forbidden('No access granted');
    change(call.state, runner, values);
    return json(200, showDetails(call.state, caller, runner, false));
  }),
  shareRoute('DELETE /runners/:id', (call) => {
    const caller = authenticate(call, ['manage_runner']);
    const runner = runnerById(call);
    if (!caller.admin && runner.type === 'project' && runner.of.length > 1) {
      throw forbidden('Runner associated with more than one project');
    }
    if (!managesRunner(call.state, caller, runner)) throw forbidden('No access granted');
    return destroyConditionally(call, runner, () => removeRunner(call.state, runner));
  }),
  shareRoute('POST /runners/:id/reset_authentication_token', (call) => {
    const caller = authenticate(call, ['manage_runner']);
    const runner = runnerById(call);
    if (!managesRunner(call.state, caller, runner)) throw forbidden('No access granted');
    return resetToken(call.state, runner);
  }),
];

/** The managers of a runner, since 16.0. */
export const runnerManagerRoutes: Route[] = [
  shareRoute('GET /runners/:id/managers', (call) => {
    const caller = authenticate(call, ['manage_runner']);
    const runner = runnerById(call);
    if (!readsRunner(call.state, caller, runner)) throw forbidden('No access granted');
    return json(
      200,
      runner.managers.map((each) => showManager(call.state, each)),
    );
  }),
];

const changeable: Rules['fields'] = [
  { name: 'description', kind: 'string' },
  { name: 'active', kind: 'boolean' },
  { name: 'paused', kind: 'boolean' },
  { name: 'tag_list', kind: 'tags' },
  { name: 'run_untagged', kind: 'boolean' },
  { name: 'locked', kind: 'boolean' },
  { name: 'access_level', kind: 'string', oneOf: ['not_protected', 'ref_protected'] },
  { name: 'maximum_timeout', kind: 'integer' },
  { name: 'maintenance_note', kind: 'string' },
];

const changeRules: Rules = {
  fields: changeable,
  exclusive: [['active', 'paused']],
  atLeastOne: changeable.map((each) => each.name),
};

function listCaller(call: Call) {
  return authenticate(call, [], ['manage_runner']);
}

function list(call: Call, runners: Runner[]) {
  const { items, headers } = paginate(call, runners);
  return json(
    200,
    items.map((each) => showRunner(call.state, each)),
    headers,
  );
}

function readFilter(call: Call): (runner: Runner) => boolean {
  const wanted = checkParams(call.params, {
    fields: [
      { name: 'scope', kind: 'string' },
      { name: 'type', kind: 'string', oneOf: ['instance_type', 'group_type', 'project_type'] },
      { name: 'status', kind: 'string', oneOf: states },
      { name: 'paused', kind: 'boolean' },
      { name: 'tag_list', kind: 'tags' },
      { name: 'version_prefix', kind: 'string' },
    ],
  });
  if (wanted.scope !== undefined && !states.includes(String(wanted.scope))) {
    throw message(400, 'Scope contains invalid value');
  }
  return (runner) => fits(call.state, runner, wanted);
}

const states = ['active', 'paused', 'online', 'offline', 'never_contacted', 'stale'];

function fits(state: State, runner: Runner, wanted: Params): boolean {
  const shown = showRunner(state, runner);
  const inState = (name: unknown) =>
    name === undefined || [shown.status, runner.paused ? 'paused' : 'active'].includes(name);
  const tags = (wanted.tag_list as string[] | undefined) ?? [];
  return (
    inState(wanted.scope) &&
    inState(wanted.status) &&
    (wanted.type === undefined || shown.runner_type === wanted.type) &&
    (typeof wanted.paused !== 'boolean' || runner.paused === wanted.paused) &&
    tags.every((tag) => runner.tags.includes(tag)) &&
    (wanted.version_prefix === undefined ||
      runner.managers.some((each) => each.version?.startsWith(String(wanted.version_prefix))))
  );
}

function change(state: State, runner: Runner, values: Params): void {
  const changed = { ...runner, ...readSettings(values) };
  refuseByField(state, { ...changed, of: [] });
  Object.assign(runner, changed, { updatedAt: stamp(state) });
}
