import { effectOn } from '../../app/effect.ts';
import type { Program } from '../../app/program.ts';
import { Trouble } from '../../errors.ts';
import { plannedRunner } from '../../runner/plan.ts';
import { tokenType } from '../../settings/credential.ts';
import { ownerPage, runnerPage } from '../../text/gitlab-pages.ts';
import type { Outcome } from './output.ts';
import type { RegisterContext, RegisterPlan } from './plan.ts';
import { wordsOnStart } from './start-lines.ts';

/** What is said beside, and what is left for others to do. */
interface Rest {
  /** Says which sample goes with a preset. */
  sample(): Promise<void>;
  /** Leads to the commands that install gitlab-runner; only where a person was asked. */
  readonly program?: Program;
  /** Whether the run waits for the runner to come online. */
  readonly waits: boolean;
}

/**
 * Says which gitlab-runner has the file that was written, or how one is started, as this machine is, and where the runner
 * is in GitLab. Where no gitlab-runner is found, a person is offered one: gives the context as one that was installed
 * has it. Throws when that fails.
 */
export async function showNext(
  context: RegisterContext,
  ready: RegisterPlan,
  outcome: Outcome,
  { sample, program, waits }: Rest,
): Promise<RegisterContext | undefined> {
  const { waysHere, takeOffer } = await import('./offer.ts');
  const ways = program === undefined ? [] : await waysHere(context, ready);
  if (!waits && ways.length === 0) await tellStart(context, ready);
  if (!waits) await tellPage(context, ready, outcome);
  await sample();
  if (program === undefined || ways.length === 0) return undefined;
  const served = await takeOffer(context, ways, program);
  if (served === undefined) await tellStart(context, ready);
  return served;
}

async function tellStart({ world, say, file }: RegisterContext, ready: RegisterPlan): Promise<void> {
  const effect = effectOn(file, world);
  if (file.container !== undefined) return say.talk(effect.words);
  say.talk(await wordsOnStart(effect, world, file.path, plannedRunner(ready.input, ready.plan)));
}

async function tellPage(context: RegisterContext, ready: RegisterPlan, outcome: Outcome): Promise<void> {
  const page = await pageOf(context, ready, outcome);
  if (page !== undefined) context.say.talk(`Runner in GitLab: ${page}`);
}

async function pageOf(
  context: RegisterContext,
  ready: RegisterPlan,
  { runner }: Outcome,
): Promise<string | undefined> {
  if (runner.id === undefined) return undefined;
  const { settings } = ready.known;
  const type = settings.runnerType ?? tokenType(ready.credential.token);
  const owner = { type, path: settings.group ?? settings.project };
  const byId = ownerPage(runner.url, owner);
  if (byId === undefined) return runnerPage(runner.url, runner.id, owner);
  const path = await pathOf(context, ready, owner.path!);
  return path === undefined ? `${byId.url} ${byId.way}` : runnerPage(runner.url, runner.id, { type, path });
}

// A token that may only create runners cannot read the path; the page that GitLab finds by the id is as good.
async function pathOf(
  context: RegisterContext,
  ready: RegisterPlan,
  id: string,
): Promise<string | undefined> {
  const { atGitlab } = await import('./enroll.ts');
  const { token } = ready.credential;
  const isGroup = ready.known.settings.group !== undefined;
  try {
    const found = await atGitlab(context, ready, undefined, (gitlab) =>
      isGroup ? gitlab.findGroup(token, id) : gitlab.findProject(token, id),
    );
    return found.path;
  } catch (error) {
    if (error instanceof Trouble) return undefined;
    throw error;
  }
}
