import { isSwitchedOn, misuse } from '../../app/invocation.ts';
import { Trouble } from '../../errors.ts';
import type { VariableHome } from '../../gitlab/variables.ts';
import { programOf } from '../../host/credential-helper.ts';
import {
  type DockerConfig,
  isIdle,
  type Login,
  loginsIn,
  plainName,
  readDockerConfig,
} from '../../host/docker-config.ts';
import type { DiffLine } from '../../terminal/say.ts';
import { harmless } from '../../text/sanitize.ts';
import { hideLogins, keptIn, type RegistryAuthContext, type Target, userIn, wordsOn } from './context.ts';
import { gitlabIn } from './gitlab.ts';

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

/** The places that are meant, and the stage with what a person answered meanwhile. */
export async function placesMeant(
  stage: RegistryAuthContext,
): Promise<{ stage: RegistryAuthContext; places: Target[] }> {
  if (!stage.mayAsk) return { stage, places: await placesNamed(stage) };
  const { askPlaces } = await import('./prompt-target.ts');
  return askPlaces(stage);
}

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

/** Reads what a place holds, and hides its secrets from now on; nothing for no text, or for one that --replace is about. */
export function readPlace(
  stage: RegistryAuthContext,
  text: string | undefined,
  where: string,
): DockerConfig | undefined {
  if (text === undefined) return undefined;
  try {
    const config = readDockerConfig(text, where);
    hideLogins(stage.say, config);
    return config;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (isSwitchedOn(stage.verbFlags, 'replace')) return undefined;
    const { message, why, hint } = error;
    const replace = '--replace puts a new one in its place.';
    throw new Trouble(message, { ...(why && { why }), hint: `${hint} ${replace}`, cause: error });
  }
}

/** What changes between two configs, a line for each registry and for the helper of all others, secrets left out. */
export function loginLines(before: DockerConfig | undefined, after: DockerConfig): DiffLine[] {
  return [...registryLines(before, after), ...storeLines(before, after)];
}

const storeLines = (before: DockerConfig | undefined, after: DockerConfig): DiffLine[] =>
  before?.credsStore && !after.credsStore
    ? [{ sign: '-', text: `all others  asks ${harmless(programOf(before.credsStore))}` }]
    : [];

function registryLines(before: DockerConfig | undefined, after: DockerConfig): DiffLine[] {
  const [old, now] = [loginsIn(before ?? {}), loginsIn(after)];
  const names = [...new Set([...old, ...now].map(({ key }) => plainName(key)))].sort();
  return names.flatMap((name): DiffLine[] => {
    const [was, is] = [old, now].map((all) => all.find(({ key }) => plainName(key) === name));
    if (was === undefined) return [{ sign: '+', text: wordsOn(is!) }];
    if (is === undefined) return [{ sign: '-', text: wordsOn(was) }];
    const isKept = JSON.stringify(bodyOf(before, was.key)) === JSON.stringify(bodyOf(after, is.key));
    if (isKept && was.key === is.key) return [{ sign: ' ', text: wordsOn(is) }];
    const how = isKept ? `, as ${harmless(is.key)}` : userIn(was) === userIn(is) ? ', another secret' : '';
    return [
      { sign: '-', text: wordsOn(was) },
      { sign: '+', text: wordsOn(is) + how },
    ];
  });
}

const bodyOf = (config: DockerConfig | undefined, key: string) => [
  config?.auths?.[key],
  config?.credHelpers?.[key],
  config?.credsStore,
];

/** A login for `--json`. */
export const plainLogin = (login: Login) => ({
  registry: plainName(login.key),
  ...(login.user !== undefined && { user: login.user }),
  kept: keptIn(login),
  ...(login.helper !== undefined && { helper: login.helper }),
});

/** The text that a place is to hold; nothing when no login is left in it. */
export const textFor = (config: DockerConfig, write: (config: DockerConfig) => string): string | undefined =>
  isIdle(config) ? undefined : write(config);
