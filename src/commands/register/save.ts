import { dirname } from 'node:path';
import { presentOf, textAfter } from '../../app/config-file.ts';
import type { Changed } from '../../app/edit-plan.ts';
import type { Rollback } from '../../app/rollback.ts';
import { makeConfigFolder, makeFolder, putBeside, replaceConfig } from '../../app/save.ts';
import type { Asked, UnsavedFile, Wanted } from '../../app/unsaved-file.ts';
import { textIn } from '../../config/model.ts';
import { readFound } from '../../config/read-file.ts';
import { Trouble } from '../../errors.ts';
import { identityOf, type Registration } from '../../runner/block.ts';
import {
  changesOf,
  type Plan,
  type PlanInput,
  planFor,
  plannedRunner,
  planRegistration,
} from '../../runner/plan.ts';
import { foundAgain, type RunnerEntry } from '../../runner/select.ts';
import type { Settings } from '../../settings/table.ts';
import { showRights } from '../../text/shell-quote.ts';
import type { Reserve } from './enroll.ts';
import { changedKeys } from './output.ts';
import { chainFile, type RegisterContext, type RegisterPlan } from './plan.ts';

/** How config.toml was saved, and where the runner stands in it (from 0). */
interface Saved {
  readonly written: boolean;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly position: number;
  /** What GitLab told of the runner, when it was asked. */
  readonly registration: Registration | undefined;
  /** What was changed of the runner that was there, and of the top of the file. */
  readonly changes: readonly Changed[];
}

/** Asks GitLab for the runner; what it makes is saved in the place that `reserve` makes, as soon as it is known. */
export type Enroll = (reserve: Reserve | undefined) => Promise<Registration>;

/**
 * Writes the runner into config.toml. The plan is made anew on the text that is found under the lock, so that what
 * others wrote meanwhile is neither lost nor registered twice. With `Enroll`, GitLab is asked only then, when all else is
 * ready: no kill after its answer loses the runner.
 */
export async function saveConfig(
  { world, say, file, settings }: RegisterContext,
  { plan, input, agreed }: RegisterPlan,
  rollback: Rollback,
  from: Registration | Enroll | undefined,
): Promise<Saved> {
  let position = 0;
  let made: readonly Changed[] = [];
  let answer: Enrolled | undefined;
  if (typeof from === 'function') makeConfigFolder(file.path, rollback);
  else answer = { registration: from, file: undefined };
  const saved = await replaceConfig(
    { world, say, path: file.path, seen: file.config, agreed: plan.action === 'update' ? agreed : undefined },
    async (config) => {
      rollback.check();
      const now = { ...input, ...(await presentOf(config)) };
      const next = planAgain(now, input, plan, from !== undefined);
      position = next.action === 'add' ? now.present.runners.length : next.at;
      const after = (registration: Registration | undefined) => {
        const changes = changesOf(now, next, registration);
        made = changedKeys(now, changes);
        return changes.length === 0 ? undefined : textAfter(config, changes);
      };
      if (answer === undefined && typeof from === 'function') {
        // All that the answer needs is loaded, and what cannot be written is known before GitLab is asked.
        await after(undefined);
        answer = await enrollSafely(from, { path: file.path, settings, now, next }, rollback);
      }
      return after(answer?.registration);
    },
    { signal: rollback.signal },
  );
  answer?.file?.remove();
  return { ...saved, position, registration: answer?.registration, changes: made };
}

interface Enrolled {
  readonly registration: Registration | undefined;
  /** What holds it until it is in config.toml. */
  readonly file: UnsavedFile | undefined;
}

async function enrollSafely(
  enroll: Enroll,
  { path, settings, now, next }: { path: string; settings: Settings; now: PlanInput; next: Plan },
  rollback: Rollback,
): Promise<Enrolled> {
  const { leftOpen, openUnsaved } = await import('../../app/unsaved-file.ts');
  let file: UnsavedFile | undefined;
  let call: Asked['call'] | undefined;
  let isKept = false;
  const registration = await enroll((asked) => {
    const opened = openUnsaved(path, { ...wantedBy(now, next), asked });
    file = opened;
    call = asked.call;
    rollback.undoBy({
      what: opened.path,
      remains: `${opened.path} still exists.`,
      isSilent: true,
      run: async () => (isKept ? opened.close() : opened.remove()),
    });
    const save = (made: Registration) => {
      const isSaved = opened.fill(identityOf(made));
      call = undefined;
      isKept = isSaved && settings.leaveRunner === true;
      return isSaved ? { file: opened.path, forget: () => void opened.fill({}) } : undefined;
    };
    return { hear: opened.hear, save };
  }).catch((error: unknown) => {
    const open = call && leftOpen(error, hintAfter[call]);
    if (open !== undefined) isKept = true;
    throw open ?? error;
  });
  return { registration, file };
}

const hintAfter: Readonly<Record<Asked['call'], (where: string) => string>> = {
  create: () =>
    'Run the same command again. If GitLab created the runner, an access token with the scope api deletes it first.',
  register: (where) =>
    `To delete the runner if GitLab created it: runner-setup doctor --fix --access-token-file FILE\nWithout an access token: ${where.charAt(0).toLowerCase()}${where.slice(1)}`,
  reset: (where) => where,
};

function wantedBy(now: PlanInput, next: Plan): Omit<Wanted, 'asked'> {
  if (next.action === 'add') return { runner: plannedRunner(now, next) };
  const runner = now.present.runners[next.at]!;
  const { name, url } = runner;
  return { runner: { ...(name && { name }), ...(url && { url }) }, replaced: textIn(runner, 'token') };
}

function planAgain(now: PlanInput, before: PlanInput, plan: Plan, isEnrolled: boolean): Plan {
  // A runner that GitLab has just made cannot stand in the file yet; a token that was verified may, by another process.
  if (plan.action === 'add' && now.credential.kind !== 'authentication') return plan;
  const next = planOfSame(now, before, plan) ?? planRegistration(now);
  if (next.action === 'add') {
    if (isEnrolled) return next;
    const renewed = 'at' in plan ? renewedEntry(now, before, plan.at) : undefined;
    if (renewed !== undefined) return { action: 'update', at: renewed.at };
    throw new Trouble('The runner is no longer in config.toml. It was removed in the meantime.', {
      hint: 'Run the same command to register it again.',
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

/**
 * Writes the certificate chain that was accepted, if one was, beside config.toml; taken back when the run fails. It is done
 * before GitLab is asked for a runner, which without it could not be reached after a kill.
 */
export async function saveChain(
  { file, settings }: RegisterContext,
  { trusted }: RegisterPlan,
  whole: Rollback,
): Promise<void> {
  if (trusted === undefined) return;
  makeConfigFolder(file.path, whole);
  // A runner that is left needs it.
  const leave: Rollback['undoBy'] = ({ what, remains }) => whole.undoBy({ what, remains });
  const rollback = settings.leaveRunner ? { ...whole, undoBy: leave } : whole;
  const path = chainFile(file.path, trusted);
  const folder = dirname(path);
  try {
    makeFolder(folder, rollback);
    const before = (readFound(path).text ?? '').replace(/[^\n]$/, '$&\n');
    if (!before.includes(trusted.pem)) await putBeside(path, before + trusted.pem, file.path, rollback);
  } catch (cause) {
    throw new Trouble(`Cannot save the certificate as ${path}.`, {
      why: (cause as Error).message.replace(/^\w+: /, ''),
      hint: showRights(folder, path),
      cause,
    });
  }
}
