import { misuse } from '../../app/invocation.ts';
import { type ExitCode, Trouble } from '../../errors.ts';
import {
  type DockerConfig,
  loginsIn,
  plainName,
  sameRegistry,
  withoutLogin,
} from '../../host/docker-config.ts';
import { finish } from './apply.ts';
import type { RegistryAuthContext } from './context.ts';
import { chosenTargets } from './known-targets.ts';
import type { Target } from './target.ts';
import { lackingTarget, refuseLacking } from './targets.ts';

/** `registry-auth remove`: takes the logins of registries out of the targets named; all others stay. */
export async function remove(given: RegistryAuthContext): Promise<ExitCode> {
  const which = given.registries.length > 0 ? [] : ['the registry (registry-auth remove HOST)'];
  refuseLacking(given, [...which, ...lackingTarget(given)]);
  if (!given.mayAsk && !given.yes && !given.dryRun)
    throw misuse(
      'In a script, remove requires --yes.',
      'Add --yes, or use --dry-run to see what would be removed.',
    );
  const { context, targets } = await chosenTargets(given);
  const registries = given.registries.length > 0 ? given.registries : await askWhich(context, targets);
  const change = (now: DockerConfig): DockerConfig => registries.reduce(withoutLogin, now);
  return finish(context, targets, {
    action: 'removed',
    question: 'Remove it?',
    registries,
    logins: registries.map((registry) => ({ registry })),
    change,
  });
}

async function askWhich({ world, say }: RegistryAuthContext, targets: readonly Target[]): Promise<string[]> {
  const names = targets.flatMap(({ found }) => loginsIn(found ?? {}).map(({ key }) => plainName(key)));
  const different = names.filter((name, at) => names.findIndex((one) => sameRegistry(one, name)) === at);
  if (different.length === 0) throw new Trouble('This location has no credentials.');
  const { personOf } = await import('../../terminal/ask.ts');
  const person = await personOf(world, say);
  return person.several(
    'Credentials',
    different.map((name) => ({ value: name, name })),
  );
}
