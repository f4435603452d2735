import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Effect, effectOn } from '../../app/effect.ts';
import { Trouble } from '../../errors.ts';
import { defaultConfigFile } from '../../host/places.ts';
import { tokenType } from '../../settings/credential.ts';
import { ownerPage, runnerPage } from '../../text/gitlab-pages.ts';
import { quote } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';
import type { Outcome } from './output.ts';
import type { RegisterContext, RegisterPlan } from './plan.ts';

/** Says what happens next with the file that was written, as this machine is, and where the runner is in GitLab. */
export async function tellNext(
  context: RegisterContext,
  ready: RegisterPlan,
  outcome: Outcome,
): Promise<void> {
  const { world, say, file } = context;
  const effect = effectOn(file, world);
  say.talk(file.container === undefined ? wordsOnProgram(effect, world, file.path) : effect.words);
  const page = await pageOf(context, ready, outcome);
  if (page !== undefined) say.talk(`Runner in GitLab: ${page}`);
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

function wordsOnProgram(effect: Effect, world: World, path: string): string {
  const config = path === defaultConfigFile(world) ? '' : ` --config ${quote(path)}`;
  const start = `gitlab-runner run${config}`;
  if (effect.kind === 'loads' || effect.kind === 'hidden') return effect.words;
  if (effect.kind === 'other') return `${effect.words}\nTo use ${path}: ${start}`;
  if (effect.kind === 'outside')
    return `${effect.words}\nTo install one: https://docs.gitlab.com/runner/install/`;
  if (effect.kind === 'unknown') return `${effect.words}\nTo start one: ${start}`;
  if (!isInstalled(world)) return notInstalled;
  const isService = config === '' && existsSync('/etc/systemd/system/gitlab-runner.service');
  return `gitlab-runner is not running. To start it: ${isService ? 'systemctl start gitlab-runner' : start}`;
}

const notInstalled = `gitlab-runner is not installed on this machine.
To run it in a container: runner-setup container install
To install it on Debian or Ubuntu: runner-setup install
On other systems: https://docs.gitlab.com/runner/install/`;

const isInstalled = ({ env }: World): boolean =>
  (env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, 'gitlab-runner')));
