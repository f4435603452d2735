import { tellEffect } from '../../app/edit-output.ts';
import type { EditPlan } from '../../app/edit-plan.ts';
import { saveEdit } from '../../app/edit-save.ts';
import { dryRunCode } from '../../app/invocation.ts';
import { tellSampleOf } from '../../app/presets.ts';
import { snippetsOf } from '../../app/proxy.ts';
import { type Rollback, withRollback } from '../../app/rollback.ts';
import { numberOf } from '../../app/select-runner.ts';
import { type ExitCode, exitCode, Trouble } from '../../errors.ts';
import type { Say } from '../../terminal/say.ts';
import type { World } from '../../world.ts';
import type { EditContext } from './context.ts';
import { type AtGitlab, changeAtGitlab, wordsOn } from './gitlab.ts';
import { type Edited, showPlan, tellEdit, tellLost } from './output.ts';
import type { EditRequest } from './request.ts';

/** Shows what is planned, asks for the yes where somebody is there, acts, and says what became of it. */
export async function applyEdit(context: EditContext, request: EditRequest): Promise<ExitCode> {
  const { say, dryRun, mayAsk, yes } = context;
  const { plan, atGitlab } = request;
  for (const sentence of plan.nothing) say.talk(sentence);
  const isIdle = plan.changes.length === 0 && atGitlab.length === 0;
  if (isIdle) return tell(context, request, { action: 'unchanged', plan, gitlab: [] });
  // A person who has agreed to these lines has seen them.
  if (!request.isAgreed || dryRun) for (const warning of plan.warnings) say.warn(warning);
  if (dryRun) return preview(context, request);
  const isAsked = mayAsk && !yes;
  if (isAsked && !request.isAgreed) await agree(context, request);
  const done = await carryOut(context.world, say, { ...request, isAgreed: isAsked });
  const changed = done.plan.changes.length > 0 || done.gitlab.length > 0;
  tell(context, request, { action: changed ? 'edited' : 'unchanged', ...done });
  // Who has agreed has seen the lines that go.
  if (!isAsked && !say.mode.json) tellLost(say, done.plan, request.replaced);
  if (context.world.stderr.isTTY) tellEffect(say, done.plan, context.file, context.world);
  if (changed && request.preset !== undefined) tellSampleOf(say, context.world, request.preset);
  return exitCode.done;
}

async function preview(context: EditContext, request: EditRequest): Promise<ExitCode> {
  const { say } = context;
  if (!say.mode.json) await showPlan(say, request, 'result');
  const atGitlab = request.atGitlab.map(({ at, body }) => ({ runner: at + 1, settings: body }));
  const planned = atGitlab.length === 0 ? {} : { planned: atGitlab };
  tell(context, request, { action: 'planned', plan: request.plan, gitlab: [], ...planned });
  return dryRunCode(context, true);
}

async function agree({ world, say }: EditContext, request: EditRequest): Promise<void> {
  await showPlan(say, request, 'propose');
  const { cancelled, personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  if (!(await person.agree('Apply these changes?', true))) throw cancelled();
}

function tell({ say, world }: EditContext, { proxied, snippets }: EditRequest, edited: Edited): ExitCode {
  const { plan } = edited;
  const ofProxy = snippetsOf(plan.after.runners, plan.changes, proxied, world);
  tellEdit(say, { ...edited, snippets: ofProxy, ...(snippets && { asked: snippets }) });
  return exitCode.done;
}

/** Carries an edit out: at GitLab first, which may refuse, then in the file; gives what was really changed. */
const carryOut = (world: World, say: Say, request: EditRequest): Promise<Done> =>
  withRollback(world, say, (rollback) => act(world, say, request, rollback));

interface Done {
  readonly plan: EditPlan;
  readonly gitlab: AtGitlab[];
}

async function act(world: World, say: Say, request: EditRequest, rollback: Rollback): Promise<Done> {
  const { before } = request.plan;
  const { atGitlab, accessToken } = request;
  for (const { at } of atGitlab) numberOf(before, at);
  const gitlab: AtGitlab[] = [];
  try {
    for (const { at, body } of atGitlab) {
      const done = await changeAtGitlab({ world, say }, before, at, {
        accessToken,
        body,
        signal: rollback.signal,
      });
      gitlab.push(done);
      if (!say.mode.json) say.done(wordsOn(done));
    }
    return { plan: await saveEdit({ world, say }, request, rollback), gitlab };
  } catch (error) {
    throw gitlab.length > 0 ? withDone(error, gitlab) : error;
  }
}

// GitLab's settings cannot be put back without knowing them all; what was done has to be said.
function withDone(error: unknown, gitlab: readonly AtGitlab[]): unknown {
  if (!(error instanceof Trouble)) return error;
  const { message, why, hint, code } = error;
  const first = code === exitCode.cancelled ? 'Canceled.' : message;
  return new Trouble(`${first}\n${gitlab.map(wordsOn).join('\n')}`, {
    ...(why !== undefined && { why }),
    ...(hint !== undefined && { hint }),
    code,
    cause: error,
  });
}
