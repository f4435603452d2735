import { isSwitchedOn, misuse } from '../../app/invocation.ts';
import type { Trouble } from '../../errors.ts';
import type { VariableHome } from '../../gitlab/variables.ts';
import type { RegistryAuthContext } from './context.ts';
import { gitlabIn } from './gitlab.ts';
import type { Target } from './target.ts';

/** The homes of variables that the flags name. */
export function homesNamed({ verbFlags }: RegistryAuthContext): VariableHome[] {
  const of = (kind: 'project' | 'group') => [...new Set(verbFlags[kind])].map((one) => ({ kind, of: one }));
  const instance = isSwitchedOn(verbFlags, 'instance') ? [{ kind: 'instance' as const }] : [];
  return [...of('project'), ...of('group'), ...instance];
}

const isHostNamed = ({ verbFlags }: RegistryAuthContext): boolean =>
  isSwitchedOn(verbFlags, 'host') || verbFlags.hostUser !== undefined;

/** Whether the flags name a target at all. */
export const isTargetNamed = (context: RegistryAuthContext): boolean =>
  homesNamed(context).length > 0 || context.verbFlags.runner !== undefined || isHostNamed(context);

/** Throws for what is still to be said where nobody can be asked: `more`, and what the targets of the flags need, each with its flag. */
export function refuseLacking(context: RegistryAuthContext, more: readonly string[], hint = askedElse): void {
  if (context.mayAsk) return;
  const lacks = [...more, ...lackingForTargets(context)];
  if (lacks.length > 0) throw missing(lacks, hint);
}

const askedElse = 'Add it as a flag. In a terminal, without -n, the command asks for it.';

/** What is thrown for input that is missing, all of it at once. */
export const missing = (lacks: readonly string[], hint: string): Trouble =>
  misuse(`Missing: ${lacks.join('; ')}.`, hint);

/** What a script would still have to say about the target, with the flags for it. */
export const lackingTarget = (context: RegistryAuthContext): string[] =>
  isTargetNamed(context)
    ? []
    : ['the location (--project, --group, or --instance for a CI/CD variable, --runner RUNNER, or --host)'];

function lackingForTargets(context: RegistryAuthContext): string[] {
  if (homesNamed(context).length === 0 || context.dryRun) return [];
  return [
    ...(gitlabIn(context) === undefined ? ['the GitLab URL (--url or CI_SERVER_URL)'] : []),
    ...(context.access === undefined
      ? ['an access token (--access-token-file FILE or RUNNER_SETUP_ACCESS_TOKEN)']
      : []),
  ];
}

/** Looks at the targets that the flags name: variables first, for GitLab may refuse. Throws when one cannot be read. */
export async function namedTargets(context: RegistryAuthContext): Promise<Target[]> {
  const homes = homesNamed(context);
  const variables = homes.length === 0 ? [] : await variablesOf(context, homes);
  const runners = await runnersNamed(context);
  const { dockerConfigTarget } = await import('./docker-config-target.ts');
  return [...variables, ...runners, ...(isHostNamed(context) ? [dockerConfigTarget(context)] : [])];
}

async function variablesOf(context: RegistryAuthContext, homes: readonly VariableHome[]): Promise<Target[]> {
  const { variableTarget } = await import('./variable-target.ts');
  const targets: Target[] = [];
  for (const home of homes) targets.push(await variableTarget(context, home));
  return targets;
}

async function runnersNamed(context: RegistryAuthContext): Promise<Target[]> {
  const words = context.verbFlags.runner ?? [];
  if (words.length === 0) return [];
  const [{ eachMeant }, { runnerTarget }] = await Promise.all([
    import('../../app/select-runner.ts'),
    import('./runner-target.ts'),
  ]);
  const entries = await eachMeant({ ...context, words, selectors: {} }, context.file, {
    all: false,
    oneEntry: true,
  });
  // Two words may mean the same runner.
  const different = new Map(entries.map(({ first }) => [first.at, first]));
  return [...different.values()].map((first) => runnerTarget(context, first));
}
