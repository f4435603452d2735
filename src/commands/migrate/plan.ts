import { unansweredAt } from '../../app/interrupted-run.ts';
import type { ConfigInvocation } from '../../app/invocation.ts';
import { isSwitchedOn, misuse, wordOf } from '../../app/invocation.ts';
import type { EnvFiles } from '../../app/token-place.ts';
import { textIn } from '../../config/model.ts';
import type { Config } from '../../config/read.ts';
import type { Trouble } from '../../errors.ts';
import { sameGitlab } from '../../gitlab/url.ts';
import { usesDockerMachine } from '../../runner/docker-machine.ts';
import { type Entries, nameOf, type RunnerEntry, tokenOf, withCopies } from '../../runner/select.ts';
import { isRegisteredRunnerToken } from '../../settings/credential.ts';
import { isReference } from '../../text/secrets.ts';
import { type MachineRunner, planMachines, textWithAutoscalers } from './machines.ts';
import { planSuccessor, type Successor } from './successor.ts';

/** All that is going to be migrated. */
export interface MigrationPlan {
  readonly successors: readonly Successor[];
  readonly machines: readonly MachineRunner[];
  /** What cannot be migrated, and why. */
  readonly unfit: readonly { readonly entry: RunnerEntry; readonly trouble: Trouble }[];
  /** config.toml before, and after the change of executors. */
  readonly before: string;
  readonly after: string;
}

/** The runners that are of the old kind. */
interface Candidates {
  readonly tokens: readonly Entries[];
  readonly machines: readonly RunnerEntry[];
}

/** Finds the runners that were made with a registration token, and those that use Docker Machine. */
export function candidatesIn(
  { say, verbFlags, world }: ConfigInvocation,
  config: Config,
  entries: readonly RunnerEntry[],
): Candidates {
  const only = wordOf(verbFlags, 'only');
  if (only !== undefined && !['tokens', 'docker-machine'].includes(only))
    throw misuse(`--only ${only} is not a kind of migration.`, 'Use one of: tokens, docker-machine.');
  const isOld = ({ runner }: RunnerEntry) => isRegisteredRunnerToken(tokenOf(runner, world.env));
  const isUnknown = ({ runner }: RunnerEntry) =>
    isReference(textIn(runner, 'token')) && tokenOf(runner, world.env) === '';
  if (only !== 'docker-machine')
    for (const entry of entries.filter(isUnknown))
      say.note(`${nameOf(entry)}: its token is in a variable. To check it, add --environment-file FILE`);
  return {
    tokens:
      only === 'docker-machine'
        ? []
        : withCopies(config.runners, entries.filter(isOld), world.env, sameGitlab),
    machines: only === 'tokens' ? [] : entries.filter(({ runner }) => usesDockerMachine(runner)),
  };
}

/** Plans the migration of runners; GitLab is asked for the old ones. Throws a `Trouble` where a group of instances is missing. */
export async function planMigration(
  invocation: ConfigInvocation,
  config: Config,
  { tokens, machines }: Candidates,
  how: { files: EnvFiles; accessToken: string },
): Promise<MigrationPlan> {
  const planned = await planMachines(invocation, config, machines);
  const keepOld = isSwitchedOn(invocation.verbFlags, 'keepOld');
  const answers = [];
  const unanswered = invocation.dryRun ? [] : await unansweredAt(invocation.path);
  for (const entries of tokens)
    answers.push(await planSuccessor(invocation, entries, { ...how, keepOld, unanswered }));
  const fit = planned.filter((one) => 'group' in one);
  return {
    successors: answers.filter((one) => 'succession' in one),
    machines: fit,
    unfit: [
      ...planned.filter((one) => 'trouble' in one),
      ...answers.flatMap((one) =>
        'trouble' in one ? [{ entry: one.entries.first, trouble: one.trouble }] : [],
      ),
    ],
    before: config.text,
    after: fit.length === 0 ? config.text : await textWithAutoscalers(config, fit),
  };
}
