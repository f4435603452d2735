import { authenticate, managesRunner, readsRunner } from '../access.ts';
import { forbidden, json } from '../answers.ts';
import type { Route } from '../call.ts';
import { showDetails, showJob, showManager } from '../entities.ts';
import { checkParams, type Params, type Rules } from '../params.ts';
import { readSettings, refuseByField } from '../runners.ts';
import { type Runner, type State, stamp } from '../state.ts';
import { resetToken } from './runner-tokens.ts';
import { destroyConditionally, paginate, removeRunner, runnerById, shareRoute } from './shared.ts';

/** Looking after runners with an access token (gitlab-api.md 6). */
export const runnerRoutes: Route[] = [
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
  shareRoute('GET /runners/:id/jobs', (call) => {
    const caller = authenticate(call, ['manage_runner']);
    const wanted = checkParams(call.params, jobRules);
    const runner = runnerById(call);
    if (!caller.auditor && !managesRunner(call.state, caller, runner)) throw forbidden('No access granted');
    const manager = call.state.profile.listsJobsByManager ? wanted.system_id : undefined;
    const jobs = runner.jobs.filter(
      ({ status, systemId }) => (wanted.status ?? status) === status && (manager ?? systemId) === systemId,
    );
    const sorted = jobs.toSorted((one, other) => (wanted.sort === 'asc' ? 1 : -1) * (one.id - other.id));
    const { items, headers } = paginate(call, sorted);
    return json(
      200,
      items.map((each) => showJob(call.state, each)),
      headers,
    );
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
      runner.managers.map((each) => showManager(call.state, runner, each)),
    );
  }),
];

const jobStates = [
  'created waiting_for_callback waiting_for_resource preparing pending running success failed',
  'canceling canceled skipped manual scheduled',
].flatMap((names) => names.split(' '));

const jobRules: Rules = {
  fields: [
    { name: 'system_id', kind: 'string' },
    { name: 'status', kind: 'string', oneOf: jobStates },
    { name: 'order_by', kind: 'string', oneOf: ['id'] },
    { name: 'sort', kind: 'string', oneOf: ['asc', 'desc'] },
  ],
};

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

function change(state: State, runner: Runner, values: Params): void {
  const changed = { ...runner, ...readSettings(values) };
  refuseByField(state, { ...changed, of: [] });
  Object.assign(runner, changed, { updatedAt: stamp(state) });
}
