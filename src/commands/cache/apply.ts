import { showDiff } from '../../app/diff.ts';
import { namesAfter, namesOfChanges, plainChanges, tellEffect } from '../../app/edit-output.ts';
import type { EditPlan } from '../../app/edit-plan.ts';
import { type PlannedEdit, saveEdit } from '../../app/edit-save.ts';
import { dryRunCode, isSwitchedOn } from '../../app/invocation.ts';
import { withRollback } from '../../app/rollback.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { RunnerEntry } from '../../runner/select.ts';
import type { Channel } from '../../terminal/say.ts';
import type { SetupContext } from './context.ts';
import { codeOf, hideSecrets, plainTested, type Tested, tellTested } from './tested.ts';
import type { CacheWizard } from './wizard.ts';

/** What a setup changes in config.toml, and how that is planned for a file that somebody else has changed. */
export type SetupPlan = Pick<PlannedEdit, 'plan' | 'again'>;

/** A setup that is ready to be shown. */
interface Setup {
  readonly targets: readonly RunnerEntry[];
  plan(): Promise<SetupPlan>;
  /** The person who decides; absent in a script. */
  readonly wizard?: CacheWizard;
  /** Asks everything again. */
  again?(): Promise<void>;
}

/** Shows what a setup changes, tests it where that is wanted, asks for the yes, writes, and says how it ended. */
export async function applySetup(context: SetupContext, setup: Setup): Promise<ExitCode> {
  const { say, dryRun, yes, path } = context;
  const planned = await setup.plan();
  const { plan } = planned;
  hideSecrets(context, plan.after.text);
  for (const warning of plan.warnings) say.warn(warning);
  if (plan.changes.length === 0) return tell(context, { action: 'unchanged', plan });
  const isAsked = setup.wizard !== undefined && !yes;
  if (!say.mode.json && (dryRun || isAsked)) await show(context, plan, dryRun ? 'result' : 'propose');
  const tested = isSwitchedOn(context.verbFlags, 'test') ? await testPlan(context, setup, plan) : undefined;
  if (tested !== undefined) refuseFailed(tested, path);
  if (dryRun) return tell(context, { action: 'planned', plan, ...(tested && { tested }) });
  if (isAsked && !(await decide(context, setup, plan, tested))) return applySetup(context, setup);
  const request = { ...planned, isAgreed: isAsked };
  const saved = await withRollback(context.world, say, (rollback) => saveEdit(context, request, rollback));
  return tell(context, { action: 'edited', plan: saved, ...(tested && { tested }) });
}

const show = ({ say }: SetupContext, { before, after }: EditPlan, to: Channel): Promise<void> =>
  showDiff(say, { file: before.file, before: before.text, after: after.text, isPlanned: false }, to);

async function testPlan(context: SetupContext, { targets }: Setup, { after }: EditPlan): Promise<Tested> {
  const { at } = targets[0]!;
  // Most setups of scripts send no request.
  const { testCache } = await import('./trials.ts');
  const tested = await testCache(context, { at, runner: after.runners[at]! });
  if (!context.say.mode.json && tested.fault === undefined) tellTested(context, tested);
  return tested;
}

function refuseFailed(tested: Tested, path: string): void {
  if (tested.fault === undefined) return;
  const { message, why, next } = tested.fault;
  throw new Trouble(`${message} ${path} is unchanged.`, {
    ...(why && { why }),
    hint: next,
    code: codeOf([tested]),
  });
}

/** Offers the test and asks for the yes; false when the person wants to answer again. */
async function decide(
  context: SetupContext,
  setup: Setup,
  plan: EditPlan,
  tested: Tested | undefined,
): Promise<boolean> {
  const { person } = setup.wizard!;
  const isTested =
    tested === undefined && (await person.agree('Test these settings first?', true))
      ? await testPlan(context, setup, plan)
      : undefined;
  if (isTested?.fault === undefined) {
    if (await person.agree('Apply these changes?', true)) return true;
    throw await discarded();
  }
  tellTested(context, isTested);
  const choices = [
    { value: 'again', name: 'Change the answers' },
    { value: 'save', name: 'Apply the changes anyway' },
    { value: 'discard', name: 'Discard the changes' },
  ] as const;
  const choice = await person.choose('Next step, as the cache does not work', choices, 'again');
  if (choice === 'discard') throw await discarded();
  if (choice === 'again') await setup.again!();
  return choice === 'save';
}

const discarded = async (): Promise<Trouble> => (await import('../../terminal/ask.ts')).cancelled();

interface Ended {
  readonly action: 'edited' | 'unchanged' | 'planned';
  readonly plan: EditPlan;
  readonly tested?: Tested;
}

function tell(context: SetupContext, { action, plan, tested }: Ended): ExitCode {
  const { say, path } = context;
  const changed = plan.changes.length > 0;
  if (say.mode.json) {
    const changes = plainChanges(plan.changes, namesAfter(plan), say.mode.environment);
    const caches = tested && { caches: plainTested([tested]) };
    say.object({ action, changed, file: path, changes, ...caches });
  } else if (action === 'unchanged') say.done(`Nothing to change: ${path} is unchanged.`);
  else if (action === 'planned') say.done('Nothing was changed. This is what would change.');
  else {
    say.done(`Changed ${namesOfChanges(plan)} in ${path}.`);
    if (context.world.stderr.isTTY) tellEffect(say, plan, context.file, context.world);
  }
  return action === 'planned' ? dryRunCode(context, changed) : exitCode.done;
}
