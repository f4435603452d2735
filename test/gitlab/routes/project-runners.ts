import { authenticate, maintains, managesRunner } from '../access.ts';
import { forbidden, json, message, notFound } from '../answers.ts';
import type { Call, Route } from '../call.ts';
import { showRunner } from '../entities.ts';
import { checkParams } from '../params.ts';
import { faultsOf } from '../runners.ts';
import { stamp } from '../state.ts';
import { readablePlace } from './runner-lists.ts';
import { destroyConditionally, runnerById, shareRoute } from './shared.ts';

/** Assigning runners to projects, and taking them off (gitlab-api.md 6). */
export const projectRunnerRoutes: Route[] = [
  shareRoute('POST /projects/:id/runners', (call) => {
    const { caller, project } = enter(call);
    const { runner_id: id } = checkParams(call.params, {
      fields: [{ name: 'runner_id', kind: 'integer', required: true }],
    });
    if (!maintains(call.state, caller, project)) throw forbidden();
    const runner = runnerById({ ...call, at: { id: String(id) } });
    if (runner.type === 'group') throw forbidden('Runner is a group runner');
    if (!caller.admin && runner.locked) throw forbidden('Runner is locked');
    if (!managesRunner(call.state, caller, runner)) throw forbidden('No access granted');
    // The model raises an error that nobody catches.
    if (runner.type === 'instance') throw message(500, '500 Internal Server Error');
    refuseUnfit(call, runner.of.includes(project.id), { ...runner, of: [project.id] });
    runner.of = [...runner.of, project.id];
    return json(201, showRunner(call.state, runner));
  }),
  shareRoute('DELETE /projects/:id/runners/:runner_id', (call) => {
    const { caller, project } = enter(call);
    const { runner_id: id } = checkParams(call.at, {
      fields: [{ name: 'runner_id', kind: 'integer', required: true }],
    });
    const runner = call.state.runners.find(
      (each) => each.id === id && each.type === 'project' && each.of.includes(project.id),
    );
    if (runner === undefined) throw notFound('Runner');
    if (!caller.admin && runner.locked) throw forbidden('Runner is locked');
    if (!maintains(call.state, caller, project)) throw forbidden('No access granted');
    if (runner.of[0] === project.id) throw forbidden(ownerStays);
    return destroyConditionally(call, { updatedAt: stamp(call.state) }, () => {
      runner.of = runner.of.filter((each) => each !== project.id);
    });
  }),
];

const ownerStays = 'You cannot unassign a runner from the owner project. Delete the runner instead';

function enter(call: Call) {
  const caller = authenticate(call, [], ['manage_runner']);
  return { caller, project: readablePlace(call, caller, call.state.projects, 'Project') };
}

function refuseUnfit(call: Call, isThere: boolean, runner: Parameters<typeof faultsOf>[1]): void {
  const why = isThere ? 'Runner projects is invalid' : tooMany(call, runner);
  if (why !== undefined) {
    throw message(400, `Assign to Validation failed: ${why} - runner_error`);
  }
}

function tooMany(call: Call, runner: Parameters<typeof faultsOf>[1]): string | undefined {
  const found = faultsOf(call.state, runner)['runner_projects.base'];
  return found && `Runner projects base ${found[0]}`;
}
