import { isSwitchedOn, misuse } from '../../app/invocation.ts';
import { textIn } from '../../config/model.ts';
import type { ExitCode } from '../../errors.ts';
import { programOf } from '../../host/credential-helper.ts';
import { type DockerConfig, loginsIn, withLogin, withLoginsOf } from '../../host/docker-config.ts';
import { usesDocker } from '../../settings/executors.ts';
import { finish } from './apply.ts';
import type { RegistryAuthContext } from './context.ts';
import { chosenTargets } from './known-targets.ts';
import { howTyped, isTyped, lackingLogin, type RequestedLogin, wantedLogins } from './logins.ts';
import { plainLogin, type Target } from './target.ts';
import { lackingTarget, refuseLacking } from './targets.ts';

/** `registry-auth add`: takes logins from a docker config, or as they are given, and merges them into the targets named. */
export async function add(given: RegistryAuthContext): Promise<ExitCode> {
  const hint = isTyped(given) ? howTyped(given) : undefined;
  refuseLacking(given, [...lackingLogin(given), ...lackingTarget(given)], hint);
  if (isSwitchedOn(given.verbFlags, 'replace') && !given.mayAsk && !given.yes && !given.dryRun)
    throw misuse(
      'In a script, add --replace requires --yes.',
      'Add --yes, or use --dry-run to see what would be removed.',
    );
  const requested = await wantedLogins(given);
  const { context, targets } = await chosenTargets(given);
  const replaces = isSwitchedOn(context.verbFlags, 'replace');
  const fresh = (now: DockerConfig): DockerConfig =>
    requested.reduce((config, { registry, opening }) => withLogin(config, registry, opening), now);
  const change = (now: DockerConfig) => (replaces ? withLoginsOf(now, fresh({})) : fresh(now));
  const isChanging = (target: Target) => target.wouldChange(change) !== false;
  advise(context, targets.filter(isChanging), requested);
  return finish(context, targets, {
    action: 'added',
    question: 'Add these credentials?',
    registries: requested.map(({ registry }) => registry),
    logins: loginsIn(fresh({})).map(plainLogin),
    change,
  });
}

function advise(
  { say, verbFlags, file }: RegistryAuthContext,
  targets: readonly Target[],
  requested: readonly RequestedLogin[],
): void {
  const helpers = new Set(requested.flatMap(({ opening }) => ('helper' in opening ? [opening.helper] : [])));
  for (const helper of helpers) {
    say.note(
      `${programOf(helper)} must be in the PATH of gitlab-runner, or inside its container. If it is missing or fails, none of these credentials are used.`,
    );
  }
  for (const { json, found } of targets) {
    if ('runner' in json) {
      const at = Number(json.runner) - 1;
      const executor = textIn(file!.runners[at]!, 'executor');
      say.warn(`every job on runner #${at + 1} can read these credentials.`);
      if (!usesDocker(executor) && executor !== 'kubernetes')
        say.warn(`runner #${at + 1} does not pull images: its executor is ${executor || 'not set'}.`);
    }
    const store = found?.credsStore;
    if (store && !isSwitchedOn(verbFlags, 'replace'))
      say.warn(`credentials stored by ${programOf(store)} (credsStore) take precedence over these.`);
  }
}
