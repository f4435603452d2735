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
  const hint = isTyped(given) ? howTyped(given.registries[0]) : undefined;
  refuseLacking(given, [...lackingLogin(given), ...lackingTarget(given)], hint);
  if (isSwitchedOn(given.verbFlags, 'replace') && !given.mayAsk && !given.yes && !given.dryRun)
    throw misuse('add --replace in a script needs --yes.', 'Add --yes; --dry-run shows what would go.');
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
    question: requested.length === 1 ? 'Put it there?' : 'Put them there?',
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
      `${programOf(helper)} must be on the PATH of gitlab-runner (inside its container, when it runs in one); where it is missing or fails, no login of this place is used.`,
    );
  }
  for (const { json, found } of targets) {
    if ('runner' in json) {
      const at = Number(json.runner) - 1;
      const executor = textIn(file!.runners[at]!, 'executor');
      say.warn(`Every job that runner #${at + 1} takes can read these logins.`);
      if (!usesDocker(executor) && executor !== 'kubernetes')
        say.warn(`Runner #${at + 1} pulls no images: its executor is ${executor || 'not set'}.`);
    }
    const store = found?.credsStore;
    if (store && !isSwitchedOn(verbFlags, 'replace'))
      say.warn(`A login that ${programOf(store)} has there goes before the ones written now (credsStore).`);
  }
}
