import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { defaultConfigFile } from '../../host/places.ts';
import { runningRunners } from '../../host/running-runners.ts';
import { tokenType } from '../../settings/credential.ts';
import type { Settings } from '../../settings/table.ts';
import type { Say } from '../../terminal/say.ts';
import { runnerPage } from '../../text/gitlab-pages.ts';
import { quote } from '../../text/shell-quote.ts';
import type { World } from '../../world.ts';
import type { Outcome } from './output.ts';
import type { RegisterContext, RegisterPlan } from './plan.ts';

/** Says what happens next with the file that was written, as this machine is, and where the runner is in GitLab. */
export function tellNext({ world, say, file }: RegisterContext, ready: RegisterPlan, outcome: Outcome): void {
  if (file.container === undefined) tellProgram(world, say, file.path);
  else say.talk(`The container ${file.container.name} loads the change within seconds, without a restart.`);
  const page = pageOf(ready, outcome);
  if (page !== undefined) say.talk(`Runner in GitLab: ${page}`);
}

function pageOf({ known: { settings }, credential }: RegisterPlan, { runner }: Outcome): string | undefined {
  if (runner.id === undefined) return undefined;
  const type = settings.runnerType ?? tokenType(credential.token);
  return runnerPage(runner.url, runner.id, { type, path: ownerPath(settings) });
}

const ownerPath = ({ group, project }: Settings): string | undefined => group ?? project;

function tellProgram(world: World, say: Say, path: string): void {
  const config = path === defaultConfigFile(world) ? '' : ` --config ${quote(path)}`;
  const start = `gitlab-runner run${config}`;
  // Only Linux shows what runs.
  say.talk(
    world.platform === 'linux'
      ? wordsOnProgram(world, path, config)
      : `A gitlab-runner that uses ${path} loads the change within seconds.\nTo start one: ${start}`,
  );
}

function wordsOnProgram(world: World, path: string, config: string): string {
  const start = `gitlab-runner run${config}`;
  const running = runningRunners();
  const own = running.find((one) => one.config === path);
  if (own !== undefined) return `gitlab-runner (process ${own.pid}) loads the change within seconds.`;
  const [other] = running;
  if (other !== undefined)
    return `The gitlab-runner that is running uses ${other.config ?? 'another file'}.\nTo use ${path}: ${start}`;
  if (!isInstalled(world)) return notInstalled;
  const isService = config === '' && existsSync('/etc/systemd/system/gitlab-runner.service');
  return `gitlab-runner is not running. To start it: ${isService ? 'systemctl start gitlab-runner' : start}`;
}

const notInstalled = `gitlab-runner is not installed on this machine.
To run it in a container: runner-setup container install
To install it: https://docs.gitlab.com/runner/install/`;

const isInstalled = ({ env }: World): boolean =>
  (env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, 'gitlab-runner')));
