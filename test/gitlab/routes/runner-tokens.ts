import { error, forbidden, json, message, notFound, text } from '../answers.ts';
import type { Call, Route } from '../call.ts';
import { checkParams } from '../params.ts';
import { heartbeat, isPast, renewToken, runnerByToken } from '../runners.ts';
import { type Runner, type State, stamp } from '../state.ts';
import { destroyConditionally, removeRunner, shareRoute, showToken } from './shared.ts';

/** What a runner does with its own token (gitlab-api.md 2 to 4). */
export const runnerTokenRoutes: Route[] = [
  shareRoute('POST /runners/verify', (call) => {
    needToken(call);
    const runner = runnerByToken(call.state, call.params.token);
    refuseOrphan(call.state, runner);
    if (call.state.profile.userRunners) heartbeat(call.state, runner, call.params);
    else runner.contactedAt = stamp(call.state);
    if (!call.state.profile.jsonVerify) return text(200, '200');
    return json(200, { id: runner.id, ...showToken(call.state, runner) });
  }),
  shareRoute('DELETE /runners', (call) => {
    needToken(call);
    const runner = runnerByToken(call.state, call.params.token);
    return destroyConditionally(call, runner, () => removeRunner(call.state, runner));
  }),
  shareRoute('POST /runners/reset_authentication_token', (call) => {
    needToken(call);
    return resetToken(call.state, runnerByToken(call.state, call.params.token));
  }),
];

/** What exists since runners have managers (16.0). */
export const managerRoutes: Route[] = [
  shareRoute('DELETE /runners/managers', (call) => {
    checkParams(call.params, {
      fields: [
        { name: 'token', kind: 'string', required: true },
        { name: 'system_id', kind: 'string', required: true },
      ],
    });
    const runner = runnerByToken(call.state, call.params.token);
    const manager = runner.managers.find((each) => each.systemId === call.params.system_id);
    if (manager === undefined) throw notFound('Runner manager not found');
    return destroyConditionally(call, { updatedAt: manager.createdAt }, () => {
      runner.managers = runner.managers.filter((each) => each !== manager);
      if (runner.managers.length === 0) runner.contactedAt = null;
    });
  }),
  shareRoute('GET /runners/router/discovery', () => {
    throw message(501, 'Job Router is not available. Please contact your administrator.');
  }),
];

/** Before 16.0: the path is unknown, and not read as an id. */
export const noManagerRoutes: Route[] = [
  shareRoute('DELETE /runners/managers', () => {
    throw error(404, '404 Not Found');
  }),
];

/** A new token for a runner: 201, or 422 when its time to rotate has passed. */
export function resetToken(state: State, runner: Runner) {
  if (isPast(state, runner.rotationDeadline)) throw error(422, 'Token rotation deadline has passed');
  renewToken(state, runner);
  runner.updatedAt = stamp(state);
  return json(201, { token: runner.token, token_expires_at: runner.expiresAt });
}

function needToken(call: Call): void {
  checkParams(call.params, { fields: [{ name: 'token', kind: 'string', required: true }] });
}

function refuseOrphan(state: State, runner: Runner): void {
  if (runner.orphaned && state.profile.refusesOrphans) throw forbidden('Runner is orphaned');
}
