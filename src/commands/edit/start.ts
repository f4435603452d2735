import { isOn } from '../../app/given.ts';
import { isAboutProxy, proxyWishes } from '../../app/proxy.ts';
import { exitCode, Trouble } from '../../errors.ts';
import type { Edit } from '../../runner/edit-request.ts';
import type { RunnerEntry } from '../../runner/select.ts';
import { checkTogether } from '../../settings/rules.ts';
import type { Settings } from '../../settings/table.ts';
import type { EditPlanInput } from './apply.ts';
import type { EditContext } from './finish.ts';
import { flagsAtGitlab, isSet } from './flags.ts';
import { missingAtGitlab } from './gitlab.ts';
import { planEdit } from './plan.ts';
import { type Applied, appliedOf, askForNeeds } from './preset.ts';
import { targetsOf } from './targets.ts';

/** Plans what flags ask for: which runners, what changes in the file, what at GitLab. Throws for what cannot be. */
export async function errandFor(
  stage: EditContext,
  flagged: readonly Edit[],
  body: object,
): Promise<EditPlanInput> {
  const { config, given, reading } = stage;
  const { settings } = given.known;
  const isAtGitlab = Object.keys(body).length > 0;
  if (isAtGitlab) checkGitlabSettings(settings);
  const word = reading.verbFlags.preset?.at(-1);
  const preset = word === undefined ? undefined : await appliedOf(word, stage.world);
  const isOfRunner =
    isAtGitlab ||
    preset !== undefined ||
    isAboutProxy(settings) ||
    flagged.some((wish) => wish.level === 'runner');
  const needsRunner = isOfRunner || reading.positionals.length > 0;
  const isAll = isSet(reading, 'all');
  const places = needsRunner ? await targetsOf(config, reading.positionals, isAll, personFor(stage)) : [];
  const wishes = [...flagged, ...(await answersFor(stage, preset, places, flagged))];
  const last = await proxyWishes(settings, config.runners, wishes, {
    ...stage,
    isOffline: isOn(given, 'dryRun'),
  });
  const how = { isAll, forced: isSet(reading, 'force'), preset, ...(last && { last }) };
  const runners = places.map(({ at }) => at);
  const plan = await planEdit(config, wishes, { runners, ...how });
  const accessToken = settings.accessToken ?? '';
  const kept = isAtGitlab ? await missingAtGitlab(stage, config, runners, { accessToken, body }) : undefined;
  return {
    plan: { ...plan, nothing: [...plan.nothing, ...(kept?.nothing ?? [])] },
    atGitlab: kept?.missing ?? [],
    accessToken,
    preset: preset?.preset.name,
    isAgreed: false,
    ...(last && { proxied: runners }),
    again: (now, positions) => planEdit(now, wishes, { runners: runners.map(positions), ...how }),
  };
}

async function answersFor(
  stage: EditContext,
  preset: Applied | undefined,
  places: readonly RunnerEntry[],
  wishes: readonly Edit[],
) {
  const person = personFor(stage);
  const [place, ...more] = places;
  if (preset === undefined || person === undefined || place === undefined || more.length > 0) return [];
  return askForNeeds(preset, place.runner, wishes, person, stage.world);
}

/** Refuses settings that GitLab keeps when nobody said how to get there, or that it would not take. */
function checkGitlabSettings(settings: Settings): void {
  const flags = flagsAtGitlab(settings);
  if (settings.accessToken === undefined) {
    throw new Trouble(`Not in config.toml: ${flags.join(', ')}.`, {
      why: 'GitLab keeps these with the runner and does not look for them in the file.',
      hint: 'Add --access-token-file FILE (or RUNNER_SETUP_ACCESS_TOKEN) to change them at GitLab.',
      code: exitCode.usage,
    });
  }
  checkTogether({ settings, sources: new Map() }, undefined);
}

const personFor = ({ world, say, given }: EditContext) =>
  given.mayAsk ? async () => (await import('../../terminal/ask.ts')).personOf(world, say) : undefined;
