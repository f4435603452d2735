import { Trouble } from '../../errors.ts';
import { isSame } from '../../host/config-folder.ts';
import { plainName } from '../../host/docker-config.ts';
import { variableIn } from '../../runner/proxy.ts';
import { entriesIn } from '../../runner/select.ts';
import { type RegistryAuthContext, shortPath, variableKey } from './context.ts';
import { dockerConfigTarget } from './docker-config-target.ts';
import { ownConfig } from './logins.ts';
import { runnerTarget } from './runner-target.ts';
import type { Target } from './target.ts';
import { isTargetNamed, namedTargets, refuseLacking } from './targets.ts';

/** A target as far as it is only read. */
export type KnownTarget = Pick<Target, 'name' | 'label' | 'json' | 'found'>;

/** The targets that the flags name; without any, those of this machine. One of these that cannot be read is a warning. */
export async function knownTargets(given: RegistryAuthContext): Promise<KnownTarget[]> {
  if (isTargetNamed(given)) {
    refuseLacking(given, []);
    const { withGitlabIfNeeded } = await import('./prompt-target.ts');
    return namedTargets(await withGitlabIfNeeded(given));
  }
  if (given.verbFlags.dockerConfig !== undefined && given.words[0] === 'test')
    return [ownConfigTarget(given)];
  const runners = entriesIn(given.file?.runners ?? []).filter(
    ({ runner }) => variableIn(runner, variableKey) !== undefined,
  );
  const ways = [
    ...runners.map((at) => () => runnerTarget(given, at)),
    () => dockerConfigTarget(given),
    () => ownConfigTarget(given),
  ];
  const all = ways.flatMap((way) => attempt(given, way));
  return all.filter(({ json }, at) => !all.slice(0, at).some((one) => isSameFile(one.json, json)));
}

/** Whether a registry of a config is one of those that were named; without any, every one is. */
export const isMeant = ({ registries }: RegistryAuthContext, key: string): boolean =>
  registries.length === 0 ||
  registries.some((one) => covers(one, plainName(key)) || covers(plainName(key), one));

// A key may go on with the path of a group, and holds for all below it.
const covers = (one: string, other: string): boolean => one === other || other.startsWith(`${one}/`);

function attempt({ say }: RegistryAuthContext, way: () => KnownTarget): KnownTarget[] {
  try {
    return [way()];
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    say.warn(`${error.message}${error.why === undefined ? '' : ` ${error.why}`}`);
    return [];
  }
}

function ownConfigTarget(context: RegistryAuthContext): KnownTarget {
  const { file, config: found } = ownConfig(context);
  const label = shortPath(file, context.world.home);
  return { name: `${file} (of Docker)`, label, json: { kind: 'docker-config', file }, found };
}

function isSameFile(one: object, other: object): boolean {
  if (!('file' in one && 'file' in other) || 'runner' in one || 'runner' in other) return false;
  return isSame(String(one.file), String(other.file));
}

/** The targets that are meant, and the context with what a person answered meanwhile. */
export async function chosenTargets(
  context: RegistryAuthContext,
): Promise<{ context: RegistryAuthContext; targets: Target[] }> {
  if (!context.mayAsk) return { context, targets: await namedTargets(context) };
  const { askTarget } = await import('./prompt-target.ts');
  return askTarget(context);
}
