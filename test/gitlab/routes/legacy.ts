import { forbidden, json, message } from '../answers.ts';
import type { Call, Route } from '../call.ts';
import { checkParams, type Params, type Rules, textOf, withoutBlanks } from '../params.ts';
import { newRunner, readSettings, refuseByField, storeRunner } from '../runners.ts';
import type { RunnerKind } from '../setup.ts';
import type { State } from '../state.ts';
import { shareRoute, showToken } from './shared.ts';

/** POST /runners: registration with a registration token (gitlab-api.md 1). */
export const legacyRoutes: Route[] = [
  shareRoute('POST /runners', (call) => {
    const values = withoutBlanks(checkParams(call.params, rules));
    const owner = findOwner(call, textOf(call.params.token) ?? '');
    const name = textOf((values.info as Params | undefined)?.name) ?? null;
    const settings = { ...readSettings(values), name };
    const runner = newRunner(call.state, { ...owner, registered: true }, settings);
    refuseByField(call.state, runner);
    storeRunner(call.state, runner);
    return json(201, { id: runner.id, ...showToken(call.state, runner) });
  }),
];

const rules: Rules = {
  fields: [
    { name: 'token', kind: 'string', required: true },
    { name: 'description', kind: 'string' },
    { name: 'maintainer_note', kind: 'string' },
    { name: 'maintenance_note', kind: 'string' },
    { name: 'info', kind: 'hash' },
    { name: 'active', kind: 'boolean' },
    { name: 'paused', kind: 'boolean' },
    { name: 'locked', kind: 'boolean' },
    { name: 'access_level', kind: 'string', oneOf: ['not_protected', 'ref_protected'] },
    { name: 'run_untagged', kind: 'boolean' },
    { name: 'tag_list', kind: 'tags' },
    { name: 'maximum_timeout', kind: 'integer' },
  ],
  exclusive: [
    ['active', 'paused'],
    ['maintainer_note', 'maintenance_note'],
  ],
};

function findOwner({ state }: Call, token: string): { type: RunnerKind; of?: number } {
  const wrong = state.profile.saysInvalidToken ? forbidden('invalid token supplied') : forbidden();
  if (token === '') throw wrong;
  if (!allows(state)) throw gone();
  const found = state.setup.registrationTokens?.find((each) => each.token === token);
  if (found === undefined) throw wrong;
  if (found.type !== 'instance' && !registrars(state).includes(found.type)) throw wrong;
  if (found.type !== 'instance' && !groupAllows(state, found.type, found.of)) throw gone();
  return found.of === undefined ? { type: found.type } : { type: found.type, of: found.of };
}

const gone = () => message(410, '410 Gone - runner registration disallowed');

const registrars = (state: State) => state.setup.registrars ?? ['group', 'project'];

function allows({ setup, profile }: State): boolean {
  const said = typeof setup.legacy === 'object' ? (setup.legacy.instance ?? true) : setup.legacy;
  return said ?? profile.legacyByDefault;
}

function groupAllows(state: State, type: 'group' | 'project', of: number | undefined): boolean {
  const switches = typeof state.setup.legacy === 'object' ? (state.setup.legacy.groups ?? {}) : {};
  const places = type === 'group' ? state.groups : state.projects;
  const top = places.find((each) => each.id === of)?.path.split('/')[0];
  const group = state.groups.find((each) => each.path === top);
  return group === undefined || (switches[group.id] ?? true);
}
