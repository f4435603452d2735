import { showDiff } from '../../app/diff.ts';
import { type Given, isOn } from '../../app/given.ts';
import { snippetsOf } from '../../app/proxy.ts';
import type { Config } from '../../config/read.ts';
import { type ExitCode, exitCode } from '../../errors.ts';
import type { Reading } from '../../terminal/options.ts';
import type { Say, Way } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import type { EditPlanInput } from './apply.ts';
import { isSet } from './flags.ts';
import { type Edited, tellEdit, tellEffect } from './output.ts';

/** What an edit starts from. */
export interface EditContext {
  readonly world: World;
  readonly say: Say;
  readonly given: Given;
  readonly reading: Reading;
  readonly config: Config;
}

/** Shows what is planned, asks for the yes where somebody is there, acts, and says what became of it. */
export async function finish(stage: EditContext, errand: EditPlanInput): Promise<ExitCode> {
  const { say, given } = stage;
  const { plan, atGitlab } = errand;
  for (const sentence of plan.nothing) say.talk(sentence);
  const isIdle = plan.changes.length === 0 && atGitlab.length === 0;
  if (isIdle) return tell(stage, errand, { action: 'unchanged', plan, gitlab: [] });
  // A person who has agreed to these lines has seen them.
  if (!errand.isAgreed || isOn(given, 'dryRun')) for (const warning of plan.warnings) say.warn(warning);
  if (isOn(given, 'dryRun')) return preview(stage, errand);
  const isAsked = given.mayAsk && !isOn(given, 'yes');
  if (isAsked && !errand.isAgreed) await agree(stage, errand);
  const { apply } = await import('./apply.ts');
  const done = await apply(stage.world, say, { ...errand, isAgreed: isAsked });
  const changed = done.plan.changes.length > 0 || done.gitlab.length > 0;
  tell(stage, errand, { action: changed ? 'edited' : 'unchanged', ...done });
  if (stage.world.stderr.isTTY) tellEffect(say, done.plan);
  if (changed && errand.preset !== undefined) await tellSample(stage, errand.preset);
  return exitCode.done;
}

async function tellSample({ say, world }: EditContext, preset: string): Promise<void> {
  const { tellSampleOf } = await import('../../app/presets.ts');
  tellSampleOf(say, world, preset);
}

/** Shows the lines that would change, and what would change at GitLab. */
export async function showPlan(say: Say, { plan, atGitlab }: EditPlanInput, to: Way): Promise<void> {
  const { before, after } = plan;
  const versions = { file: before.file, before: before.text, after: after.text, isPlanned: false };
  if (before.text !== after.text) await showDiff(say, versions, to);
  for (const { at, body } of atGitlab) {
    const line = `At GitLab (runner id ${before.runners[at]!.id ?? '?'}): ${JSON.stringify(body)}`;
    say[to](line);
  }
}

async function preview(stage: EditContext, errand: EditPlanInput): Promise<ExitCode> {
  const { say, reading } = stage;
  if (!say.manner.json) await showPlan(say, errand, 'result');
  const atGitlab = errand.atGitlab.map(({ at, body }) => ({ runner: at + 1, settings: body }));
  const planned = atGitlab.length === 0 ? {} : { planned: atGitlab };
  tell(stage, errand, { action: 'planned', plan: errand.plan, gitlab: [], ...planned });
  return isSet(reading, 'exitCode') ? exitCode.failed : exitCode.done;
}

async function agree({ world, say }: EditContext, errand: EditPlanInput): Promise<void> {
  await showPlan(say, errand, 'propose');
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree('Change it so?', true))) throw cancelled();
}

function tell({ say }: EditContext, { proxied }: EditPlanInput, edited: Edited): ExitCode {
  const { plan } = edited;
  tellEdit(say, { ...edited, snippets: snippetsOf(plan.after.runners, plan.changes, proxied) });
  return exitCode.done;
}
