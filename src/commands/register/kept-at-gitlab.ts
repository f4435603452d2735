import { textIn } from '../../config/model.ts';
import { exitCode, Trouble } from '../../errors.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { Refusal } from '../../gitlab/refusals.ts';
import { isOf } from '../../runner/owner.ts';
import { namedRunners, planFor } from '../../runner/plan.ts';
import { differingAtGitlab, keptBody, keptWords } from '../../runner/request.ts';
import { idOf } from '../../runner/select.ts';
import { tokenType } from '../../settings/credential.ts';
import { keptNames } from '../../settings/rules.ts';
import type { Settings } from '../../settings/table.ts';
import { table } from '../../settings/table.ts';
import { harmless } from '../../text/sanitize.ts';
import type { RegisterContext, RegisterPlan } from './plan.ts';

/** How a GitLab is asked something, without knowing the connection. */
type Ask = <T>(call: (gitlab: Gitlab) => Promise<T>) => Promise<T>;

/**
 * Looks at what GitLab keeps of the runners that the plan could mean by their name. A runner of another owner is another
 * runner, so where all are, the plan becomes an addition; what was given and differs (tags, paused, …) goes into the
 * plan, and is said. What the token may not see is said, too.
 */
export async function withKeptSettings(
  context: RegisterContext,
  ready: RegisterPlan,
  ask: Ask,
): Promise<RegisterPlan> {
  const { plan, credential, known } = ready;
  if (plan.action === 'add' || plan.action === 'renew') return ready;
  if (credential.kind === 'registration') return tellUnknown(context, ready);
  for (const at of namedRunners(ready.input)) {
    const here = at === plan.at ? plan : planFor(ready.input, at);
    const runner = ready.input.present.runners[at]!;
    const type = tokenType(textIn(runner, 'token'));
    if (type !== undefined && known.settings.runnerType !== undefined && type !== known.settings.runnerType)
      continue;
    const compared = await compare(context, { ...ready, plan: here }, idOf(runner), ask);
    if (compared !== undefined) return compared;
  }
  return anotherOne(context, ready);
}

// Nothing for a runner of another owner.
async function compare(
  { say }: RegisterContext,
  ready: RegisterPlan,
  id: number | undefined,
  ask: Ask,
): Promise<RegisterPlan | undefined> {
  const { known, credential, plan } = ready;
  const { group, project } = known.settings;
  const names = keptNames(known);
  const owner = [...(group ? ['--group'] : []), ...(project ? ['--project'] : [])];
  const flags = [...owner, ...names.map((name) => table[name].flag)];
  if (flags.length === 0) return ready;
  const present = id === undefined ? 'unseen' : await readKept(ask, credential.token, id);
  if (present === 'gone') return ready;
  if (present === 'unseen') {
    say.note(
      `not compared with GitLab: ${flags.join(', ')}. To read the runner, the access token requires the scope manage_runner or api.`,
    );
    return ready;
  }
  if (!isOwned(present, known.settings)) return undefined;
  const body = differingAtGitlab(keptBody(known.settings, names), present);
  const keys = Object.keys(body);
  if (keys.length === 0 || plan.action === 'skip') return ready;
  const before = Object.fromEntries(keys.map((key) => [key, present[key] ?? null]));
  say.note(`runner ${id} in GitLab will change: ${keptWords(body)} (now ${keptWords(before)}).`);
  return { ...ready, kept: { id: id!, body, before } };
}

// Nobody can tell whether they differ: a run that is repeated with the same flags gives no cause for a warning.
function tellUnknown({ say }: RegisterContext, ready: RegisterPlan): RegisterPlan {
  const flags = keptNames(ready.known)
    .map((name) => table[name].flag)
    .join(', ');
  if (flags !== '' && ready.plan.action !== 'skip')
    say.note(
      `may differ in GitLab: ${flags}. A registration token cannot read or change an existing runner. To set it, use GitLab, or runner-setup edit with an access token.`,
    );
  say.note(
    'the runner was found by its name and executor. If the registration token belongs to another group or project, use --if-registered add.',
  );
  return ready;
}

function anotherOne({ say }: RegisterContext, ready: RegisterPlan): RegisterPlan {
  const name = harmless(ready.known.settings.description ?? '');
  say.note(
    `runner "${name}" in config.toml belongs to another owner in GitLab. A new runner will be created.`,
  );
  return { ...ready, plan: { action: 'add' } };
}

// A token that may create runners need not be one that may read them.
async function readKept(
  ask: Ask,
  accessToken: string,
  id: number,
): Promise<Record<string, unknown> | 'gone' | 'unseen'> {
  try {
    return await ask((gitlab) => gitlab.runner(accessToken, id));
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return 'gone';
    if (error instanceof Trouble && error.code === exitCode.refused) return 'unseen';
    throw error;
  }
}

function isOwned(present: Record<string, unknown>, { runnerType, group, project }: Settings): boolean {
  if (runnerType !== undefined && present.runner_type !== `${runnerType}_type`) return false;
  return isOf(present, { group, project }) === true;
}
