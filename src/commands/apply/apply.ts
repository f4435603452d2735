import { existsSync } from 'node:fs';
import { textAfterAll } from '../../app/config-file.ts';
import { askGitlab, infoOf } from '../../app/connection.ts';
import { makeSafely, registrationOf } from '../../app/make-runner.ts';
import { isInOtherFile } from '../../app/other-files.ts';
import { type Rollback, withRollback } from '../../app/rollback.ts';
import { replaceConfig, saveSystemId } from '../../app/save.ts';
import type { Asked, UnsavedFile } from '../../app/unsaved-file.ts';
import { type Change, type Table, textIn } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import { exitCode, Trouble } from '../../errors.ts';
import { readRegular } from '../../files/plain.ts';
import { keptOf } from '../../fleet-file/changes.ts';
import type { Gitlab } from '../../gitlab/calls.ts';
import { Refusal, unlessGone } from '../../gitlab/refusals.ts';
import type { Registered } from '../../gitlab/replies.ts';
import type { Listener } from '../../gitlab/request.ts';
import { platformOf } from '../../host/platform/index.ts';
import { systemIdFor } from '../../host/system-id.ts';
import { identityOf, type Registration } from '../../runner/block.ts';
import { foundAgain, tokenOf } from '../../runner/select.ts';
import type { Settings } from '../../settings/table.ts';
import { type ApplyContext, throwAll } from './context.ts';
import { connectionTo } from './gitlabs.ts';
import { accessTo, faultOf, sameFor } from './look.ts';
import {
  type ApplyPlan,
  type ChangeThere,
  changesAt,
  changesThere,
  creationBody,
  type Equal,
  entryChanges,
  globalChanges,
  newEntry,
  type Step,
} from './plan.ts';
import { StateKeeper } from './state.ts';

/** How it went with one runner. */
export interface StepResult {
  readonly step: Step;
  readonly outcome: 'done' | 'failed' | 'skipped';
  /** Its ID in GitLab, as far as it is known. */
  readonly id?: number | undefined;
  /** What was changed in GitLab, where that was not known before. */
  readonly inGitlab?: ChangeThere;
  readonly trouble?: Trouble;
}

/** What is known when a step is done. */
type Done = Pick<StepResult, 'id' | 'inGitlab'>;

/** Work on one runner: all that it changes is taken back when it throws. */
interface Work {
  readonly context: ApplyContext;
  readonly equal: Equal;
  readonly rollback: Rollback;
  /** What GitLab told of the tokens made elsewhere, by key. */
  readonly verified: ReadonlyMap<string, Registration>;
  readonly progress: Progress;
}

/** What this run has done to config.toml so far. */
interface Progress {
  /** The tokens that it has put into it. */
  readonly saved: Set<string>;
  /** Whether it has written it: the version before that is the one to go back to. */
  isWritten: boolean;
}

/**
 * Carries a plan out, runner by runner: one that fails leaves nothing behind, and the others go on unless `--fail-fast`.
 * Says of each how it went as soon as that is known (`tell`); throws a `Trouble` for tokens that GitLab refuses, and when the
 * global settings cannot be written.
 */
export async function carryOut(
  context: ApplyContext,
  plan: ApplyPlan,
  equal: Equal,
  tell: (result: StepResult) => void,
): Promise<StepResult[]> {
  const { world, say, verbFlags } = context;
  const keeper = new StateKeeper(context);
  const verified = await withRollback(world, say, (rollback) => verifyAll(context, rollback, plan.steps));
  const progress: Progress = { saved: new Set(), isWritten: false };
  const run = async <T>(work: (given: Work) => Promise<T>): Promise<T> =>
    withRollback(world, say, (rollback) => work({ context, equal, rollback, verified, progress }));
  if (plan.global.length > 0) await run(writeGlobals);
  await keeper.foresee(plan.steps);
  const results: StepResult[] = [];
  for (const step of plan.steps) {
    const isOver = results.some((one) => endsRun(one, verbFlags.failFast !== undefined));
    const result = isOver ? ({ step, outcome: 'skipped' } as const) : await tryStep(step, run);
    results.push(result);
    if (result.outcome === 'done') await keeper.took(step, result.id);
    tell(result);
  }
  await keeper.save();
  return results;
}

const endsRun = ({ outcome, trouble }: StepResult, isFailFast: boolean): boolean =>
  outcome === 'failed' && (isFailFast || trouble?.code === exitCode.cancelled);

async function tryStep(
  step: Step,
  run: (work: (given: Work) => Promise<Done>) => Promise<Done>,
): Promise<StepResult> {
  if (step.action === 'leave' || step.action === 'forget') return { step, outcome: 'done', id: step.id };
  try {
    return { step, outcome: 'done', ...(await run((work) => act(work, step))) };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { step, outcome: 'failed', trouble: error };
  }
}

/** Does what a step says. */
async function act(work: Work, step: Step): Promise<Done> {
  switch (step.action) {
    case 'create':
    case 'replace':
      return { id: await create(work, wantedStep(step)) };
    case 'recover':
      return { id: await recover(work, wantedStep(step)) };
    case 'add':
    case 'retoken':
      return takeToken(work, wantedStep(step));
    case 'remove':
      return { id: await remove(work, step) };
    default:
      return { id: await change(work, wantedStep(step)) };
  }
}

type WantedStep = Step & Required<Pick<Step, 'wanted'>>;

// Only those that leave are not wanted.
const wantedStep = (step: Step): WantedStep => step as WantedStep;

const writeGlobals = async (work: Work): Promise<void> =>
  write(work, async (config) => changesAt('global', globalChanges(work.context, config, work.equal)));

/** Writes config.toml with the changes that are made of what it holds under the lock. */
async function write(
  { context: { world, say, path, config: seen }, rollback, progress }: Work,
  changesOf: (config: Config | undefined) => Promise<readonly Change[]>,
): Promise<void> {
  const { written } = await replaceConfig(
    { world, say, path, seen },
    async (config) => {
      rollback.check();
      const changes = await changesOf(config);
      return changes.length === 0 ? undefined : textAfterAll(config, path, changes);
    },
    // One undo brings back the file as it was before the whole run.
    { signal: rollback.signal, goesOn: progress.isWritten },
  );
  progress.isWritten ||= written;
}

async function create(work: Work, step: WantedStep): Promise<number> {
  const body = creationBody(work.context, step);
  const asked: Asked = { call: 'create', body: body as Table };
  return enroll(work, step, asked, (gitlab, hears) =>
    gitlab.createRunner(step.wanted.gitlab.access_token!, body, hears),
  );
}

async function recover(work: Work, step: WantedStep): Promise<number> {
  await changeAtGitlab(work, step);
  return enroll(work, step, { call: 'reset', body: {} }, (gitlab, hears) =>
    gitlab.resetTokenById(step.wanted.gitlab.access_token!, step.id!, hears),
  );
}

// GitLab is asked under the lock, when all else is ready: no kill after its answer loses the runner.
async function enroll(
  work: Work,
  step: WantedStep,
  asked: Asked,
  ask: (gitlab: Gitlab, hears: Listener) => Promise<Registered>,
): Promise<number> {
  const { context, rollback } = work;
  const { path } = context;
  const connection = connectionTo(context, step.url, rollback.signal);
  let made: { registration: Registration; file: UnsavedFile } | undefined;
  await write(work, async (config) => {
    if (step.at === undefined) refuseTwin(work, step, config);
    const changes = (registration: Registration | undefined) => placing(work, step, config, registration);
    // What cannot be written is known before GitLab is asked.
    await textAfterAll(config, path, changes(undefined));
    const runner = step.action === 'replace' ? entryOf(work, step, config).runner : undefined;
    const entry = runner === undefined ? heldEntry(work, step) : namesOf(runner);
    const replaced = runner && { replaced: textIn(runner, 'token') };
    made ??= await makeSafely(context, { path, asked, entry, ...replaced }, connection, rollback, (hears) =>
      askGitlab(context, `Asking GitLab for ${step.key}`, connection, (gitlab) => ask(gitlab, hears)),
    );
    return changes(made.registration);
  });
  work.progress.saved.add(made!.registration.token);
  made!.file.remove();
  return made!.registration.id;
}

// Another run of apply may have been faster.
function refuseTwin(
  { context, progress: { saved } }: Work,
  { key, name, url }: Step,
  config: Config | undefined,
): void {
  const before = new Set(context.config?.runners.map((runner) => textIn(runner, 'token')));
  const isTwin = (runner: Table) =>
    textIn(runner, 'name') === name &&
    sameFor(context)(textIn(runner, 'url'), url) &&
    !before.has(textIn(runner, 'token')) &&
    !saved.has(textIn(runner, 'token'));
  if (config?.runners.some(isTwin))
    throw new Trouble(`Another program added ${key} to ${context.path} in the meantime.`, {
      hint: 'Run the same command again.',
    });
}

const namesOf = (runner: Table): Table => ({ name: textIn(runner, 'name'), url: textIn(runner, 'url') });

const entryFor = ({ context }: Work, step: WantedStep, identity: Registration | undefined): Table =>
  newEntry(step, identity, platformOf(context.world).isWindows);

// GitLab's answer to a reset has no ID.
function heldEntry(work: Work, step: WantedStep): Table {
  const entry = entryFor(work, step, undefined);
  return step.action === 'recover' ? { ...entry, id: step.id! } : entry;
}

/** The changes by which a runner comes into config.toml, as a new entry or in place of the one that is there. */
function placing(
  work: Work,
  step: WantedStep,
  config: Config | undefined,
  registration: Registration | undefined,
): Change[] {
  if (step.at === undefined) return [{ do: 'append', block: entryFor(work, step, registration) }];
  const { at, runner } = entryOf(work, step, config);
  const identity = registration === undefined ? [] : Object.entries(identityOf(registration));
  const own = identity.map(([key, value]): Change => ({ do: 'set', at, path: [key], value }));
  return [...own, ...changesAt(at, entryChanges(work.context, step.wanted, runner, work.equal))];
}

/** Where the entry of a step is by now; throws when it is gone. */
function entryOf({ context }: Work, { key, at }: Step, config: Config | undefined) {
  const before = { at: at!, runner: context.config!.runners[at!]! };
  const [found] = foundAgain(config?.runners ?? [], [before], true);
  if (found !== undefined) return found;
  throw new Trouble(`Another program removed ${key} from ${context.path} in the meantime.`, {
    hint: 'Run the same command again to see what it would change now.',
  });
}

async function takeToken(work: Work, step: WantedStep): Promise<Done> {
  const registration = work.verified.get(step.key)!;
  undoManager(work.context, step, registration.id, work.rollback);
  const inGitlab = await differingThere(work, step, registration.id);
  await changeAtGitlab(work, { ...step, id: registration.id, ...inGitlab });
  await write(work, async (config) => {
    if (step.at === undefined) refuseTwin(work, step, config);
    return placing(work, step, config, registration);
  });
  work.progress.saved.add(registration.token);
  return { id: registration.id, inGitlab };
}

// Only its token told which runner it is, so what GitLab has of it was not known when the plan was made.
async function differingThere(
  { context, rollback }: Work,
  { key, url, wanted }: WantedStep,
  id: number,
): Promise<ChangeThere> {
  const token = wanted.gitlab.access_token;
  const isAny = Object.keys(keptOf(wanted.gitlab)).length > 0;
  if (token === undefined || id === 0 || !isAny) return { there: {}, before: {} };
  const connection = connectionTo(context, url, rollback.signal);
  const details = await askGitlab(context, `Reading ${key} from GitLab`, connection, (gitlab) =>
    gitlab.runner(token, id),
  );
  return changesThere(context, wanted, 'added', undefined, details);
}

/** Checks all tokens made elsewhere before anything is done; throws one `Trouble` for those that GitLab refuses. */
async function verifyAll(
  context: ApplyContext,
  rollback: Rollback,
  steps: readonly Step[],
): Promise<Map<string, Registration>> {
  const verified = new Map<string, Registration>();
  const faults: Trouble[] = [];
  for (const step of steps) {
    if (step.action !== 'add' && step.action !== 'retoken') continue;
    try {
      verified.set(step.key, await verify(context, rollback, wantedStep(step)));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      faults.push(faultOf(step.key, error));
    }
  }
  throwAll(faults);
  return verified;
}

async function verify(context: ApplyContext, rollback: Rollback, step: WantedStep): Promise<Registration> {
  const { world, path } = context;
  const { key, url, wanted } = step;
  const systemId = systemIdFor(path, world.platform);
  await saveSystemId({ path, say: context.say }, systemId, rollback);
  const connection = connectionTo(context, url, rollback.signal);
  const info = infoOf(world, { executor: wanted.executor } as Settings, true);
  const body = { token: wanted.gitlab.token!, system_id: systemId.id, info };
  const reply = await askGitlab(context, `Checking the token of ${key}`, connection, (gitlab) =>
    gitlab.verify(body),
  );
  undoManager(context, step, reply.id, rollback);
  rollback.check();
  return registrationOf(reply, world.now());
}

// A token that was checked made this machine a manager of its runner.
function undoManager(
  context: ApplyContext,
  { url, wanted }: WantedStep,
  id: number | undefined,
  rollback: Rollback,
): void {
  const token = wanted.gitlab.token!;
  const systemId = systemIdFor(context.path, context.world.platform).id;
  const runner = `this machine (${systemId}) with runner ${id || '(unknown)'}`;
  rollback.undoBy({
    what: `the registration of ${runner}`,
    remains: `The registration of ${runner} at ${url} still exists.`,
    run: async (signal) => {
      if (isInFile(context, token) || isInOtherFile(token, context.path, context.world)) return 'kept';
      await askGitlab(context, 'Rolling back', connectionTo(context, url, signal), (gitlab) =>
        gitlab.removeManager(token, systemId).catch(unlessGone),
      );
      return undefined;
    },
  });
}

// By an earlier run, or by another one meanwhile.
const isInFile = ({ config, path, world }: ApplyContext, token: string): boolean =>
  (config?.runners ?? []).some((runner) => tokenOf(runner, world.env) === token) ||
  (existsSync(path) && readRegular(path).includes(token));

async function change(work: Work, step: WantedStep): Promise<number | undefined> {
  await changeAtGitlab(work, step);
  if (step.here.length > 0) await write(work, async (config) => placing(work, step, config, undefined));
  return step.id;
}

// Comes back when the file cannot be written.
async function changeAtGitlab({ context, rollback }: Work, step: WantedStep): Promise<void> {
  const { id, there, before } = step;
  if (Object.keys(there).length === 0) return;
  const token = step.wanted.gitlab.access_token!;
  const put = (body: object, signal: AbortSignal) =>
    askGitlab(context, `Changing ${step.key} in GitLab`, connectionTo(context, step.url, signal), (gitlab) =>
      gitlab.updateRunner(token, id!, body),
    );
  rollback.undoBy({
    what: `the settings of runner ${id} in GitLab`,
    remains: `The settings of runner ${id} in GitLab are still changed: ${Object.keys(there).join(', ')}.`,
    run: async (signal) => void (await put(asSent(before), signal)),
  });
  await put(there, rollback.signal);
}

// GitLab tells tags as a list, and takes them as one text.
const asSent = (kept: Step['before']): object =>
  Object.fromEntries(
    Object.entries(kept).map(([key, value]) => [key, Array.isArray(value) ? value.join(',') : (value ?? '')]),
  );

async function remove(work: Work, step: Step): Promise<number | undefined> {
  const { context, rollback } = work;
  const access = accessTo(context, step.url);
  if (step.deletes && access !== undefined)
    await askGitlab(
      context,
      `Deleting ${step.key} in GitLab`,
      connectionTo(context, access.url, rollback.signal),
      (gitlab) => gitlab.deleteRunnerById(access.token, step.id!).catch(unlessGone),
    );
  await write(work, async (config) => [{ do: 'remove-runner', at: entryOf(work, step, config).at }]);
  return step.id;
}
