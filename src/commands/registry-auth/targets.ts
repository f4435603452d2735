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

/** Whether the flags name a place at all. */
export const isPlaceNamed = (context: RegistryAuthContext): boolean =>
  homesNamed(context).length > 0 || context.verbFlags.runner !== undefined || isHostNamed(context);

/** Throws for what is still to be said where nobody can be asked: `more`, and what the places of the flags need, each with its flag. */
export function refuseLacking(context: RegistryAuthContext, more: readonly string[], hint = askedElse): void {
  if (context.mayAsk) return;
  const lacks = [...more, ...lackingForPlaces(context)];
  if (lacks.length > 0) throw missing(lacks, hint);
}

const askedElse = 'In a terminal, without -n, it is asked for.';

/** What is thrown for input that is missing, all of it at once. */
export const missing = (lacks: readonly string[], hint: string): Trouble =>
  misuse(`Missing: ${lacks.join('; ')}.`, hint);

/** What a script would still have to say about the place, with the flags for it. */
export const lackingPlace = (context: RegistryAuthContext): string[] =>
  isPlaceNamed(context)
    ? []
    : ['the place (--project, --group or --instance for a CI/CD variable, --runner RUNNER, or --host)'];

function lackingForPlaces(context: RegistryAuthContext): string[] {
  if (homesNamed(context).length === 0 || context.dryRun) return [];
  return [
    ...(gitlabIn(context) === undefined ? ['the GitLab (--url or CI_SERVER_URL)'] : []),
    ...(context.access === undefined
      ? ['an access token (--access-token-file FILE or RUNNER_SETUP_ACCESS_TOKEN)']
      : []),
  ];
}

/** Looks at the places that the flags name: variables first, for GitLab may refuse. Throws when one cannot be read. */
export async function placesNamed(context: RegistryAuthContext): Promise<Target[]> {
  const homes = homesNamed(context);
  const variables = homes.length === 0 ? [] : await variablesOf(context, homes);
  const runners = await runnersNamed(context);
  const { hostPlace } = await import('./docker-config-target.ts');
  return [...variables, ...runners, ...(isHostNamed(context) ? [hostPlace(context)] : [])];
}

async function variablesOf(context: RegistryAuthContext, homes: readonly VariableHome[]): Promise<Target[]> {
  const { variablePlace } = await import('./variable-target.ts');
  const places: Target[] = [];
  for (const home of homes) places.push(await variablePlace(context, home));
  return places;
}

async function runnersNamed(context: RegistryAuthContext): Promise<Target[]> {
  const words = context.verbFlags.runner ?? [];
  if (words.length === 0) return [];
  const [{ eachMeant }, { runnerPlace }] = await Promise.all([
    import('../../app/select-runner.ts'),
    import('./runner-target.ts'),
  ]);
  const entries = await eachMeant({ ...context, words, selectors: {} }, context.file, {
    all: false,
    oneEntry: true,
  });
  // Two words may mean the same runner.
  const different = new Map(entries.map(({ first }) => [first.at, first]));
  return [...different.values()].map((first) => runnerPlace(context, first));
}
