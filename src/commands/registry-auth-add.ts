import type { ExitCode } from '../errors.ts';
import { programOf } from '../host/credential-helper.ts';
import { type DockerConfig, withLogin, withLoginsOf } from '../host/docker-config.ts';
import { textOf } from '../runner/identity.ts';
import { usesDocker } from '../settings/executors.ts';
import { isSwitchedOn, misuse } from './order.ts';
import { finish } from './registry-auth-finish.ts';
import { type Wanted, wantedLogins } from './registry-auth-logins.ts';
import { isPlaceNamed, lackingForPlaces, noPlace, placesNamed, plainLogins } from './registry-auth-places.ts';
import type { Place, Stage } from './registry-auth-stage.ts';

/** `registry-auth add`: takes logins from a docker config, or as they are given, and merges them into the places named. */
export async function add(given: Stage): Promise<ExitCode> {
  if (!given.mayAsk) refuseMissing(given);
  const wanted = await wantedLogins(given);
  const { stage, places } = await whereTo(given);
  const replaces = isSwitchedOn(stage.own, 'replace');
  const fresh = (now: DockerConfig): DockerConfig =>
    wanted.reduce((config, { registry, opening }) => withLogin(config, registry, opening), now);
  const change = (now: DockerConfig) => (replaces ? withLoginsOf(now, fresh({})) : fresh(now));
  const isChanging = (place: Place) => place.wouldChange(change) !== false;
  advise(stage, places.filter(isChanging), wanted);
  return finish(stage, places, {
    action: 'added',
    question: wanted.length === 1 ? 'Put it there?' : 'Put them there?',
    registries: wanted.map(({ registry }) => registry),
    logins: plainLogins(fresh({})),
    change,
  });
}

function refuseMissing(stage: Stage): void {
  if (!isPlaceNamed(stage)) throw noPlace(stage);
  const lacks = lackingForPlaces(stage);
  if (lacks.length > 0)
    throw misuse(`Missing: ${lacks.join('; ')}.`, 'In a terminal, without -n, it is asked for.');
  if (isSwitchedOn(stage.own, 'replace') && !stage.yes && !stage.dryRun)
    throw misuse('add --replace in a script needs --yes.', 'Add --yes; --dry-run shows what would go.');
}

async function whereTo(stage: Stage): Promise<{ stage: Stage; places: Place[] }> {
  if (!stage.mayAsk) return { stage, places: await placesNamed(stage) };
  const { askPlaces } = await import('./registry-auth-where.ts');
  return askPlaces(stage);
}

function advise({ say, own, file }: Stage, places: readonly Place[], wanted: readonly Wanted[]): void {
  const helpers = new Set(wanted.flatMap(({ opening }) => ('helper' in opening ? [opening.helper] : [])));
  for (const helper of helpers) {
    say.note(
      `${programOf(helper)} must be on the PATH of gitlab-runner (inside its container, when it runs in one); where it is missing or fails, no login of this place is used.`,
    );
  }
  for (const { json, found } of places) {
    if ('runner' in json) {
      const at = Number(json.runner) - 1;
      const executor = textOf(file!.runners[at]!, 'executor');
      say.warn(`Every job that runner #${at + 1} takes can read these logins.`);
      if (!usesDocker(executor) && executor !== 'kubernetes')
        say.warn(`Runner #${at + 1} pulls no images: its executor is ${executor || 'not set'}.`);
    }
    const store = found?.credsStore;
    if (store && !isSwitchedOn(own, 'replace'))
      say.warn(`A login that ${programOf(store)} has there goes before the ones written now (credsStore).`);
  }
}
