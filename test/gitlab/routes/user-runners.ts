import { authenticate, type Caller, maintains, ownsGroup } from '../access.ts';
import { badRequest, forbidden, json, message } from '../answers.ts';
import type { Call, Route } from '../call.ts';
import { checkParams, type Params, type Rule, withoutBlanks } from '../params.ts';
import { newRunner, readSettings, refuseBySentence, storeRunner } from '../runners.ts';
import type { RunnerKind } from '../setup.ts';
import type { State } from '../state.ts';
import { shareRoute, showToken } from './shared.ts';

/** POST /user/runners: a person creates a runner (gitlab-api.md 5). */
export const userRunnerRoutes: Route[] = [
  shareRoute('POST /user/runners', (call) => {
    const caller = authenticate(call, ['create_runner']);
    const values = withoutBlanks(checkParams(call.params, rulesFor(call.params)));
    const type = String(values.runner_type).replace('_type', '') as RunnerKind;
    const of = ownId(type, values);
    authorise(call.state, caller, type, of);
    refuseStrayId(call, type);
    const as = of === undefined ? { type } : { type, of };
    const runner = newRunner(call.state, { ...as, registered: false }, readSettings(values));
    refuseBySentence(call.state, runner);
    storeRunner(call.state, runner);
    return json(201, { id: runner.id, ...showToken(call.state, runner) });
  }),
];

const kinds = ['instance_type', 'group_type', 'project_type'];

function rulesFor({ runner_type: type }: Params): { fields: Rule[] } {
  const ids: Rule[] = [];
  if (type === 'group_type') ids.push({ name: 'group_id', kind: 'integer', required: true });
  if (type === 'project_type') ids.push({ name: 'project_id', kind: 'integer', required: true });
  return {
    fields: [
      { name: 'runner_type', kind: 'string', required: true, oneOf: kinds },
      ...ids,
      { name: 'description', kind: 'string' },
      { name: 'maintenance_note', kind: 'string' },
      { name: 'paused', kind: 'boolean' },
      { name: 'locked', kind: 'boolean' },
      { name: 'access_level', kind: 'string', oneOf: ['not_protected', 'ref_protected'] },
      { name: 'run_untagged', kind: 'boolean' },
      { name: 'tag_list', kind: 'tags' },
      { name: 'maximum_timeout', kind: 'integer' },
    ],
  };
}

function ownId(type: RunnerKind, values: Params): number | undefined {
  if (type === 'instance') return undefined;
  return Number(values[`${type}_id`]);
}

function authorise(state: State, caller: Caller, type: RunnerKind, of: number | undefined): void {
  if (!mayCreate(state, caller, type, of)) throw forbidden('Insufficient permissions');
}

function mayCreate(state: State, caller: Caller, type: RunnerKind, of: number | undefined): boolean {
  if (type === 'instance') return caller.admin;
  const place = (type === 'group' ? state.groups : state.projects).find((each) => each.id === of);
  if (place === undefined) {
    throw badRequest(`Missing/invalid ${state.profile.namesMissingOwner ? type : 'scope'}`);
  }
  const registrars = state.setup.registrars ?? ['group', 'project'];
  if (!caller.admin && !registrars.includes(type)) return false;
  return type === 'group' ? ownsGroup(state, caller, place) : maintains(state, caller, place);
}

function refuseStrayId({ params }: Call, type: RunnerKind): void {
  const stray = (['group', 'project'] as const).filter((each) => each !== type && `${each}_id` in params);
  if (stray.length > 0) throw message(500, '500 Internal Server Error');
}
