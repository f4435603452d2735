import { textAfter } from '../../app/config-file.ts';
import { showDiff, type Versions } from '../../app/diff.ts';
import { type Rollback, withRollback } from '../../app/rollback.ts';
import type { Registration } from '../../runner/block.ts';
import { changesOf, type Plan } from '../../runner/plan.ts';

import { changedKeys, type Outcome, tellSources } from './output.ts';
import { type KeptChange, type RegisterContext, type RegisterPlan, withTrust } from './plan.ts';
import type { Enroll } from './save.ts';

/**
 * Carries a plan out: asks GitLab, writes the file, and takes back what was done when a step fails; `--dry-run` only
 * shows it.
 */
export async function apply(context: RegisterContext, given: RegisterPlan): Promise<Outcome> {
  tellSources(context.say, given.known);
  if (context.dryRun) return preview(context, given);
  const ready = await confirmed(context, given);
  const { plan } = ready;
  if (plan.action === 'skip') return outcomeOf(context, ready, 'skipped', plan);
  if (plan.action === 'unchanged' && ready.kept === undefined)
    return outcomeOf(context, ready, 'unchanged', plan);
  return withRollback(context.world, context.say, (rollback) => carryOut(context, ready, rollback));
}

/**
 * A plan that holds at GitLab: its certificate is trusted, and a runner that was found by its name is one that GitLab
 * still knows.
 */
export async function confirmed(context: RegisterContext, ready: RegisterPlan): Promise<RegisterPlan> {
  const { plan, credential } = ready;
  const byName = credential.kind !== 'authentication' && plan.action !== 'add' && plan.action !== 'renew';
  if (!byName) return plan.action === 'add' ? withTrust(context, ready) : ready;
  const [{ atGitlab, withLivingRunner }, { withKeptSettings }] = await Promise.all([
    import('./enroll.ts'),
    import('./kept-at-gitlab.ts'),
  ]);
  const trusted = await withTrust(context, ready);
  const own = await withKeptSettings(context, trusted, (call) => atGitlab(context, trusted, undefined, call));
  return withLivingRunner(context, own);
}

// What talks to GitLab and what writes files is loaded when it is needed: a run that changes nothing needs neither.
async function carryOut(context: RegisterContext, ready: RegisterPlan, rollback: Rollback): Promise<Outcome> {
  const { plan } = ready;
  const { saveConfig } = await import('./save.ts');
  const isNew = plan.action === 'add' || plan.action === 'renew';
  // A runner that GitLab makes would be lost with its token: it is asked for where its answer is saved at once.
  const isMade = isNew && ready.credential.kind !== 'authentication';
  const enroll = isNew ? await enrollment(context, ready, rollback) : undefined;
  const given = isMade ? undefined : await enroll?.(undefined);
  if (ready.kept !== undefined) await changeKept(context, ready, ready.kept, rollback);
  const saved = await saveConfig(context, ready, rollback, isMade ? enroll : given);
  const { registration } = saved;
  if (context.say.mode.verbose)
    await showDiff(
      context.say,
      { file: context.file.path, before: saved.before, after: saved.after ?? '', isPlanned: false },
      'talk',
    );
  const done = registration === undefined ? 'updated' : 'registered';
  const where = { position: saved.position };
  const outcome = outcomeOf(context, ready, saved.written ? done : 'unchanged', where, registration);
  const changes = saved.written && done === 'updated' && { changes: saved.changes };
  if (ready.kept === undefined) return { ...outcome, ...changes };
  const kept = ready.kept.body;
  return { ...outcome, action: 'updated', changed: true, written: saved.written, ...changes, kept };
}

async function enrollment(
  context: RegisterContext,
  ready: RegisterPlan,
  rollback: Rollback,
): Promise<Enroll> {
  const { registerAtGitlab } = await import('./enroll.ts');
  const { systemIdFor } = await import('../../host/system-id.ts');
  const { saveChain } = await import('./save.ts');
  const { saveSystemId } = await import('../../app/save.ts');
  const systemId = context.conversation?.systemId ?? systemIdFor(context.file.path, context.world.platform);
  return async (reserve) => {
    await saveChain(context, ready, rollback);
    const registration = await registerAtGitlab(context, ready, rollback, systemId.id, reserve);
    rollback.check();
    await saveSystemId({ path: context.file.path, say: context.say }, systemId, rollback);
    return registration;
  };
}

// Comes back when the file cannot be written.
async function changeKept(
  context: RegisterContext,
  ready: RegisterPlan,
  { id, body, before }: KeptChange,
  rollback: Rollback,
): Promise<void> {
  const { atGitlab } = await import('./enroll.ts');
  const put = (what: object) =>
    atGitlab(context, ready, undefined, (gitlab) => gitlab.updateRunner(ready.credential.token, id, what));
  rollback.undoBy({
    what: `the settings of runner ${id} in GitLab`,
    remains: `The settings of runner ${id} in GitLab are still changed: ${Object.keys(body).join(', ')}.`,
    run: async () => {
      await put(asSent(before));
    },
  });
  await put(body);
}

// GitLab tells tags as a list, and takes them as one text.
const asSent = (kept: KeptChange['before']): object =>
  Object.fromEntries(
    Object.entries(kept).map(([key, value]) => [key, Array.isArray(value) ? value.join(',') : (value ?? '')]),
  );

async function preview(context: RegisterContext, ready: RegisterPlan): Promise<Outcome> {
  const { plan } = ready;
  if (plan.action === 'skip') return outcomeOf(context, ready, 'skipped', plan);
  if (plan.action === 'unchanged') return outcomeOf(context, ready, 'unchanged', plan);
  if (!context.say.mode.json) await showDiff(context.say, await previewText(context, ready), 'result');
  const outcome = outcomeOf(context, ready, 'planned', plan);
  if (plan.action !== 'update') return outcome;
  return { ...outcome, changes: changedKeys(ready.input, changesOf(ready.input, plan, undefined)) };
}

/** The text of config.toml before and after a plan, as far as it is known without GitLab's answer. */
export async function previewText(
  { file }: RegisterContext,
  { plan, input }: RegisterPlan,
): Promise<Versions> {
  const changes = changesOf(input, plan, undefined);
  return {
    file: file.path,
    before: file.config?.text,
    after: await textAfter(file.config, changes),
    isPlanned: true,
  };
}

function outcomeOf(
  { file }: RegisterContext,
  { known, input }: RegisterPlan,
  action: Outcome['action'],
  where: Plan | { position: number },
  registration?: Registration,
): Outcome {
  const at = 'position' in where ? where.position : 'at' in where ? where.at : input.present.runners.length;
  const present = input.present.runners[at] ?? {};
  const { settings } = known;
  const id = registration?.id ?? present.id;
  return {
    action,
    changed: action === 'registered' || action === 'updated' || (action === 'planned' && !isIdle(where)),
    file: file.path,
    runner: {
      position: at + 1,
      ...(typeof id === 'number' && { id }),
      name: String(
        (known.sources.get('description') !== 'default' && settings.description) ||
          present.name ||
          settings.description ||
          '',
      ),
      url: settings.url ?? '',
      executor: settings.executor ?? String(present.executor ?? ''),
    },
  };
}

const isIdle = (where: Plan | { position: number }): boolean =>
  'action' in where && where.action === 'unchanged';
