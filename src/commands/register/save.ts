import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { presentOf, textAfter } from '../../app/config-file.ts';
import type { Rollback } from '../../app/rollback.ts';
import { makeFolder, putFile, replaceConfig } from '../../app/save.ts';
import { diskTrouble, readFound } from '../../config/read-file.ts';
import { Trouble } from '../../errors.ts';
import type { SystemId } from '../../host/system-id.ts';
import type { Registration } from '../../runner/block.ts';
import { changesOf, type Plan, type PlanInput, planFor, planRegistration } from '../../runner/plan.ts';
import { foundAgain, type RunnerEntry } from '../../runner/select.ts';
import { chainFile, type RegisterContext, type RegisterPlan } from './plan.ts';

/** How config.toml was saved, and where the runner stands in it (from 0). */
interface Saved {
  readonly written: boolean;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly position: number;
}

/**
 * Writes the runner into config.toml. The plan is made anew on the text that is found under the lock, so that what
 * others wrote meanwhile is neither lost nor registered twice.
 */
export async function saveConfig(
  { world, say, file }: RegisterContext,
  rollback: Rollback,
  { input, plan, agreed }: RegisterPlan,
  registration: Registration | undefined,
): Promise<Saved> {
  let position = 0;
  const saved = await replaceConfig(
    { world, say, path: file.path, seen: file.config, agreed: plan.action === 'update' ? agreed : undefined },
    async (config) => {
      rollback.check();
      const now = { ...input, ...(await presentOf(config)) };
      const next = planAgain(now, input, plan, registration);
      position = next.action === 'add' ? now.present.runners.length : next.at;
      const changes = changesOf(now, next, registration);
      return changes.length === 0 ? undefined : await textAfter(config, changes);
    },
    { signal: rollback.signal },
  );
  return { written: saved.written, before: saved.before, after: saved.after, position };
}

function planAgain(
  now: PlanInput,
  before: PlanInput,
  plan: Plan,
  registration: Registration | undefined,
): Plan {
  // A runner that GitLab has just made cannot stand in the file yet; a token that was verified may, by another process.
  if (plan.action === 'add' && now.credential.kind !== 'authentication') return plan;
  const next = planOfSame(now, before, plan) ?? planRegistration(now);
  if (next.action === 'add') {
    if (registration !== undefined) return next;
    const renewed = 'at' in plan ? renewedEntry(now, before, plan.at) : undefined;
    if (renewed !== undefined) return { action: 'update', at: renewed.at };
    throw new Trouble('The runner is no longer in the file: somebody removed it meanwhile.', {
      hint: 'Run the same command again to register it anew.',
    });
  }
  return plan.action === 'renew' ? { action: 'renew', at: next.at } : next;
}

// Of several runners with the name that was given, one was found to be of the right owner.
function planOfSame(now: PlanInput, before: PlanInput, plan: Plan): Plan | undefined {
  if (plan.action === 'add' || now.credential.kind === 'authentication') return undefined;
  const [same] = foundAgain(now.present.runners, [{ at: plan.at, runner: before.present.runners[plan.at]! }]);
  return same && planFor(now, same.at);
}

// gitlab-runner may have renewed the token meanwhile by which the runner was found.
const renewedEntry = ({ present }: PlanInput, before: PlanInput, at: number): RunnerEntry | undefined =>
  foundAgain(present.runners, [{ at, runner: before.present.runners[at]! }], true)[0];

/** Writes what belongs beside config.toml: the system id and an accepted certificate chain; taken back when the run fails. */
export async function saveBeside(
  context: RegisterContext,
  ready: RegisterPlan,
  systemId: SystemId,
  rollback: Rollback,
): Promise<void> {
  const folder = dirname(context.file.path);
  try {
    makeFolder(folder, rollback);
  } catch (error) {
    throw diskTrouble(folder, error as NodeJS.ErrnoException, 'write');
  }
  if (!systemId.isKept) {
    // gitlab-runner only warns, too, when it cannot keep its id.
    try {
      await putBeside(systemId.file, systemId.id, context.file.path, rollback);
    } catch (error) {
      context.say.warn(`${systemId.file} could not be written: ${(error as Error).message}`);
    }
  }
  if (ready.trusted !== undefined) await saveChain(context, ready, rollback);
}

async function saveChain(
  { file }: RegisterContext,
  { trusted }: RegisterPlan,
  rollback: Rollback,
): Promise<void> {
  const path = chainFile(file.path, trusted!);
  const folder = dirname(path);
  try {
    makeFolder(folder, rollback);
    const before = (readFound(path).text ?? '').replace(/[^\n]$/, '$&\n');
    if (!before.includes(trusted!.pem)) await putBeside(path, before + trusted!.pem, file.path, rollback);
  } catch (cause) {
    throw new Trouble(`The certificate cannot be saved as ${path}.`, {
      why: (cause as Error).message.replace(/^\w+: /, ''),
      hint: `ls -ld ${folder} ${path}`,
      cause,
    });
  }
}

async function putBeside(path: string, text: string, config: string, rollback: Rollback): Promise<void> {
  const before = readFound(path).text;
  rollback.undoBy({
    what: path,
    remains: `${path} is left.`,
    run: async () => (before === undefined ? rmSync(path, { force: true }) : putFile(path, before, config)),
  });
  await putFile(path, text, config);
}
