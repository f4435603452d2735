import { refuseFaulty } from '../../app/edit-plan.ts';
import { helpIfAsked } from '../../app/invocation.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Reading } from '../../terminal/options.ts';
import type { World } from '../../world.ts';
import { applyEdit } from './apply.ts';
import { type EditContext, openContext } from './context.ts';
import { bodyForGitlab, editGrammar, editsOf, help, isSet, secretsIn } from './flags.ts';
import { isAboutJobNetwork, requestFor } from './request.ts';

/** The verb `edit`: changes configured runners or the global settings, by flags or in a menu; nothing is written before the yes. */
export async function edit(reading: Reading, world: World): Promise<ExitCode> {
  const helped = await helpIfAsked(reading, world, editGrammar, 'edit', help);
  if (helped !== undefined) return helped;
  const context = await openContext(reading, world);
  const { say, settings, verbFlags } = context;
  const metrics = await metricsOf(context);
  const edits = [...editsOf(context, settings), ...(metrics?.edits ?? [])];
  say.hide(secretsIn(edits));
  const body = bodyForGitlab(settings);
  const isMore = verbFlags.preset !== undefined || isAboutJobNetwork(settings);
  if (edits.length > 0 || Object.keys(body).length > 0 || isMore) {
    const request = await requestFor(context, edits, body);
    return applyEdit(context, { ...request, snippets: metrics?.snippets });
  }
  if (isSet(context, 'all')) throw nothingForAll();
  if (!context.mayAsk) throw await nothingNamed(context);
  refuseFaulty(context.config);
  const { editByMenu } = await import('./menu.ts');
  return editByMenu(context);
}

// What is printed for Prometheus is loaded only when it is asked for.
async function metricsOf(context: EditContext) {
  const word = context.verbFlags.metrics?.at(-1);
  if (word === undefined) return undefined;
  const { planMetrics } = await import('./metrics.ts');
  return planMetrics(context, word);
}

async function nothingNamed(context: EditContext): Promise<Trouble> {
  const { toBeAsked } = await import('../../app/be-asked.ts');
  return new Trouble('No change was given.', {
    hint: `Use flags such as --docker-privileged, or --set path=value. ${toBeAsked(context, 'open the menu')}`,
    code: exitCode.usage,
  });
}

function nothingForAll(): Trouble {
  return new Trouble('No change was given for all runners.', {
    hint: 'Use flags such as --docker-privileged=false, or --set path=value. The menu changes one runner at a time: omit --all.',
    code: exitCode.usage,
  });
}
