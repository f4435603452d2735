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
export const isPlaceNamed = (stage: RegistryAuthContext): boolean =>
  homesNamed(stage).length > 0 || stage.verbFlags.runner !== undefined || isHostNamed(stage);

/** Throws for what is still to be said where nobody can be asked: `more`, and what the places of the flags need, each with its flag. */
export function refuseLacking(stage: RegistryAuthContext, more: readonly string[], hint = askedElse): void {
  if (stage.mayAsk) return;
  const lacks = [...more, ...lackingForPlaces(stage)];
  if (lacks.length > 0) throw missing(lacks, hint);
}

const askedElse = 'In a terminal, without -n, it is asked for.';

/** What is thrown for input that is missing, all of it at once. */
export const missing = (lacks: readonly string[], hint: string): Trouble =>
  misuse(`Missing: ${lacks.join('; ')}.`, hint);

/** What a script would still have to say about the place, with the flags for it. */
export const lackingPlace = (stage: RegistryAuthContext): string[] =>
  isPlaceNamed(stage)
    ? []
    : ['the place (--project, --group or --instance for a CI/CD variable, --runner RUNNER, or --host)'];

function lackingForPlaces(stage: RegistryAuthContext): string[] {
  if (homesNamed(stage).length === 0 || stage.dryRun) return [];
  return [
    ...(gitlabIn(stage) === undefined ? ['the GitLab (--url or CI_SERVER_URL)'] : []),
    ...(stage.access === undefined
      ? ['an access token (--access-token-file FILE or RUNNER_SETUP_ACCESS_TOKEN)']
      : []),
  ];
}

/** Looks at the places that the flags name: variables first, for GitLab may refuse. Throws when one cannot be read. */
export async function placesNamed(stage: RegistryAuthContext): Promise<Target[]> {
  const homes = homesNamed(stage);
  const variables = homes.length === 0 ? [] : await variablesOf(stage, homes);
  const runners = await runnersNamed(stage);
  const { hostPlace } = await import('./docker-config-target.ts');
  return [...variables, ...runners, ...(isHostNamed(stage) ? [hostPlace(stage)] : [])];
}

async function variablesOf(stage: RegistryAuthContext, homes: readonly VariableHome[]): Promise<Target[]> {
  const { variablePlace } = await import('./variable-target.ts');
  const places: Target[] = [];
  for (const home of homes) places.push(await variablePlace(stage, home));
  return places;
}

async function runnersNamed(stage: RegistryAuthContext): Promise<Target[]> {
  const words = stage.verbFlags.runner ?? [];
  if (words.length === 0) return [];
  const [{ eachMeant }, { runnerPlace }] = await Promise.all([
    import('../../app/select-runner.ts'),
    import('./runner-target.ts'),
  ]);
  const entries = await eachMeant({ ...stage, words, selectors: {} }, stage.file, {
    all: false,
    oneEntry: true,
  });
  // Two words may mean the same runner.
  const different = new Map(entries.map(({ first }) => [first.at, first]));
  return [...different.values()].map((first) => runnerPlace(stage, first));
}
