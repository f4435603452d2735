import { Trouble } from '../errors.ts';
import { openLine } from '../gitlab/gitlab.ts';
import { quietWasmTierUp } from '../gitlab/line.ts';
import { systemIdFor } from '../host/system-id.ts';
import type { Registration } from '../runner/block.ts';
import { additionFor, changesFor, type Plan } from '../runner/plan.ts';
import { spin } from '../terminal/spin.ts';
import { diagnosed } from './address.ts';
import { claim } from './claim.ts';
import { textAfter } from './file.ts';
import { type Guard, guarded } from './guard.ts';
import { infoOf } from './info.ts';
import { type Ready, type Start, wayTo } from './ready.ts';
import { type Outcome, showDiff } from './report.ts';
import { saveBeside, saveConfig } from './save.ts';

/** Carries a plan out: asks GitLab, writes the file, and takes back what was done when a step fails; `--dry-run` only shows it. */
export async function act(start: Start, ready: Ready): Promise<Outcome> {
  const { plan } = ready;
  if (plan.action === 'skip') return outcomeOf(start, ready, 'skipped', plan);
  if (start.dryRun) return preview(start, ready);
  if (plan.action === 'unchanged') return outcomeOf(start, ready, 'unchanged', plan);
  return guarded(start.world, start.say, (guard) => carryOut(start, ready, guard));
}

async function carryOut(start: Start, ready: Ready, guard: Guard): Promise<Outcome> {
  const { plan, circumstances } = ready;
  const systemId = systemIdFor(start.file.path, start.world.platform);
  const registration = plan.action === 'add' ? await register(start, ready, guard, systemId.id) : undefined;
  guard.check();
  if (registration !== undefined) saveBeside(start, ready, systemId, guard);
  const saved = await saveConfig(start, guard, circumstances, registration);
  if (start.say.manner.verbose) showDiff(start.say, start.file.path, saved.before, saved.after ?? '', 'talk');
  const done = registration === undefined ? 'updated' : 'registered';
  return outcomeOf(
    start,
    ready,
    saved.written ? done : 'unchanged',
    { position: saved.position },
    registration,
  );
}

async function register(start: Start, ready: Ready, guard: Guard, systemId: string): Promise<Registration> {
  const { world, say } = start;
  const { settings } = ready.known;
  const url = settings.url!;
  quietWasmTierUp(world.versions.v8);
  const way = wayTo(start, ready.known, new URL(url).hostname, ready.trusted);
  const afterwards = () => openLine({ ...way, url, attempts: 3 });
  return spin(world, say, `Asking GitLab at ${url}`, async (spinner) => {
    const gitlab = openLine({
      ...way,
      url,
      signal: guard.signal,
      onWait: ({ seconds, attempt, of, because }) =>
        spinner.says(`${because}: attempt ${attempt} of ${of} in ${Math.ceil(seconds)} s`),
    });
    try {
      const errand = {
        gitlab,
        afterwards,
        credential: ready.credential,
        settings,
        systemId,
        url,
        now: world.now(),
      };
      const info = (withExecutor: boolean) => infoOf(world, settings, withExecutor);
      return await claim({ ...errand, info, leaveRunner: settings.leaveRunner ?? false }, guard);
    } catch (error) {
      const unreachable = error instanceof Trouble && error.code === 1 && error.name === 'Trouble';
      throw unreachable && !guard.signal.aborted ? await diagnosed(url, way, error) : error;
    } finally {
      await gitlab.close();
    }
  });
}

async function preview(start: Start, ready: Ready): Promise<Outcome> {
  const { before, after } = await previewText(start, ready);
  if (!start.say.manner.json) showDiff(start.say, start.file.path, before, after, 'result');
  return outcomeOf(start, ready, 'planned', ready.plan);
}

/** The text of config.toml before and after a plan, as far as it is known without GitLab's answer. */
export async function previewText({ file }: Start, { plan, circumstances, credential }: Ready) {
  const untold: Registration = { id: 0, token: credential.token, obtainedAt: noDate, expiresAt: undefined };
  const changes =
    plan.action === 'add' ? additionFor(circumstances, untold) : changesFor(circumstances, plan.at);
  return { before: file.config?.text, after: await textAfter(file.config, file.path, changes) };
}

const noDate = '0001-01-01T00:00:00Z';

function outcomeOf(
  { file }: Start,
  { known, circumstances }: Ready,
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
