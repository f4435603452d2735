import { textAfter } from '../../app/config-file.ts';
import { showDiff, type Versions } from '../../app/diff.ts';
import { type Rollback, withRollback } from '../../app/rollback.ts';
import type { Registration } from '../../runner/block.ts';
import { changesOf, type Plan } from '../../runner/plan.ts';
import { type Outcome, tellSources } from './output.ts';
import { type RegisterContext, type RegisterPlan, withTrust } from './plan.ts';

/** Carries a plan out: asks GitLab, writes the file, and takes back what was done when a step fails; `--dry-run` only shows it. */
export async function apply(start: RegisterContext, given: RegisterPlan): Promise<Outcome> {
  tellSources(start.say, given.known);
  if (start.dryRun) return preview(start, given);
  const ready = await confirmed(start, given);
  const { plan } = ready;
  if (plan.action === 'skip') return outcomeOf(start, ready, 'skipped', plan);
  if (plan.action === 'unchanged') return outcomeOf(start, ready, 'unchanged', plan);
  return withRollback(start.world, start.say, (guard) => carryOut(start, ready, guard));
}

/** The same, but a runner that was found by its name has to be one that GitLab still knows. */
export async function confirmed(start: RegisterContext, ready: RegisterPlan): Promise<RegisterPlan> {
  const { plan, credential } = ready;
  const byName = credential.kind !== 'authentication' && plan.action !== 'add' && plan.action !== 'renew';
  if (!byName) return plan.action === 'add' ? withTrust(start, ready) : ready;
  const { withLivingRunner } = await import('./enroll.ts');
  return withLivingRunner(start, await withTrust(start, ready));
}

// What talks to GitLab and what writes files is loaded when it is needed: a run that changes nothing needs neither.
async function carryOut(start: RegisterContext, ready: RegisterPlan, guard: Rollback): Promise<Outcome> {
  const { plan, circumstances } = ready;
  const { saveBeside, saveConfig } = await import('./save.ts');
  let registration: Registration | undefined;
  if (plan.action === 'add' || plan.action === 'renew') {
    const { registerAtGitlab } = await import('./enroll.ts');
    const { systemIdFor } = await import('../../host/system-id.ts');
    const systemId = systemIdFor(start.file.path, start.world.platform);
    registration = await registerAtGitlab(start, ready, guard, systemId.id);
    guard.check();
    saveBeside(start, ready, systemId, guard);
  }
  const saved = await saveConfig(start, guard, circumstances, plan, registration);
  if (start.say.mode.verbose)
    await showDiff(
      start.say,
      { file: start.file.path, before: saved.before, after: saved.after ?? '', isPlanned: false },
      'talk',
    );
  const done = registration === undefined ? 'updated' : 'registered';
  const where = { position: saved.position };
  return outcomeOf(start, ready, saved.written ? done : 'unchanged', where, registration);
}

async function preview(start: RegisterContext, ready: RegisterPlan): Promise<Outcome> {
  const { plan } = ready;
  if (plan.action === 'skip') return outcomeOf(start, ready, 'skipped', plan);
  if (plan.action === 'unchanged') return outcomeOf(start, ready, 'unchanged', plan);
  if (!start.say.mode.json) await showDiff(start.say, await previewText(start, ready), 'result');
  return outcomeOf(start, ready, 'planned', plan);
}

/** The text of config.toml before and after a plan, as far as it is known without GitLab's answer. */
export async function previewText(
  { file }: RegisterContext,
  { plan, circumstances }: RegisterPlan,
): Promise<Versions> {
  const changes = changesOf(circumstances, plan, undefined);
  return {
    file: file.path,
    before: file.config?.text,
    after: await textAfter(file.config, changes),
    isPlanned: true,
  };
}

function outcomeOf(
  { file }: RegisterContext,
  { known, circumstances }: RegisterPlan,
  action: Outcome['action'],
  where: Plan | { position: number },
  registration?: Registration,
): Outcome {
  const at =
    'position' in where ? where.position : 'at' in where ? where.at : circumstances.present.runners.length;
  const present = circumstances.present.runners[at] ?? {};
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
